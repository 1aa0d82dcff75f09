// synerbench demo: the whole way, from nothing to a leaderboard. A script of verbs: it prints each command before it runs it,
// so that a newcomer can repeat any step by hand.
#include <fmt/format.h>

#include <filesystem>

#include "app/model_table.h"
#include "app/verb.h"
#include "harness/core/progress.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string out = "runs/demo";
  int threads = default_threads();
  int updates = 1500;
};

ExitCode step(const std::vector<std::string>& arguments) {
  std::string line;
  for (const auto& argument : arguments) {
    const bool plain = argument.find_first_of(" {}\"*") == std::string::npos;
    line += plain ? " " + argument : " '" + argument + "'";
  }
  if (!quiet()) fmt::print(stderr, "\n$ synerbench{}\n", line);
  return run_command_line(arguments);
}

ExitCode demo(const Options& options) {
  const fs::path out = options.out;
  const std::string phantom = out / "phantom", store = out / "store", weights = out / "weights/pix2pix",
                    run = out / "run", report = out / "report", threads = std::to_string(options.threads);
  std::vector<std::vector<std::string>> steps{{"phantom", "--size", "tiny", "--region", "brain", "--region",
                                               "wb", "--region", "brats", "--out", phantom, "--threads",
                                               threads}};
  for (const auto& [layout, tree] :
       {std::pair{"synthrad2023", "synthrad2023"}, {"autopet", "autopet"}, {"brats", "brats2021"}}) {
    // Ranked: with some dozen patients a hash split could leave a split almost empty.
    steps.push_back(
        {"import", layout, phantom + "/" + tree, "--split", "ranked", "--out", store, "--threads", threads});
  }
  std::vector<std::string> command{"run",   "--suite", "quick",     "--store", store,
                                   "--out", run,       "--threads", threads};
  for (const auto& model : {"constant", "identity", "mean", "line", "monotone", "nearest"})
    command.insert(command.end(), {"--model", model});
  if (!trainable_table().empty()) {
    const std::string recipe =
        fmt::format(R"({{"unit": "updates", "constant": {0}, "decay": {0}, "validate_every": {0}}})",
                    options.updates / 2);
    steps.push_back({"train", "--model", "pix2pix", "--suite", "quick", "--store", store, "--config",
                     R"({"preset": "tiny"})", "--recipe", recipe, "--out", weights, "--resume",
                     // Side by side rather than on several threads: faster, and the weights do not depend on the machine.
                     "--jobs", threads});
    command.insert(command.end(), {"--model", "pix2pix=pix2pix:" + weights});
  }
  if (fs::exists(fs::path(run) / "run.json")) command = {"run", "--resume", run};
  steps.push_back(command);
  steps.push_back({"report", run, "--out", report});
  for (const auto& arguments : steps) {
    throw_if_interrupted();
    const ExitCode code = step(arguments);
    if (code != ExitCode::kOk) return code;
  }
  say("", "");
  say("look", fmt::format("{}/leaderboard.html in a browser, or {}/leaderboard.md", report, report));
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
