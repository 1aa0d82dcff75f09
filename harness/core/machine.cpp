#include "harness/core/machine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace synerbench {
namespace {

constexpr double kGib = 1 << 30;
constexpr double kFewGib = 5;  // a store of the tiny cohorts, weights of all methods and their runs

using Verdict = Finding::Verdict;

bool on_path(const std::string& program, const std::string& search_path) {
  for (size_t start = 0; start <= search_path.size();) {
    const size_t end = std::min(search_path.find(':', start), search_path.size());
    const std::string folder = search_path.substr(start, end - start);
    if (!folder.empty() && ::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

std::string name_of(Verdict verdict) {
  return verdict == Verdict::kOk ? "ok" : verdict == Verdict::kNote ? "note" : "bad";
}

Finding check_build(const Json& build) {
  const bool dirty = build.at("dirty").get<bool>();
  return {"program", dirty ? Verdict::kNote : Verdict::kOk,
          fmt::format("{} commit {}{}, {}, {}", build.at("version").get<std::string>(),
                      build.at("commit").get<std::string>().substr(0, 12),
                      dirty ? " with uncommitted changes (results will say so)" : "",
                      build.at("compiler").get<std::string>(), build.at("build").get<std::string>())};
}

Finding check_plots(const std::string& search_path) {
  if (on_path("gnuplot", search_path)) return {"plots", Verdict::kOk, "gnuplot found"};
  return {"plots", Verdict::kNote,
          "gnuplot is missing: reports come without plots and panels (Debian: gnuplot-nox)"};
}

std::optional<double> free_bytes(const std::filesystem::path& folder) {
  std::error_code code;
  const auto space = std::filesystem::space(folder, code);
  return code ? std::nullopt : std::optional(static_cast<double>(space.available));
}

Finding check_disk(std::optional<double> free_bytes) {
  if (!free_bytes) return {"disk", Verdict::kNote, "free space here cannot be read"};
  const double gib = *free_bytes / kGib;
  return {"disk", gib < kFewGib ? Verdict::kNote : Verdict::kOk, fmt::format("{:.1f} GiB free here", gib)};
}

Finding check_matrix_rate(double rate, double slow, int threads) {
  // Never bad: a machine that is busy with something else measures low, too.
  return {
      "matrix product", rate < slow ? Verdict::kNote : Verdict::kOk,
      fmt::format("{:.0f} GFLOP/s with {} threads{}", rate, threads,
                  rate < slow
                      ? ": the machine is busy, or it has the slow reference BLAS; if it is idle, install "
                        "libopenblas0-openmp"
                      : "")};
}

Finding check_image_files(bool with_itk) {
  if (with_itk) return {"image files", Verdict::kOk, "NIfTI and MetaImage through ITK"};
  return {"image files", Verdict::kNote,
          "built without ITK: slice stores can be read, import, synth and NIfTI scoring are missing"};
}

bool any_bad(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.verdict == Verdict::kBad; });
}

std::string to_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += fmt::format("{:<5} {:<15} {}\n", name_of(finding.verdict), finding.what, finding.detail);
  return text;
}

Json to_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    list.push_back(
        {{"what", finding.what}, {"verdict", name_of(finding.verdict)}, {"detail", finding.detail}});
  }
  return list;
}

}  // namespace synerbench
