// synerbench gate: exit code 4 when the candidate is worse than the baseline.
#include <fmt/format.h>

#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/apart.h"
#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/core/progress.h"
#include "reports/formats/json.h"
#include "reports/formats/markdown.h"
#include "reports/numbers/named_baseline.h"
#include "reports/words/comparison.h"

namespace synerbench {
namespace {

struct Options {
  std::string baseline, candidate, out, junit, markdown, bless, folder = kBaselineFolder;
  std::vector<std::string> tolerances, interval_limits;
  GateOptions gate;
  bool json = false, replace = false;
};

ExitCode bless(const Options& options) {
  if (!options.candidate.empty())
    throw usage_error("gate --bless", "two runs are given", "gate --bless NAME RUN keeps one run");
  BlessOptions how{options.folder, options.replace, protocols()};
  how.accept_without_value = options.gate.accept_incomplete_baseline;
  const Blessing blessing = bless_baseline(options.bless, options.baseline, how);
  if (options.json) {
    Json said = blessing.json;
    said["cases"] = blessing.cases;
    said["failed_cases"] = blessing.failed;
    print_result(said);
  }
  say("done", fmt::format("baseline {} is {}, results sha256:{}", options.bless,
                          blessing.json["run"].get<std::string>(),
                          blessing.json["results_sha256"].get<std::string>().substr(0, 12)));
  if (blessing.failed > 0) {
    say("failed", fmt::format("{} of {} cases: they have no value that could get worse; see failures.csv of "
                              "the run",
                              blessing.failed, blessing.cases));
  }
  if (!blessing.without_value.empty())
    say("note", describe(blessing.without_value) + "; nothing of it can get worse");
  say("next", fmt::format("synerbench gate {} CANDIDATE{}", options.bless,
                          options.folder == kBaselineFolder ? "" : " --baselines " + options.folder));
  return ExitCode::kOk;
}

ExitCode judge(Options options) {
  if (options.candidate.empty())
    throw usage_error("gate", "one run is given", "name the baseline and the candidate, or --bless NAME");
  if (options.replace) throw usage_error("gate", "--replace-baseline goes with --bless");
  for (const auto& text : options.tolerances) options.gate.tolerances.push_back(parse_tolerance(text));
  for (const auto& text : options.interval_limits)
    options.gate.interval_limits.push_back(parse_tolerance(text, "interval limit"));
  options.gate.compare.protocols = protocols();
  for (const std::string& out : {options.out, options.junit, options.markdown}) {
    require_apart(out, read_from_run(options.baseline, options.folder, "the baseline"));
    require_apart(out, read_from_run(options.candidate, options.folder, "the candidate"));
  }
  const GateVerdict verdict =
      gate(read_run_or_baseline(options.baseline, options.folder), read_run(options.candidate), options.gate);
  if (!options.out.empty()) write_json(options.out, to_json(verdict));
  if (!options.junit.empty()) write_file(options.junit, to_junit(verdict));
  if (!options.markdown.empty()) write_file(options.markdown, to_markdown(gate_table(verdict)));
  options.json ? print_result(to_json(verdict)) : print_result(to_text(verdict));
  return verdict.regression() ? ExitCode::kRegression : ExitCode::kOk;
}

}  // namespace

Verb verb_gate() {
  return {
      "gate", "Gate my CI", "Fail (exit code 4) when quality or coverage fell against a baseline run",
      "  synerbench gate runs/demo/run runs/demo/run\n"
      "  synerbench gate --bless main runs/demo/run && synerbench gate main runs/demo/run --tolerance "
      "ssim=0.005 "
      "--interval-tolerance ssim=0.02 --junit gate.xml",
      [](CLI::App& command) {
        auto options = std::make_shared<Options>();
        command.add_option("baseline", options->baseline, "Run folder of the baseline, or a baseline's name")
            ->required();
        command.add_option("candidate", options->candidate, "Run folder of the candidate");
        command
            .add_option("--tolerance", options->tolerances,
                        "How much worse a mean may get: 0.002, ssim=0.002, synermed-2d@2/ssim=0.002")
            ->allow_extra_args(false);
        command
            .add_option(
                "--interval-tolerance", options->interval_limits,
                "How far the 95 % interval of the paired change may reach into the worse; written like "
                "a tolerance (default: the interval is printed and does not decide)")
            ->allow_extra_args(false);
        command
            .add_option("--task", options->gate.compare.tasks, "Only these tasks: ids or patterns (brats-*)")
            ->allow_extra_args(false);
        command
            .add_option("--metric", options->gate.compare.metrics,
                        "Only these metrics: ssim, synermed-2d@2/ssim")
            ->allow_extra_args(false);
        command.add_option("--baseline-model", options->gate.compare.baseline_model,
                           "Model in the baseline run (default: models with one name in both)");
        command.add_option("--candidate-model", options->gate.compare.candidate_model,
                           "Model in the candidate run");
        command.add_flag(
            "--accept-incomplete-baseline", options->gate.accept_incomplete_baseline,
            "Compare with a baseline that lacks records of its plan, or in which a model has no value on a "
            "task; the verdict says so. With --bless: keep such a run");
        command.add_option("--bless", options->bless,
                           "Keep the results of one run as the baseline of this name");
        command.add_option("--baselines", options->folder, "Folder of named baselines")
            ->capture_default_str();
        command.add_flag("--replace-baseline", options->replace,
                         "With --bless: replace the baseline of that name");
        command.add_option("--out", options->out, "Also write the verdict there, as JSON");
        command.add_option("--junit", options->junit, "Also write it there as JUnit XML");
        command.add_option("--markdown", options->markdown, "Also write it there as Markdown, for a comment");
        command.add_flag("--json", options->json, "The verdict as JSON on stdout");
        return [options] { return options->bless.empty() ? judge(*options) : bless(*options); };
      }};
}

}  // namespace synerbench
