// The program under test, started on a folder, with limits that a damaged file must not reach.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace synerbench::damage {

using Words = std::vector<std::string>;

/// How a call ended.
struct Outcome {
  int code = -1, signal = 0;
  // took more than kMostSeconds of the processor, or waited longer than kMostSecondsAsleep
  bool hung =
      false;
  long peak_kb = 0;
  std::string text;  // stdout and stderr
};

inline constexpr int kMostSeconds = 60, kMostSecondsAsleep = 180;
inline constexpr long kMostKb = 4L << 20;

/// The executable, and where everything happens.
struct Program {
  std::filesystem::path executable, desk;

  /// In `folder`. With `until`, the process gets SIGTERM once that file is there.
  Outcome start(const Words& words, const std::filesystem::path& folder,
                const std::filesystem::path& until = {}) const;
  /// A call that has to end well: std::runtime_error else.
  void must(const Words& words, const std::filesystem::path& folder) const;
};

}  // namespace synerbench::damage
