// synerbench export: what a store holds, as files for those who train elsewhere.
#include <fmt/format.h>

#include "app/run_arguments.h"
#include "app/subcommands.h"
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/progress.h"
#include "harness/run/export_pairs.h"
#ifdef SYNERBENCH_WITH_ITK
#include "harness/data/volume_io.h"
#endif

namespace synerbench {
namespace {

struct Options {
  TaskArguments chosen;
  std::string split = "train", format = "safetensors";
  ExportOptions pairs;
  bool json = false;
};

ExitCode pairs(const Options& given) {
  ExportOptions options = given.pairs;
  options.suite = given.chosen.suite;
  options.store = given.chosen.store;
  options.tasks = given.chosen.tasks;
  options.canvas = given.chosen.chosen_canvas();
  options.split = parse_split(given.split, "--split");
  options.format = parse_pair_format(given.format);
#ifdef SYNERBENCH_WITH_ITK
  options.write_image = [](const std::filesystem::path& file, const Volume& volume, bool mask) {
    write_volume(file, volume, mask ? PixelType::kUInt8 : PixelType::kFloat32);
  };
#endif
  const ExportOutcome outcome = export_pairs(options, protocols());
  say("done", fmt::format("{} tasks, {} cases, {} {}: {}", outcome.tasks, outcome.cases, outcome.pairs,
                          options.format == PairFormat::kNifti ? "slices" : "pairs", options.out.string()));
  if (given.json) {
    print_result(Json{{"out", options.out.string()},
                      {"tasks", outcome.tasks},
                      {"cases", outcome.cases},
                      {"pairs", outcome.pairs}});
  }
  return ExitCode::kOk;
}

}  // namespace

Verb verb_export() {
  return {"export", "Compare my model", "Write training pairs for models that are trained elsewhere",
          "  synerbench export pairs --suite quick --store runs/demo/store --out pairs\n"
          "  synerbench export pairs --suite quick --store runs/demo/store --task brain-mr-to-ct --split "
          "validation "
          "--format png --out pictures",
          [](CLI::App& command) {
            Subcommands<Options> words(command);
            Options& options = words.options();
            CLI::App* sub =
                words.add("pairs", "The pairs that train learns from: safetensors, png or nifti", pairs);
            add_task_arguments(*sub, options.chosen);
            sub->add_option("--out", options.pairs.out, "Folder to write to: OUT/TASK/pairs.csv and files")
                ->required();
            sub->add_option("--split", options.split, "train, validation or test")->capture_default_str();
            sub->add_option("--format", options.format,
                            "safetensors: a file per case; png: 16-bit pictures; nifti: whole volumes")
                ->capture_default_str();
            sub->add_option("--neighbors", options.pairs.neighbors, "Slices on either side (safetensors)")
                ->check(CLI::NonNegativeNumber);
            sub->add_option("--max-cases", options.pairs.max_cases, "Only the first N cases of each task")
                ->check(CLI::NonNegativeNumber);
            sub->add_flag("--json", options.json, "The outcome as JSON");
            return words.run();
          }};
}

}  // namespace synerbench
