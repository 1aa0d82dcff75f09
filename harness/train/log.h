// The training log: one JSON object per line, byte-identical for equal trainings (no times in it).
#pragma once

#include <filesystem>

#include "harness/core/json.h"

namespace synerbench {

/// Appends lines; every line reaches the operating system before append() returns.
class TrainLog {
 public:
  /// Keeps the first `length` bytes of an existing file and drops what a killed run wrote after its last
  /// checkpoint.
  TrainLog(const std::filesystem::path& path, int64_t length);
  ~TrainLog();
  TrainLog(const TrainLog&) = delete;
  TrainLog& operator=(const TrainLog&) = delete;
  void append(const Json& line);              // Error(kBadInput) when it cannot be written (disk full)
  void sync();                                // onto the disk: before a checkpoint that names the length
  int64_t length() const { return length_; }  // bytes so far

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  int64_t length_ = 0;
};

}  // namespace synerbench
