#include "reports/report.h"

#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/progress.h"
#include "reports/formats/markdown.h"
#include "reports/pictures/case_images.h"
#include "reports/words/tables.h"

namespace synerbench {
namespace {

/// A text of the identity's suite; empty when it is not there.
std::string suite_text(const Leaderboard& board, const char* key) {
  const Json& identity = board.runs.shared_identity;
  if (!identity.contains("suite") || !identity["suite"].is_object()) return "";
  const Json& suite = identity["suite"];
  return suite.contains(key) && suite[key].is_string() ? suite[key].get<std::string>() : "";
}

std::string title_of_report(const ReportOptions& options, const Leaderboard& board) {
  if (!options.title.empty()) return options.title;
  const std::string title = suite_text(board, "title");
  return title.empty() ? "SynerBench report" : title;
}

}  // namespace

ReportFiles make_report(const ReportOptions& options) {
  std::vector<RunInput> runs;
  for (const auto& folder : options.runs) {
    throw_if_interrupted();
    runs.push_back(read_run(folder));
  }
  return make_report(std::move(runs), options);
}

ReportFiles make_report(std::vector<RunInput> runs, const ReportOptions& options) {
  JoinedRuns joined = join_runs(std::move(runs), options.leaderboard.protocols);
  std::vector<Published> published;
  if (options.published_column == PublishedColumn::kAlways ||
      (options.published_column == PublishedColumn::kBesideRealPatients && simulated_data(joined).empty()))
    published = options.published ? load_published(*options.published) : embedded_published();
  const Leaderboard board = make_leaderboard(std::move(joined), std::move(published), options.leaderboard);
  const std::string title = title_of_report(options, board);

  const FolderLock lock(options.out, "report");
  for (const char* folder : {"plots", "panels"}) remove_temporary_files(options.out / folder);
  ReportFiles result;
  const Pictures pictures = draw_pictures(board, options.pictures, options.out, result.files, result.remarks);
  const CaseImages images = collect_case_images(
      board, board.main(), {options.pictures.window, options.pictures.panels ? options.page_image_bytes : 0},
      result.remarks);
  const Document document = make_document(board, title, suite_text(board, "note"), pictures, result.remarks);
  for (const ReportFormat& format : options.formats) {
    throw_if_interrupted();
    for (const ReportFile& file : format.make({board, document, options.out, images, options.latex})) {
      write_file(options.out / file.name, file.content);
      result.files.emplace_back(file.name);
    }
  }
  result.summary = to_markdown(averages_table(board, board.main()));
  return result;
}

}  // namespace synerbench
