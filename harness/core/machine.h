// What a machine and a build can do, one finding a line: the checks of `synerbench doctor`. What is looked at
// is passed in, so that a test can ask about a machine that it is not on.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace synerbench {

struct Finding {
  enum class Verdict { kOk, kNote, kBad };  // kNote: works, with a limit
  std::string what;                         // "plots"
  Verdict verdict = Verdict::kOk;
  std::string detail;
};
std::string name_of(Finding::Verdict verdict);  // "ok" "note" "bad"

/// Of build_provenance(). Uncommitted changes are a note.
Finding check_build(const Json& build);
/// Whether gnuplot is in one of the folders of `search_path` (as $PATH: separated by ":"). Without it is a
/// note.
Finding check_plots(const std::string& search_path);
/// Free bytes of the file system that holds `folder`; nothing: it cannot be asked.
std::optional<double> free_bytes(const std::filesystem::path& folder);
/// Free bytes where results will be written; nothing: unknown. Less than 5 GiB is a note.
Finding check_disk(std::optional<double> free_bytes);
/// GFLOP/s of a matrix product with so many threads. Below `slow` is bad: training would take many times as
/// long.
Finding check_matrix_rate(double rate, double slow, int threads);
/// With or without an image library.
Finding check_image_files(bool with_itk);

bool any_bad(const std::vector<Finding>& findings);
/// A line each: verdict, what, detail.
std::string to_text(const std::vector<Finding>& findings);
/// [{"what", "verdict", "detail"}, ...]
Json to_json(const std::vector<Finding>& findings);

}  // namespace synerbench
