// From run folders to a folder that can be read, published and checked.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reports/leaderboard.h"
#include "reports/runs.h"

namespace synerbench {

enum class ReportFormat { kMarkdown, kCsv, kLatex, kJson, kHtml };
/// "md" "csv" "tex" "json" "html", in the order of the enum.
const std::vector<std::string>& report_format_names();
/// Error(kUsage) with "did you mean" when unknown.
ReportFormat parse_report_format(const std::string& name);

/// What a report shows in pictures.
struct PictureOptions {
  bool plots = true;  // bars, box plots, radar, score against time; needs gnuplot
  bool panels =
      true;  // source, prediction, target, error of the best, median and worst case; needs gnuplot and panels/
  std::string gnuplot = "gnuplot";  // the program
};

struct ReportOptions {
  std::vector<std::filesystem::path> runs;  // run folders (or results.json files); put side by side
  std::filesystem::path out;                // made when missing; files of an earlier report are replaced
  std::vector<ReportFormat> formats = {ReportFormat::kMarkdown, ReportFormat::kCsv, ReportFormat::kLatex,
                                       ReportFormat::kJson, ReportFormat::kHtml};
  std::string title;               // empty: the suite's title
  LeaderboardOptions leaderboard;  // protocol, metric, baseline, bootstrap
  std::optional<std::filesystem::path>
      published;  // folder of *.json; nothing: those that come with the program
  bool with_published = true;
  PictureOptions pictures;
};

struct ReportFiles {
  std::vector<std::filesystem::path> files;  // relative to the report's folder, in the order of writing
  std::vector<std::string> remarks;          // what was left out, and why: also in the report
  std::string summary;                       // the averages, in Markdown: what a terminal shows
};

/// Writes
///   leaderboard.{md,csv,tex,json,html}  averages.csv  cases.csv
///   training.csv  seeds.csv             where a model says how it was trained
///   plots/*.{gp,dat,svg,png}            the script and the data lie beside every picture
///   panels/<task>/<model>.{gp,png}, and the data they draw
/// Equal runs and options give equal bytes, except for what comes from timing.json. Without gnuplot the pictures are left
/// out and the report says so. Errors as in read_run, join_runs and make_leaderboard.
ReportFiles make_report(const ReportOptions& options);
/// The same for runs in memory; options.runs is not read.
ReportFiles make_report(std::vector<RunInput> runs, const ReportOptions& options);

}  // namespace synerbench
