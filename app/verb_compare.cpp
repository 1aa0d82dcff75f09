// synerbench compare: two runs against each other, pair by pair on the same cases.
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/apart.h"
#include "harness/core/file.h"
#include "reports/formats/json.h"
#include "reports/formats/markdown.h"
#include "reports/numbers/named_baseline.h"
#include "reports/words/comparison.h"

namespace synerbench {

Verb verb_compare() {
  return {
      "compare", "Compare my model",
      "Compare two runs pair by pair on the same cases; the baseline comes first",
      "  synerbench compare runs/demo/run runs/demo/run --baseline-model mean --candidate-model pix2pix\n"
      "  synerbench compare runs/demo/run runs/demo/run --all-pairs --metric ssim --margin ssim=0.01",
      [](CLI::App& command) {
        struct Options {
          std::string baseline, candidate, out, markdown, folder = kBaselineFolder;
          std::vector<std::string> margins;
          CompareOptions compare;
          bool json = false;
        };
        auto options = std::make_shared<Options>();
        command.add_option("baseline", options->baseline, "Run folder of the baseline, or a baseline's name")
            ->required();
        command.add_option("candidate", options->candidate, "Run folder of the candidate")->required();
        command.add_option("--task", options->compare.tasks, "Only these tasks: ids or patterns (brats-*)")
            ->allow_extra_args(false);
        command
            .add_option("--metric", options->compare.metrics, "Only these metrics: ssim, synermed-2d@2/ssim")
            ->allow_extra_args(false);
        command.add_option("--baseline-model", options->compare.baseline_model,
                           "Model in the baseline run (default: models with one name in both)");
        command.add_option("--candidate-model", options->compare.candidate_model,
                           "Model in the candidate run");
        command.add_flag("--all-pairs", options->compare.all_pairs,
                         "Every model of the baseline with every other of the candidate");
        command
            .add_option("--margin", options->margins,
                        "Test whether the two are equivalent within this: 0.01, ssim=0.01, "
                        "synermed-2d@2/ssim=0.01")
            ->allow_extra_args(false);
        command.add_option("--baselines", options->folder, "Folder of named baselines")
            ->capture_default_str();
        command.add_option("--bootstrap", options->compare.bootstrap.replicates, "Bootstrap replicates")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        command.add_option("--out", options->out, "Also write it there, as JSON");
        command.add_option("--markdown", options->markdown, "Also write it there, as Markdown");
        command.add_flag("--json", options->json, "As JSON");
        return [options] {
          options->compare.protocols = protocols();
          for (const auto& text : options->margins) {
            options->compare.margins.push_back(parse_tolerance(text, "margin"));
            if (!(options->compare.margins.back().value > 0))
              throw usage_error("margin", "\"" + text + "\" leaves no room", "a margin is above 0");
          }
          for (const std::string& out : {options->out, options->markdown}) {
            require_apart(out, read_from_run(options->baseline, options->folder, "the baseline"));
            require_apart(out, read_from_run(options->candidate, options->folder, "the candidate"));
          }
          const RunComparison comparison =
              compare_runs(read_run_or_baseline(options->baseline, options->folder),
                           read_run(options->candidate), options->compare);
          const std::string table = to_markdown(comparison_table(comparison));
          if (!options->out.empty()) write_json(options->out, to_json(comparison));
          if (!options->markdown.empty()) write_file(options->markdown, table);
          options->json ? print_result(to_json(comparison)) : print_result(table);
          return ExitCode::kOk;
        };
      }};
}

}  // namespace synerbench
