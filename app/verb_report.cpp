// synerbench report: run folders into leaderboard, plots and panels.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/apart.h"
#include "harness/core/progress.h"
#include "reports/history_report.h"
#include "reports/report.h"

namespace synerbench {
namespace {

std::string format_names() {
  std::vector<std::string> names;
  for (const ReportFormat& format : report_formats()) names.push_back(format.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// "md: the page as text; csv: ...".
std::string format_list() {
  std::vector<std::string> lines;
  for (const ReportFormat& format : report_formats()) lines.push_back(format.name + ": " + format.summary);
  return fmt::format("{}", fmt::join(lines, "; "));
}

struct Options {
  ReportOptions report;
  HistoryOptions history;
  std::vector<std::string> smallest_step;
  std::vector<std::string> runs, formats;
  std::string out, published;
  int64_t page_images = 16;  // MiB
  bool with_history = false, no_published = false, published_always = false, no_plots = false,
       no_panels = false;
};

ExitCode finish(const ReportFiles& files, const std::string& out) {
  print_result(files.summary);
  for (const auto& remark : files.remarks) say("note", remark);
  say("done", fmt::format("{} files in {}", files.files.size(), out));
  return ExitCode::kOk;
}

ExitCode make_history_of(const Options& options) {
  const ReportOptions& report = options.report;
  HistoryReportOptions history{report.runs, report.out, report.formats, report.title, options.history};
  history.plots = !options.no_plots;
  history.history.protocol = report.leaderboard.protocol;
  history.history.metric = report.leaderboard.metric;
  history.history.bootstrap = report.leaderboard.bootstrap;
  history.history.protocols = protocols();
  for (const auto& text : options.smallest_step)
    history.history.smallest_step.push_back(parse_tolerance(text, "smallest step"));
  return finish(make_history_report(history), options.out);
}

ExitCode make(Options options) {
  ReportOptions& report = options.report;
  require_line(report.title, "--title");
  for (const auto& run : options.runs) report.runs.emplace_back(run);
  report.out = options.out;
  for (const auto& run : report.runs)
    require_apart(report.out, {{run, "the run"}, {run / "panels", "the run's panels", true}});
  if (!options.formats.empty()) {
    report.formats.clear();
    for (const auto& name : options.formats) report.formats.push_back(find_report_format(name));
  }
  if (options.with_history) return make_history_of(options);
  if (!options.published.empty()) report.published = options.published;
  if (options.no_published) report.published_column = PublishedColumn::kNever;
  if (options.published_always) report.published_column = PublishedColumn::kAlways;
  report.pictures.plots = !options.no_plots;
  report.pictures.panels = !options.no_panels;
  report.page_image_bytes = options.page_images << 20;
  report.leaderboard.protocols = protocols();
  return finish(make_report(report), options.out);
}

}  // namespace

Verb verb_report() {
  return {
      "report", "Regenerate the leaderboard",
      "Make the leaderboard (" + format_names() + "), plots and panels from run folders",
      "  synerbench report runs/demo/run --out runs/demo/report\n"
      "  synerbench report runs/trivial runs/mine --protocol synthrad2023@1 --metric mae --out report",
      [](CLI::App& command) {
        auto options = std::make_shared<Options>();
        LeaderboardOptions& board = options->report.leaderboard;
        command.add_option("runs", options->runs, "Run folders; several are put side by side")->required();
        command.add_option("--out", options->out, "Folder for the report")->required();
        command.add_option("--format", options->formats, "One or more (default: all): " + format_list());
        command.add_option("--title", options->report.title, "Title (default: the suite's)");
        command.add_option("--protocol", board.protocol,
                           "Protocol of the main table (default: the suite's first)");
        command.add_option("--metric", board.metric,
                           "Metric of the main table (default: the protocol's first)");
        command.add_option("--baseline", board.baseline, "Model the others are compared with, pair by pair");
        command.add_flag("--all-pairs", board.all_pairs,
                         "Also compare every pair of models under the main metric: a table and pairs.csv");
        command.add_option("--bootstrap", board.bootstrap.replicates, "Bootstrap replicates")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command.add_option("--bootstrap-seed", board.bootstrap.seed, "Their seed")->capture_default_str();
        command.add_option("--published", options->published,
                           "Folder of published figures instead of those in the program");
        CLI::Option* never =
            command.add_flag("--no-published", options->no_published, "Leave published figures out");
        command
            .add_flag(
                "--published-beside-simulated", options->published_always,
                "Show them although the patients are simulated; without it they stand beside real ones only")
            ->excludes(never);
        command
            .add_option("--tex-table", options->report.latex.tables,
                        "Tables of tex/, by id (the anchor in the page)")
            ->capture_default_str();
        command.add_option("--tex-row", options->report.latex.rows, "Rows of these tables (default: all)");
        command.add_option("--tex-column", options->report.latex.columns,
                           "Columns of these tables (default: all)");
        command.add_flag("--no-plots", options->no_plots, "No plots");
        command
            .add_option("--window", options->report.pictures.window,
                        "Of CT in the panels: auto (by the region), brain, soft-tissue, bone, lung, full")
            ->capture_default_str();
        command.add_flag("--no-panels", options->no_panels, "No panels, and no images of cases in the page");
        command
            .add_option("--page-images", options->page_images,
                        "MiB of images of cases that the page may hold, 0 for none")
            ->check(CLI::Range(0, 1024))
            ->capture_default_str();
        CLI::Option* history = command.add_flag(
            "--history", options->with_history,
            "Runs of one suite over time, oldest first: values by date, and where they took a step");
        command
            .add_option("--smallest-step", options->smallest_step,
                        "With --history: what is smaller is no step: 0.002, ssim=0.002")
            ->needs(history)
            ->allow_extra_args(false);
        command
            .add_flag("--as-given", options->history.as_given,
                      "With --history: the runs are in the order of time, whatever their dates say")
            ->needs(history);
        // Of a single leaderboard: with a history they would do nothing.
        for (const char* name :
             {"--baseline", "--all-pairs", "--published", "--no-published", "--published-beside-simulated",
              "--tex-table", "--tex-row", "--tex-column", "--window", "--no-panels", "--page-images"})
          history->excludes(command.get_option(name));
        return [options] { return make(*options); };
      }};
}

}  // namespace synerbench
