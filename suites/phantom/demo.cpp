#include "suites/phantom/demo.h"

#include <fmt/format.h>

#include <utility>

#include "harness/core/file.h"

namespace synerbench::phantom {
namespace {

constexpr const char* kTrivial[] = {"mean", "identity", "monotone"};

/// A run of these models and its report. One that was begun is gone on with.
void add_run(std::vector<CommandLine>& steps, const std::filesystem::path& out, const std::string& name,
             CommandLine words, const std::vector<std::string>& models, const std::string& title,
             const std::string& threads) {
  const std::string run = out / name, report = out / (name == "run" ? "report" : name + "-report");
  CommandLine command{"run"};
  if (path_exists(out / name / "run.json")) {
    command.insert(command.end(), {"--resume", run});
  } else {
    command.insert(command.end(), words.begin(), words.end());
    for (const std::string& model : models) command.insert(command.end(), {"--model", model});
    command.insert(command.end(), {"--out", run, "--threads", threads});
  }
  steps.push_back(command);
  steps.push_back({"report", run, "--out", report, "--title", title});
}

}  // namespace

std::vector<CommandLine> demo_steps(const DemoOptions& options) {
  const std::filesystem::path& out = options.out;
  const std::string cohort = out / "phantom", store = out / "store", weights = out / "weights/pix2pix",
                    threads = std::to_string(options.threads);
  std::vector<CommandLine> steps;
  if (!path_exists(out / "store/manifest.json") || !path_exists(out / "phantom/cohort.json"))
    steps.push_back({"phantom", "--cohort", "demo@1", "--out", cohort, "--threads", threads});
  for (const auto& [layout, tree] :
       {std::pair{"synthrad2023", "synthrad2023"}, {"autopet", "autopet"}, {"brats", "brats2021"}}) {
    steps.push_back({"import", layout, cohort + "/" + tree, "--out", store, "--threads", threads});
  }
  const std::vector<std::string> trivial(std::begin(kTrivial), std::end(kTrivial));
  const std::string oracle = "oracle:" + cohort + "/oracle";
  if (!options.shipped.empty()) {
    std::vector<std::string> models = options.shipped;
    models.insert(models.end(), trivial.begin(), trivial.end());
    models.push_back(oracle);
    add_run(steps, out, "run", {"--suite", "synermed22", "--canvas", "64:pad", "--store", store}, models,
            "22 tasks of simulated patients", threads);
  }
  if (!options.zero_shot.empty()) {
    std::vector<std::string> models = options.zero_shot;
    models.insert(models.end(), trivial.begin(), trivial.end());
    add_run(steps, out, "zero-shot", {"--suite", "zero-shot", "--canvas", "64:pad", "--store", store}, models,
            "Zero-shot: no pair was ever synthesized", threads);
  }
  std::vector<std::string> models = trivial;
  if (options.can_train) {
    const std::string recipe =
        fmt::format(R"({{"unit": "updates", "constant": {0}, "decay": {0}, "validate_every": {0}}})",
                    options.updates / 2);
    // Tasks side by side rather than several threads a task: faster, and the weights do not depend on the
    // machine.
    steps.push_back({"train", "--model", "pix2pix", "--suite", "quick", "--store", store, "--config",
                     R"({"preset": "tiny"})", "--recipe", recipe, "--out", weights, "--resume", "--jobs",
                     threads});
    models.insert(models.begin(), "pix2pix=pix2pix:" + weights);
  }
  models.push_back(oracle);
  // Without shipped weights it is all there is to see.
  add_run(steps, out, options.shipped.empty() ? "run" : "live", {"--suite", "quick", "--store", store},
          models, "Trained just now, on simulated patients", threads);
  return steps;
}

}  // namespace synerbench::phantom
