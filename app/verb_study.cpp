// synerbench study: an experiment as data: planned, run by ninja or SLURM, resumed, reported.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "app/subcommands.h"
#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/run/model_spec.h"
#include "harness/study/engines.h"
#include "harness/study/overview.h"
#include "harness/study/steps.h"
#include "harness/suite/suite.h"
#include "reference/evaluation/question_run.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string study, step, work, engine = "ninja";
  std::vector<std::string> only;
  int jobs = default_threads();
  bool json = false;
};

#ifdef SYNERBENCH_WITH_TORCH
/// A word of a suite that asks: a solver, or a model with its folder.
void require_asked(const std::string& text) {
  if (text == reference::kAllSolvers) return;
  const ModelSpec spec = parse_model_spec(text);
  if (!reference::may_be_solver(spec)) return require_known(spec, methods());
  const std::vector<std::string> known = reference::solver_names();
  if (std::find(known.begin(), known.end(), spec.name) != known.end()) return;
  throw usage_error("model \"" + text + "\"", "no such solver",
                    did_you_mean(spec.name, known) + "; a learned model is named with its folder");
}

/// Nothing is planned, trained or run for a name that nobody knows. What is done can be looked at without a
/// plug-in that did it.
StudyTables known_tables() {
  StudyTables tables;
  tables.model = [](const std::string& text, const Suite& suite) {
    if (!suite.questions.empty()) return require_asked(text);
    require_known(parse_model_spec(text), methods());
  };
  tables.method = [](const std::string& name) { find_trainable(methods(), name, "--model"); };
  return tables;
}
#else
/// A program without LibTorch knows some of the methods only: studies of all are planned by it, too.
StudyTables known_tables() { return {}; }
#endif

fs::path work_of(const Options& options, const Study& study) {
  const fs::path folder =
      options.work.empty() ? fs::path("runs/studies") / study.name : fs::path(options.work);
  return fs::absolute(folder).lexically_normal();
}

/// A path must mean the same in the folder where ninja or SLURM starts a step.
std::string named_from_anywhere(const std::string& study) {
  const bool path = study.ends_with(".json") || study.find('/') != std::string::npos;
  return path ? fs::absolute(study).lexically_normal().string() : study;
}

ExitCode plan(const Options& options) {
  const Study study = load_study(options.study, protocols(), known_tables());
  const fs::path work = work_of(options, study);
  options.json ? print_result(plan_json(study, work)) : print_result(plan_text(study, work));
  return ExitCode::kOk;
}

ExitCode status(const Options& options) {
  const Study study = load_study(options.study, protocols());
  const fs::path work = work_of(options, study);
  options.json ? print_result(status_json(study, work)) : print_result(status_text(study, work));
  return ExitCode::kOk;
}

ExitCode report(const Options& options) {
  const Study study = load_study(options.study, protocols());
  print_result(study_summary(study, work_of(options, study)));
  return ExitCode::kOk;
}

ExitCode step(const Options& options) {
  const Study study = load_study(options.study, protocols(), known_tables());
  return do_step(study, options.step, work_of(options, study), run_command_line);
}

ExitCode run_with_ninja(const Options& options, const Study& study, const StepCall& call) {
  if (finish_with_ninja(study, call, {options.jobs, options.only})) {
    say("done", fmt::format("synerbench study report {} --work {}", options.study, call.work.string()));
    return ExitCode::kOk;
  }
  say("failed", fmt::format("not finished: {}", fmt::join(unfinished_steps(study, call.work), ", ")));
  say("next", "the same command goes on from here, once the reason above is gone");
  return ExitCode::kSomeFailed;
}

ExitCode run(const Options& options) {
  const Study study = load_study(options.study, protocols(), known_tables());
  StepCall call{fs::read_symlink("/proc/self/exe"),
                work_of(options, study),
                named_from_anywhere(options.study),
                {},
                fs::current_path()};
  if (quiet()) call.more.push_back("-q");
  if (options.engine == "ninja") return run_with_ninja(options, study, call);
  const fs::path script = call.work / "submit.sh";
  write_file(script, slurm_script(study, call));
  say("next", fmt::format("bash {}", script.string()));
  return ExitCode::kOk;
}

}  // namespace

Verb verb_study() {
  return {
      "study", "Regenerate the leaderboard",
      "An experiment as data: stores, trainings, evaluations and contrasts from one file; plan, run, status, "
      "report",
      "  synerbench study plan phantom22\n  synerbench study run phantom22 --jobs 2", [](CLI::App& command) {
        Subcommands<Options> words(command);
        const auto add = [&](const char* name, const char* summary, ExitCode (*action)(const Options&)) {
          CLI::App* sub = words.add(name, summary, action);
          sub->add_option("study", words.options().study,
                          "A study that comes with the program, or a .json file (docs/studies.md)")
              ->required();
          sub->add_option("--work", words.options().work,
                          "Folder for everything (default: runs/studies/NAME)");
          return sub;
        };
        for (const auto& [sub, text] :
             {std::pair{add("plan", "Every step, its state and its commands", plan), "The steps as JSON"},
              {add("status", "What is done, and how often the test set was opened", status), "As JSON"}}) {
          sub->add_flag("--json", words.options().json, text);
        }
        CLI::App* running = add("run", "Do what is not finished; may be started again, and twice", run);
        running->add_option("--jobs", words.options().jobs, "Steps side by side")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        running
            ->add_option("--engine", words.options().engine,
                         "Who keeps the order: ninja here, slurm on a cluster")
            ->check(CLI::IsMember({"ninja", "slurm"}))
            ->capture_default_str();
        running->add_option("--only", words.options().only, "Only these steps, and what they need")
            ->allow_extra_args(false);
        add("report", "Where the reports are, and the contrasts", report);
        add("step", "Do one step, for engines of your own", step)
            ->add_option("step", words.options().step, "Name of the step")
            ->required();
        return words.run();
      }};
}

}  // namespace synerbench
