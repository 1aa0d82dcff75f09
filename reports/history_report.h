// From run folders of different dates to a folder that says what changed when.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/numbers/history.h"
#include "reports/report.h"

namespace synerbench {

struct HistoryReportOptions {
  std::vector<std::filesystem::path> runs;  // run folders (or results.json files)
  std::filesystem::path out;                // made when missing; files of an earlier history are replaced
  std::vector<ReportFormat> formats = report_formats();
  std::string title;  // empty: the suite's
  HistoryOptions history;
  bool plots = true;
  std::string gnuplot = "gnuplot";
};

/// Writes history.{md,csv,tex,json,html}, steps.csv and plots/history-*.{gp,dat,svg,png,pdf}. The summary is
/// the table of steps. Equal runs and options give equal bytes. Errors as in read_run() and make_history().
ReportFiles make_history_report(const HistoryReportOptions& options);
/// The same for runs in memory; options.runs is not read.
ReportFiles make_history_report(std::vector<RunInput> runs, const HistoryReportOptions& options);

}  // namespace synerbench
