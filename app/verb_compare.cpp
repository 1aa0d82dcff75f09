// synerbench compare: two runs against each other, pair by pair on the same cases.
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "reports/formats/json.h"
#include "reports/formats/markdown.h"
#include "reports/words/comparison.h"

namespace synerbench {

Verb verb_compare() {
  return {"compare", "Compare my model",
          "Compare two runs pair by pair on the same cases; the baseline comes first",
          "  synerbench compare runs/demo/run runs/demo/run --baseline-model mean --candidate-model pix2pix\n"
          "  synerbench compare runs/old runs/new --json",
          [](CLI::App& command) {
            struct Options {
              std::string baseline, candidate;
              CompareOptions compare;
              bool json = false;
            };
            auto options = std::make_shared<Options>();
            command.add_option("baseline", options->baseline, "Run folder of the baseline")->required();
            command.add_option("candidate", options->candidate, "Run folder of the candidate")->required();
            command.add_option("--baseline-model", options->compare.baseline_model,
                               "Model in the baseline run (default: models with one name in both)");
            command.add_option("--candidate-model", options->compare.candidate_model,
                               "Model in the candidate run");
            command.add_option("--bootstrap", options->compare.bootstrap.replicates, "Bootstrap replicates")
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            command.add_flag("--json", options->json, "As JSON");
            return [options] {
              options->compare.protocols = protocols();
              const RunComparison comparison =
                  compare_runs(read_run(options->baseline), read_run(options->candidate), options->compare);
              options->json ? print_result(to_json(comparison))
                            : print_result(to_markdown(comparison_table(comparison)));
              return ExitCode::kOk;
            };
          }};
}

}  // namespace synerbench
