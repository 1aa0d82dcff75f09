// synerbench score: predictions made by anything, scored exactly as run scores its models.
#include <fmt/format.h>

#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/apart.h"
#include "harness/core/json.h"
#include "harness/core/progress.h"
#include "harness/run/grand_challenge.h"
#include "harness/run/score.h"
#ifdef SYNERBENCH_WITH_ITK
#include "harness/data/gate.h"
#include "harness/data/volume_io.h"
#endif

namespace synerbench {
namespace {

void list(const char* what, const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  for (size_t i = 0; i < names.size() && i < kShown; ++i) say(what, names[i]);
  if (names.size() > kShown) say(what, fmt::format("... and {} more", names.size() - kShown));
}

ExitCode run_score(ScoreOptions options, const std::string& metrics, bool json) {
#ifdef SYNERBENCH_WITH_ITK
  options.read_image = [](const std::filesystem::path& path) { return read_volume(path); };
  options.read_grid = [](const std::filesystem::path& path) { return read_image_grid(path); };
  options.read_note = [](const std::filesystem::path& path) { return read_image_note(path); };
  options.resample_image = [](const Volume& volume, const Geometry& grid, float outside) {
    return resample_linear(volume, grid, outside);
  };
#endif
  require_apart(metrics, {{options.predictions, "what is scored"},
                          {options.predictions / "predictions.json", "what is scored"},
                          {options.store, "the store", true},
                          {options.suite, "the suite"},
                          {options.info, "what is said of the model"}});
  const ScoreOutcome outcome = score(options, protocols());
  list("missing", outcome.missing);
  list("double", outcome.duplicates);
  list("extra", outcome.extra);
  const ExitCode code = outcome.run.exit_code();
  if (outcome.run.failed > 0)
    say("failed", fmt::format("{} cases, the first: {}", outcome.run.failed, outcome.run.first_failure));
  if (outcome.run.with_remarks > 0)
    say("odd", fmt::format("{} cases have remarks, the first: {}", outcome.run.with_remarks,
                           outcome.run.first_remark));
  say("done", fmt::format("{} of {} cases scored, {} failed: {}", outcome.run.scored, outcome.run.items,
                          outcome.run.failed, options.out.string()));
  if (outcome.run.finished) {
    say("next", fmt::format("synerbench report {0} --out {0}/report", options.out.string()));
  } else {
    say("next", "the same command with --resume, to go on");
  }
  if (outcome.run.finished && !metrics.empty())
    write_json(metrics, grand_challenge_metrics(options.out, protocols()));
  if (json) {
    print_result(Json{{"run", options.out.string()},
                      {"items", outcome.run.items},
                      {"scored", outcome.run.scored},
                      {"failed", outcome.run.failed},
                      {"missing", outcome.missing},
                      {"duplicates", outcome.duplicates},
                      {"extra", outcome.extra},
                      {"exit_code", static_cast<int>(code)}});
  }
  return code;
}

}  // namespace

Verb verb_score() {
  return {
      "score", "Compare my model",
      "Score a folder of predictions made by anything (NIfTI, MetaImage, DICOM, safetensors)",
      "  synerbench score --suite quick --store runs/demo/store --task brain-mr-to-ct --predictions "
      "my-cts --name mine --out runs/mine\n"
      "  synerbench score --suite synermed22 --store store --predictions predictions --name mine --out "
      "runs/mine --json",
      [](CLI::App& command) {
        auto options = std::make_shared<ScoreOptions>();
        auto json = std::make_shared<bool>(false);
        auto metrics = std::make_shared<std::string>();
        command.add_option("--suite", options->suite, "Suite, by name or path")->required();
        command.add_option("--store", options->store, "Slice store with the references")->required();
        command
            .add_option(
                "--predictions", options->predictions,
                "Folder, or a zip of one: <task>/<dataset>/<case>.nii.gz, or <task>/<case>.nii.gz; or the "
                "input of an evaluation on grand-challenge.org")
            ->required();
        command.add_option("--out", options->out, "Run folder to make")->required();
        command.add_option("--name", options->name, "The model's name in tables")->capture_default_str();
        command.add_option("--info", options->info,
                           "What the tables say about the model: JSON with parameters, training, seconds "
                           "per slice");
        command.add_option("--task", options->tasks, "Only these tasks: ids or patterns")
            ->allow_extra_args(false);
        command.add_option("--max-cases", options->max_cases, "Only the first N cases of each task")
            ->check(CLI::NonNegativeNumber);
        command.add_option("--threads", options->threads, "Cases at a time; 0: all cores")
            ->check(CLI::NonNegativeNumber);
        command.add_option("--output-slug", options->output_slug,
                           "grand-challenge.org: which of several outputs is the prediction");
        command.add_option("--grand-challenge-metrics", *metrics,
                           "File for the metrics.json that grand-challenge.org reads");
        command.add_flag("--resample", options->resample,
                         "Resample predictions on another grid instead of failing them; recorded");
        command.add_flag(
            "--resume", options->resume,
            "Go on in --out where an earlier call stopped; the prediction files must be the same");
        command.add_flag("--json", *json, "The outcome as JSON");
        return [options, metrics, json] { return run_score(*options, *metrics, *json); };
      }};
}

}  // namespace synerbench
