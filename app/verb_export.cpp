// synerbench export: what a store, a run or a training holds, as files for programs elsewhere.
#include <fmt/format.h>

#include "app/run_arguments.h"
#include "app/subcommands.h"
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/apart.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/run/export_pairs.h"
#include "harness/train/tensorboard.h"
#include "reports/formats/eval_results.h"
#include "reports/numbers/runs.h"
#ifdef SYNERBENCH_WITH_ITK
#include "harness/data/volume_io.h"
#endif

namespace synerbench {
namespace {

struct Options {
  TaskArguments chosen;
  std::string split = "train", format = "safetensors";
  ExportOptions pairs;
  std::string from, out;     // of tensorboard and eval-results
  LeaderboardOptions board;  // of eval-results
  EvalResultsChoice eval_results;
  bool json = false;
};

ExitCode pairs(const Options& given) {
  require_apart(given.pairs.out, {{given.chosen.store, "the store", true}});
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

ExitCode tensorboard(const Options& options) {
  const std::vector<ExportedLog> logs = export_tensorboard(options.from, options.out);
  Json folders = Json::array();
  int64_t scalars = 0;
  for (const ExportedLog& log : logs) {
    scalars += log.scalars;
    folders.push_back(
        {{"folder", log.folder.string()}, {"scalars", log.scalars}, {"last_update", log.last_update}});
  }
  if (options.json) print_result(Json{{"folders", folders}});
  say("done", fmt::format("{} training{}, {} numbers: {}", logs.size(), logs.size() == 1 ? "" : "s", scalars,
                          options.out));
  say("next", fmt::format("tensorboard --logdir {}", options.out));
  return ExitCode::kOk;
}

ExitCode eval_results(const Options& options) {
  LeaderboardOptions choice = options.board;
  choice.protocols = protocols();
  const Leaderboard board =
      make_leaderboard(join_runs({read_run(options.from)}, choice.protocols), {}, choice);
  const EvalResults results = eval_results(board, options.eval_results);
  const std::filesystem::path file = std::filesystem::path(options.out) / results.file;
  write_file(file, results.yaml);
  for (const std::string& task : results.left_out) say("left out", task);
  if (options.json) print_result(Json{{"file", file.string()}, {"left_out", results.left_out}});
  say("done", file.string());
  return ExitCode::kOk;
}

}  // namespace

Verb verb_export() {
  return {
      "export", "Compare my model",
      "Write what other programs read: training pairs, curves for TensorBoard, results for a model's page",
      "  synerbench export pairs --suite quick --store runs/demo/store --out pairs\n"
      "  synerbench export pairs --suite quick --store runs/demo/store --task brain-mr-to-ct --split "
      "validation "
      "--format png --out pictures\n"
      "  synerbench export tensorboard runs/demo/weights/pix2pix --out board\n"
      "  synerbench export eval-results runs/demo/run --model pix2pix --dataset OWNER/NAME --out model",
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

        sub = words.add("tensorboard", "The log of a training as event files of TensorBoard", tensorboard);
        sub->add_option("training", options.from, "Weights folder, or a folder with one per task")
            ->required();
        sub->add_option("--out", options.out, "Folder to write to, for tensorboard --logdir")->required();
        sub->add_flag("--json", options.json, "The outcome as JSON");

        EvalResultsChoice& of = options.eval_results;
        sub = words.add("eval-results", "A model's scores as the Hugging Face Hub reads them: .eval_results",
                        eval_results);
        sub->add_option("run", options.from, "Run folder")->required();
        sub->add_option("--out", options.out, "The model's repository: OUT/.eval_results/NAME.yaml")
            ->required();
        sub->add_option("--dataset", of.dataset, "Id of the benchmark there: OWNER/NAME")->required();
        sub->add_option("--model", of.model, "Key of the model (default: the only one)");
        sub->add_option("--protocol", options.board.protocol, "Protocol (default: the suite's first)");
        sub->add_option("--metric", options.board.metric, "Metric (default: the protocol's first)");
        sub->add_option("--revision", of.revision, "Commit of the benchmark's repository");
        sub->add_option("--date", of.date,
                        "Of the evaluation: 2026-05-31 (default: that of the commit there)");
        sub->add_option("--source-url", of.source_url, "Address of a report, a paper, the logs");
        sub->add_option("--source-name", of.source_name, "Its name");
        sub->add_option("--source-user", of.source_user, "Whose it is: a user there");
        sub->add_option("--source-org", of.source_org, "Whose it is: an organization there");
        sub->add_flag("--json", options.json, "The outcome as JSON");
        return words.run();
      }};
}

}  // namespace synerbench
