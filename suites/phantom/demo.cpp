#include "suites/phantom/demo.h"

#include <fmt/format.h>

#include <utility>

namespace synerbench::phantom {

std::vector<CommandLine> demo_steps(const DemoOptions& options) {
  const std::filesystem::path& out = options.out;
  const std::string cohort = out / "phantom", store = out / "store", weights = out / "weights/pix2pix",
                    run = out / "run", report = out / "report", threads = std::to_string(options.threads);
  std::vector<CommandLine> steps{{"phantom", "--size", "tiny", "--region", "brain", "--region", "wb",
                                  "--region", "brats", "--out", cohort, "--threads", threads}};
  for (const auto& [layout, tree] :
       {std::pair{"synthrad2023", "synthrad2023"}, {"autopet", "autopet"}, {"brats", "brats2021"}}) {
    // Ranked: with some dozen patients a hash split could leave a split almost empty.
    steps.push_back(
        {"import", layout, cohort + "/" + tree, "--split", "ranked", "--out", store, "--threads", threads});
  }
  CommandLine command{"run", "--suite", "quick", "--store", store, "--out", run, "--threads", threads};
  for (const char* model : {"constant", "identity", "mean", "line", "monotone", "nearest"})
    command.insert(command.end(), {"--model", model});
  if (options.can_train) {
    const std::string recipe =
        fmt::format(R"({{"unit": "updates", "constant": {0}, "decay": {0}, "validate_every": {0}}})",
                    options.updates / 2);
    // Tasks side by side rather than several threads a task: faster, and the weights do not depend on the
    // machine.
    steps.push_back({"train", "--model", "pix2pix", "--suite", "quick", "--store", store, "--config",
                     R"({"preset": "tiny"})", "--recipe", recipe, "--out", weights, "--resume", "--jobs",
                     threads});
    command.insert(command.end(), {"--model", "pix2pix=pix2pix:" + weights});
  }
  if (options.run_is_there) command = {"run", "--resume", run};
  steps.push_back(command);
  steps.push_back({"report", run, "--out", report});
  return steps;
}

}  // namespace synerbench::phantom
