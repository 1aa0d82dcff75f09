#include "reports/history_report.h"

#include <fmt/format.h>

#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/progress.h"
#include "reports/formats/markdown.h"
#include "reports/words/history_document.h"

namespace synerbench {
namespace {

std::string title_of_history(const HistoryReportOptions& options, const History& history) {
  if (!options.title.empty()) return options.title;
  const Json::json_pointer place("/suite/title");
  const Json& identity = history.newest.shared_identity;
  const bool there = identity.contains(place) && identity.at(place).is_string();
  const std::string title = there ? identity.at(place).get<std::string>() : "";
  return (title.empty() ? "SynerBench" : title) + ": history";
}

std::string summary_of(const History& history) {
  if (!steps_of(history).empty()) return to_markdown(steps_table(history));
  const auto counted = [](size_t n, const char* word) {
    return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
  };
  return fmt::format("No step in {}: {}, {}.\n", counted(history.runs.size(), "run"),
                     counted(history.models.size(), "model"), counted(history.tasks.size(), "task"));
}

}  // namespace

ReportFiles make_history_report(const HistoryReportOptions& options) {
  std::vector<RunInput> runs;
  for (const auto& folder : options.runs) {
    throw_if_interrupted();
    runs.push_back(read_run(folder));
  }
  return make_history_report(std::move(runs), options);
}

ReportFiles make_history_report(std::vector<RunInput> runs, const HistoryReportOptions& options) {
  const History history = make_history(std::move(runs), options.history);
  const FolderLock lock(options.out, "report");
  remove_temporary_files(options.out / "plots");
  ReportFiles result;
  for (const RunSetApart& apart : history.apart)
    result.remarks.push_back("Set apart: " + apart.name + ": " + apart.reason);
  const Pictures pictures =
      options.plots ? draw_history(history, options.gnuplot, options.out, result.files, result.remarks)
                    : Pictures{};
  const Document document =
      make_history_document(history, title_of_history(options, history), pictures, result.remarks);
  for (const ReportFormat& format : options.formats) {
    throw_if_interrupted();
    for (const ReportFile& file : format.make_history({history, document, options.out})) {
      write_file(options.out / file.name, file.content);
      result.files.emplace_back(file.name);
    }
  }
  result.summary = summary_of(history);
  return result;
}

}  // namespace synerbench
