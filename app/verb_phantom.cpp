// synerbench phantom: writes a phantom cohort in the layouts of the real data sets.
#include <fmt/format.h>

#include "app/verb.h"
#include "harness/core/progress.h"
#include "suites/phantom/cohort.h"
#include "suites/phantom/write_cohort.h"

namespace synerbench {
namespace {

struct Options {
  phantom::CohortOptions cohort;
  std::string named, size = "tiny", shift = "none";
  std::string out;
  int threads = default_threads();
  bool plan_only = false, json = false;
};

ExitCode write(Options options) {
  if (options.named.empty()) {
    options.cohort.size = phantom::parse_cohort_size(options.size);
    options.cohort.misregistration.kind = phantom::parse_misregistration(options.shift);
  } else {
    phantom::CohortOptions frozen = phantom::cohort_named(options.named).options;
    if (!options.cohort.datasets.empty()) frozen.datasets = options.cohort.datasets;
    frozen.regions = options.cohort.regions;
    options.cohort = frozen;
  }
  const auto plan = phantom::plan_cohort(options.cohort);
  if (options.plan_only) {
    options.json ? print_result(phantom::to_json(plan)) : print_result(phantom::to_text(plan));
    return ExitCode::kOk;
  }
  if (options.out.empty())
    throw usage_error("--out", "is missing", "synerbench phantom --help shows examples");
  say("phantom", fmt::format("{} cases, size {}, seed {} -> {}", plan.size(),
                             phantom::name_of(options.cohort.size), options.cohort.seed, options.out));
  {
    Progress progress("write", static_cast<int64_t>(plan.size()));
    phantom::write_cohort(options.out, options.cohort, options.threads,
                          [&](const phantom::PlannedCase& planned) {
                            progress.advance(1, planned.id);
                            throw_if_interrupted();
                          });
  }
  if (options.json) print_result(Json{{"out", options.out}, {"cases", plan.size()}});
  for (const std::string& command : phantom::import_commands(plan, options.out)) say("next", command);
  return ExitCode::kOk;
}

}  // namespace

Verb verb_phantom() {
  return {
      "phantom", "Regenerate the leaderboard", "Write a phantom cohort in the layouts of the real data sets",
      "  synerbench phantom --size tiny --out runs/phantom\n"
      "  synerbench phantom --cohort bench@1 --out runs/bench\n"
      "  synerbench phantom --size small --dataset brats --patients 20 --seed 7 --out runs/brats-phantom",
      [](CLI::App& command) {
        auto options = std::make_shared<Options>();
        command.add_option("--out", options->out, "Folder to write");
        std::string cohorts;
        for (const phantom::NamedCohort& row : phantom::named_cohorts())
          cohorts += fmt::format("{}{} ({})", cohorts.empty() ? "" : ", ", row.id, row.summary);
        CLI::Option* named =
            command.add_option("--cohort", options->named, "A cohort whose settings are frozen: " + cohorts);
        CLI::Option* size = command
                                .add_option("--size", options->size,
                                            "tiny (64x64x24), small (128x128x48), full (real matrix sizes)")
                                ->check(CLI::IsMember({"tiny", "small", "full"}))
                                ->capture_default_str();
        command
            .add_option("--dataset", options->cohort.datasets,
                        "Only these: synthrad2023 synthrad2025 autopet brats myops")
            ->allow_extra_args(false);
        command.add_option("--region", options->cohort.regions, "Only these regions")
            ->allow_extra_args(false);
        CLI::Option* patients =
            command
                .add_option("--patients", options->cohort.patients,
                            "Per dataset, task and region; 0: enough for a 70/10/20 split")
                ->check(CLI::NonNegativeNumber);
        CLI::Option* seed = command.add_option("--seed", options->cohort.seed, "Same seed, same bytes")
                                ->capture_default_str();
        CLI::Option* shift = command
                                 .add_option("--misregistration", options->shift,
                                             "Residual between the images of a pair: none, rigid, elastic")
                                 ->check(CLI::IsMember({"none", "rigid", "elastic"}))
                                 ->capture_default_str();
        CLI::Option* mm =
            command.add_option("--mm", options->cohort.misregistration.mm, "Its size in mm, 0 to 50")
                ->capture_default_str();
        for (CLI::Option* other : {size, patients, seed, shift, mm}) named->excludes(other);
        command.add_option("--threads", options->threads, "Threads; the bytes do not depend on it")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command.add_flag("--plan", options->plan_only, "Only list what would be written");
        command.add_flag("--json", options->json, "As JSON");
        return [options] { return write(*options); };
      }};
}

}  // namespace synerbench
