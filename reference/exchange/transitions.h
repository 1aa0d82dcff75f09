// The authors' samples of synthesis, both ways: one Parquet file, a transition a row.
//
//   SynerMed.parquet
//     image_list        list<binary>        pictures of the row, in order; ours are PNG files
//     instruction_list  list<list<string>>  for each step from a picture to the next, its wordings
//
// Known of it (from the release's loader): the two columns, and that a start, an end and a wording of the
// step between them are drawn from a row. Ours have two pictures, the source and the target of a pair.
//
// Parquet is read and written by Arrow's C++ library, which is an optional part: cmake
// -DSYNERBENCH_WITH_PARQUET=ON, with the library that PyPI's pyarrow brings or an installed one. Without it
// everything here is an Error(kUsage) that says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reference/understanding/instances.h"

namespace synerbench::reference {

struct Transition {
  std::vector<std::string> pictures;                   // files as bytes, two or more
  std::vector<std::vector<std::string>> instructions;  // one entry less than pictures, none of them empty
};

/// Whether this program was built with Parquet.
bool has_parquet();

/// Reads a file row by row, a group of rows at a time in memory. Rows are checked against what is said above;
/// pictures are not opened.
class TransitionReader {
 public:
  /// Error(kBadInput) when it is no Parquet file, is damaged, or has other columns.
  explicit TransitionReader(const std::filesystem::path& path);
  ~TransitionReader();
  TransitionReader(TransitionReader&&) noexcept;
  /// Nothing after the last row. Error(kBadInput) that names the row.
  std::optional<Transition> next();
  int64_t rows() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes rows as they come; the file is at `path`, whole, when this returns the number of rows. The same
/// rows give the same bytes with one version of Arrow. Error(kUsage) when there is something at `path`.
int64_t write_transitions(const std::filesystem::path& path,
                          const std::function<std::optional<Transition>()>& next);

/// All pairs of the tasks, task by task, as transitions with every wording of their instruction. `builder`
/// stays in use.
std::function<std::optional<Transition>()> transitions_of(const InstanceBuilder& builder);

/// What a file of transitions holds.
struct TransitionCounts {
  int64_t rows = 0, pictures = 0, instructions = 0;
  int64_t other_pictures = 0;  // of a kind that is not opened here (not PNG)
};
/// Reads a file to its end, every PNG of it to its last byte.
TransitionCounts check_transitions(const std::filesystem::path& path);

}  // namespace synerbench::reference
