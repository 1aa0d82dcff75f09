// synerbench merge: shards of a run into one.
#include <fmt/format.h>

#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/progress.h"
#include "harness/run/merge.h"

namespace synerbench {

Verb verb_merge() {
  return {"merge", "Regenerate the leaderboard",
          "Join the shards of a run; any order, same bytes as the run that was never sharded",
          "  synerbench merge runs/shard-1 runs/shard-2 runs/shard-3 --out runs/merged\n"
          "  synerbench merge runs/shard-1 runs/shard-1-copy --out runs/merged --json",
          [](CLI::App& command) {
            struct Options {
              std::vector<std::string> runs;
              std::string out;
              bool accept_other_build = false, json = false;
            };
            auto options = std::make_shared<Options>();
            command.add_option("runs", options->runs, "Run folders")->required();
            command.add_option("--out", options->out, "Folder for the merged run")->required();
            command.add_flag("--accept-other-build", options->accept_other_build,
                             "Join runs of programs built from different commits");
            command.add_flag("--json", options->json, "The outcome as JSON");
            return [options] {
              const MergeOutcome outcome = merge(
                  {{options->runs.begin(), options->runs.end()}, options->out, options->accept_other_build},
                  protocols());
              const bool whole = outcome.failed == 0 && outcome.missing == 0;
              say("done", fmt::format("{} cases, {} failed, {} missing: {}", outcome.items, outcome.failed,
                                      outcome.missing, options->out));
              if (options->json)
                print_result(
                    Json{{"items", outcome.items}, {"failed", outcome.failed}, {"missing", outcome.missing}});
              return whole ? ExitCode::kOk : ExitCode::kSomeFailed;
            };
          }};
}

}  // namespace synerbench
