// synerbench plan: what a run would do.
#include "app/run_arguments.h"
#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/progress.h"
#include "harness/run/expected_run.h"
#include "harness/suite/suite.h"
#include "reference/evaluation/question_run.h"

namespace synerbench {

Verb verb_plan() {
  return {"plan", "Regenerate the leaderboard",
          "Show what a run would do: tasks, cases, slices, work items, expected time",
          "  synerbench plan --suite quick --store runs/demo/store --model mean --model line\n"
          "  synerbench plan --suite synermed22 --store store --model mean --shard 1/8 --json",
          [](CLI::App& command) {
            auto arguments = add_run_arguments(command);
            auto json = std::make_shared<bool>(false);
            command.add_flag("--json", *json, "As JSON, with every work item");
            return [arguments, json] {
              finish_run_arguments(*arguments);
              const RunOptions& options = arguments->options;
              const Suite suite = load_suite(options.suite, protocols());
              const bool asks = !suite.questions.empty();
              const Plan plan =
                  asks ? reference::plan_questions(options, suite) : plan_run(options, protocols());
              *json ? print_result(to_json(plan, options.shard, options.seed)) : print_result(describe(plan));
              // What a run takes is measured where somebody reads it: a script gets the same bytes each time.
              if (!*json && !quiet() && !options.models.empty() && !asks)
                say("expected", expected_time_of(options, methods(), protocols()));
              return ExitCode::kOk;
            };
          }};
}

}  // namespace synerbench
