// synerbench demo: the whole way, from nothing to a leaderboard. A script of verbs: it prints each command
// before it runs it, so that a newcomer can repeat any step by hand.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "suites/phantom/demo.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string out = "runs/demo";
  int threads = default_threads();
  int updates = 1500;
};

ExitCode demo(const Options& options) {
  const fs::path out = options.out;
  const bool trains = std::any_of(methods().begin(), methods().end(),
                                  [](const Method& method) { return method.training.has_value(); });
  const bool run_is_there = path_exists(out / "run/run.json");
  for (const auto& command :
       phantom::demo_steps({out, options.threads, options.updates, trains, run_is_there})) {
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
          "The whole way on phantom data: write, import, train, run, report; prints every command",
          "  synerbench demo\n  synerbench demo --out /tmp/demo --updates 200", [](CLI::App& command) {
            auto options = std::make_shared<Options>();
            command
                .add_option("--out", options->out,
                            "Folder for everything; started again, it goes on where it stopped")
                ->capture_default_str();
            command.add_option("--updates", options->updates, "Training updates per task")
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            command.add_option("--threads", options->threads, "Threads")
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            return [options] { return demo(*options); };
          }};
}

}  // namespace synerbench
