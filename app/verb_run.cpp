// synerbench run: models on a suite.
#include <fmt/format.h>

#include <limits>

#include "app/reference_model.h"
#include "app/run_arguments.h"
#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/progress.h"
#include "harness/suite/suite.h"

namespace synerbench {
namespace {

ExitCode finish(const RunOutcome& outcome, const std::string& out, bool json) {
  const ExitCode code = outcome.exit_code();
  if (json) {
    print_result(Json{{"run", out},
                      {"items", outcome.items},
                      {"already_done", outcome.already_done},
                      {"scored", outcome.scored},
                      {"failed", outcome.failed},
                      {"slices", outcome.slices},
                      {"finished", outcome.finished},
                      {"exit_code", static_cast<int>(code)}});
  }
  say("done",
      fmt::format("{} of {} cases scored, {} failed{}", outcome.already_done + outcome.scored, outcome.items,
                  outcome.failed, outcome.failed ? fmt::format(": {}/failures.csv", out) : ""));
  if (outcome.failed > 0)
    say("failed", fmt::format("{} cases, the first: {}", outcome.failed, outcome.first_failure));
  if (outcome.with_remarks > 0)
    say("odd",
        fmt::format("{} cases have remarks, the first: {}", outcome.with_remarks, outcome.first_remark));
  if (outcome.interrupted) say("stop", "interrupted between two cases");
  if (outcome.over_budget) say("stop", "more cases failed than --max-failures allows");
  if (!outcome.finished || outcome.failed) say("next", fmt::format("synerbench run --resume {}", out));
  if (outcome.finished) say("next", fmt::format("synerbench report {} --out {}/report", out, out));
  if (outcome.abandoned_calls > 0) {
    // Their threads still run inside a model; a normal exit would destroy what they use.
    std::fflush(nullptr);
    std::_Exit(static_cast<int>(code));
  }
  return code;
}

}  // namespace

Verb verb_run() {
  return {
      "run", "Regenerate the leaderboard", "Run models on a suite: predict, score, journal",
      "  synerbench run --suite quick --store runs/demo/store --model mean --model line --out runs/trivial\n"
      "  synerbench run --resume runs/trivial",
      [](CLI::App& command) {
        auto arguments = add_run_arguments(command);
        RunOptions& options = arguments->options;
        auto resume = std::make_shared<std::string>();
        auto json = std::make_shared<bool>(false);
        command.add_option("--out", options.out, "Run folder to make");
        command.add_option("--resume", *resume,
                           "Go on in this run folder with its own settings; failed cases are done again");
        command
            .add_option("--threads", options.threads,
                        "Cases at a time; 0: all cores. Results do not depend on it")
            ->check(CLI::NonNegativeNumber);
        command
            .add_option("--batch", options.batch, "Slices per call of a model. Results do not depend on it")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command.add_option("--device", options.device, "cpu, cuda, cuda:N")->capture_default_str();
        command
            .add_option("--timeout", options.timeout,
                        "Seconds per slice before a model counts as hanging; 0: never")
            ->check(CLI::NonNegativeNumber);
        command
            .add_option("--max-failures", options.max_failures,
                        "Stop once more cases than this failed; -1: never")
            ->check(CLI::Range(int64_t{-1}, std::numeric_limits<int64_t>::max()))
            ->capture_default_str();
        command.add_flag("--keep-predictions", options.keep_predictions,
                         "Keep every predicted volume (safetensors, physical units)");
        command
            .add_option("--panel-slices", options.panel_slices,
                        "Slices of each case that panels keep, for the report's page to scroll through")
            ->check(CLI::Range(1, 1024))
            ->capture_default_str();
        command.add_flag("--accept-other-build", options.accept_other_build,
                         "Resume although the program was built from another commit");
        command.add_flag("--json", *json, "The outcome as JSON");
        return [arguments, resume, json, &command] {
          finish_run_arguments(*arguments);
          RunOptions options = arguments->options;
          if (!resume->empty()) options = resumed_options(command, *resume, options);
          check_complete(options);
          const Suite suite = load_suite(options.suite, protocols());
          const RunOutcome outcome = suite.questions.empty()
                                         ? run(options, methods(), protocols())
                                         : reference::run_questions(options, suite, load_asked, protocols());
          return finish(outcome, options.out.string(), *json);
        };
      }};
}

}  // namespace synerbench
