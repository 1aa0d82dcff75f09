#include "reports/report.h"

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "reports/document.h"
#include "reports/export.h"
#include "reports/pictures.h"
#include "reports/tables.h"

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

const std::vector<std::string>& report_format_names() {
  static const std::vector<std::string> names = {"md", "csv", "tex", "json", "html"};
  return names;
}

ReportFormat parse_report_format(const std::string& name) {
  const auto& names = report_format_names();
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end())
    throw usage_error("format", "unknown format \"" + name + "\"", did_you_mean(name, names));
  return static_cast<ReportFormat>(at - names.begin());
}

ReportFiles make_report(const ReportOptions& options) {
  std::vector<RunInput> runs;
  for (const auto& folder : options.runs) runs.push_back(read_run(folder));
  return make_report(std::move(runs), options);
}

ReportFiles make_report(std::vector<RunInput> runs, const ReportOptions& options) {
  std::vector<Published> published;
  if (options.with_published)
    published = options.published ? load_published(*options.published) : embedded_published();
  const Leaderboard board =
      make_leaderboard(join_runs(std::move(runs)), std::move(published), options.leaderboard);
  const std::string title = title_of_report(options, board);

  ReportFiles result;
  const Pictures pictures = draw_pictures(board, options.pictures, options.out, result.files, result.remarks);
  const Document document = make_document(board, title, suite_text(board, "note"), pictures, result.remarks);
  const auto write = [&](const char* name, const std::string& text) {
    write_file(options.out / name, text);
    result.files.emplace_back(name);
  };
  for (const ReportFormat format : options.formats) {
    switch (format) {
      case ReportFormat::kMarkdown:
        write("leaderboard.md", to_markdown(document));
        break;
      case ReportFormat::kLatex:
        write("leaderboard.tex", to_latex(document));
        break;
      case ReportFormat::kHtml:
        write("leaderboard.html", to_html(document, options.out));
        break;
      case ReportFormat::kJson:
        write("leaderboard.json", to_text(to_json(board, title)) + "\n");
        break;
      case ReportFormat::kCsv:
        write("leaderboard.csv", leaderboard_csv(board));
        write("averages.csv", averages_csv(board));
        write("cases.csv", cases_csv(board));
        if (!training_table(board).rows.empty()) {
          write("training.csv", training_csv(board));
          write("seeds.csv", seeds_csv(board));
        }
        break;
    }
  }
  result.summary = to_markdown(averages_table(board, board.main()));
  return result;
}

}  // namespace synerbench
