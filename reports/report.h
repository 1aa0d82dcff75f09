// From run folders to a folder that can be read, published and checked.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reports/formats/format.h"
#include "reports/numbers/leaderboard.h"
#include "reports/numbers/runs.h"
#include "reports/pictures/pictures.h"

namespace synerbench {

/// Published figures stand beside measured ones: of real patients only, unless that is asked for.
enum class PublishedColumn { kBesideRealPatients, kAlways, kNever };

struct ReportOptions {
  std::vector<std::filesystem::path> runs;  // run folders (or results.json files); put side by side
  std::filesystem::path out;                // made when missing; files of an earlier report are replaced
  std::vector<ReportFormat> formats = report_formats();
  std::string title;               // empty: the suite's title
  LeaderboardOptions leaderboard;  // protocol, metric, baseline, bootstrap
  // A folder of *.json; nothing: those that come with the program.
  std::optional<std::filesystem::path> published;
  PublishedColumn published_column = PublishedColumn::kBesideRealPatients;
  PictureOptions pictures;
  LatexChoice latex;
  int64_t page_image_bytes = 16 << 20;  // of images of cases in the page; 0: none
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
/// leaderboard.html holds images of cases, too, where the runs have panels and pictures.panels is set.
/// Equal runs and options give equal bytes, except for what comes from timing.json. Without gnuplot the
/// pictures are left out and the report says so. Errors as in read_run, join_runs and make_leaderboard.
ReportFiles make_report(const ReportOptions& options);
/// The same for runs in memory; options.runs is not read.
ReportFiles make_report(std::vector<RunInput> runs, const ReportOptions& options);

}  // namespace synerbench
