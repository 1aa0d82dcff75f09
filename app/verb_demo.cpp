// synerbench demo: the whole way, from nothing to a leaderboard. A script of verbs: it prints each command
// before it runs it, so that a newcomer can repeat any step by hand.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "reports/numbers/weights_card.h"
#include "suites/phantom/demo.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

// Those of this source tree; a build that was moved away from it has --weights.
constexpr const char* kShippedWeights = SYNERBENCH_WEIGHTS_FOLDER;

struct Options {
  std::string out = "runs/demo", weights = kShippedWeights;
  int threads = default_threads();
  int updates = 1500;
};

ExitCode demo(const Options& options) {
  const fs::path out = options.out;
  phantom::DemoOptions steps;
  steps.out = out;
  steps.threads = options.threads;
  steps.updates = options.updates;
  steps.can_train = std::any_of(methods().begin(), methods().end(),
                                [](const Method& method) { return method.training.has_value(); });
  if (steps.can_train) {
    for (const ShippedWeights& weights : shipped_weights(options.weights)) {
      steps.shipped.push_back(weights.model_text());
      if (weights.zero_shot) steps.zero_shot.push_back(weights.model_text());
    }
  }
  for (const auto& command : phantom::demo_steps(steps)) {
    throw_if_interrupted();
    if (!quiet()) write_to_stderr(fmt::format("\n$ synerbench {}\n", shell_text(command)));
    const ExitCode code = run_command_line(command);
    if (code != ExitCode::kOk) return code;
  }
  say("", "");
  say("look",
      fmt::format("{0}/report/leaderboard.html in a browser, or {0}/report/leaderboard.md", options.out));
  say("next", "README.md: your own data, your own model, your own gate");
  return ExitCode::kOk;
}

}  // namespace

Verb verb_demo() {
  return {"demo", "Start here",
          "The whole way on simulated patients: 22 tasks with shipped weights, and a training; prints every "
          "command",
          "  synerbench demo\n  synerbench demo --out /tmp/demo --updates 200", [](CLI::App& command) {
            auto options = std::make_shared<Options>();
            command
                .add_option("--out", options->out,
                            "Folder for everything; started again, it goes on where it stopped")
                ->capture_default_str();
            command.add_option("--updates", options->updates, "Training updates per task")
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            command
                .add_option("--weights", options->weights,
                            "Folder with the weights that come with the program")
                ->capture_default_str();
            command.add_option("--threads", options->threads, "Threads")
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            return [options] { return demo(*options); };
          }};
}

}  // namespace synerbench
