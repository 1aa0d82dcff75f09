// synerbench gate: exit code 4 when the candidate is worse than the baseline.
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/json.h"
#include "reports/formats/json.h"
#include "reports/words/comparison.h"

namespace synerbench {

Verb verb_gate() {
  return {"gate", "Gate my CI", "Fail (exit code 4) when quality or coverage fell against a baseline run",
          "  synerbench gate runs/demo/run runs/demo/run\n"
          "  synerbench gate runs/baseline runs/candidate --tolerance ssim=0.005 --tolerance mae=0.01 --out "
          "gate.json",
          [](CLI::App& command) {
            struct Options {
              std::string baseline, candidate, out;
              std::vector<std::string> tolerances;
              GateOptions gate;
              bool json = false;
            };
            auto options = std::make_shared<Options>();
            command.add_option("baseline", options->baseline, "Run folder of the baseline")->required();
            command.add_option("candidate", options->candidate, "Run folder of the candidate")->required();
            command
                .add_option("--tolerance", options->tolerances,
                            "How much worse a mean may get: 0.002, ssim=0.002, synermed-2d@1/ssim=0.002")
                ->allow_extra_args(false);
            command.add_option("--baseline-model", options->gate.compare.baseline_model,
                               "Model in the baseline run (default: models with one name in both)");
            command.add_option("--candidate-model", options->gate.compare.candidate_model,
                               "Model in the candidate run");
            command.add_option("--out", options->out, "Also write the verdict there, as JSON");
            command.add_flag("--json", options->json, "The verdict as JSON on stdout");
            return [options] {
              for (const auto& text : options->tolerances)
                options->gate.tolerances.push_back(parse_tolerance(text));
              options->gate.compare.protocols = protocols();
              const GateVerdict verdict =
                  gate(read_run(options->baseline), read_run(options->candidate), options->gate);
              if (!options->out.empty()) write_json(options->out, to_json(verdict));
              options->json ? print_result(to_json(verdict)) : print_result(to_text(verdict));
              return verdict.regression() ? ExitCode::kRegression : ExitCode::kOk;
            };
          }};
}

}  // namespace synerbench
