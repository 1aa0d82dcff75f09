// synerbench understanding: ask the reference model about a store, and bound what its autoencoder can keep.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/reference_model.h"
#include "app/run_arguments.h"
#include "app/subcommands.h"
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/run/suite_pairs.h"
#include "reference/evaluate.h"
#include "reference/stages/stage_recipe.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/nn/compute.h"
#endif

namespace synerbench {
namespace {

using namespace reference;

struct Options {
  std::string model, split = "test", kind = "cts", recipe = "{}", device = "cpu", out;
  TaskArguments chosen;
  int64_t questions = 64;
  uint64_t seed = 1;
  int threads = 1;
  bool json = false;
};

#ifdef SYNERBENCH_WITH_TORCH
/// What both evaluations look at: a model and the pairs of a suite's tasks.
struct Setup {
  explicit Setup(const Options& options)
      : spec(parse_reference(options.model, options.device)),
        store(options.chosen.store),
        pairs(read_suite_pairs(load_suite(options.chosen.suite, protocols()), store,
                               parse_split(options.split, "--split"),
                               {options.chosen.tasks, options.chosen.chosen_canvas()})) {
    nn::set_compute_threads(options.threads);
    model = ReferenceModel::load(spec.folder, spec.options);
    provenance = evaluation_provenance(pairs.provenance, model->info(), options.seed,
                                       nn::compute_provenance(spec.options.device));
  }
  ReferenceSpec spec;
  SliceStore store;
  SuitePairs pairs;
  std::unique_ptr<ReferenceModel> model;
  Json provenance;
};

void give(const Options& options, const Json& document, const std::string& text) {
  if (!options.out.empty()) write_file(options.out, to_text(document));
  options.json ? print_result(document) : print_result(text);
}

ExitCode evaluate(const Options& options) {
  const InstanceKind kind = parse_question_kind(options.kind, "--kind");
  const InstanceSettings settings =
      stage_recipe_from_json(json_of_option(options.recipe, "--recipe"), "--recipe").instances;
  const Setup setup(options);
  Progress progress(options.kind, options.questions);
  const auto result =
      evaluate_understanding(*setup.model, setup.pairs.tasks(), settings,
                             {kind, options.questions, options.seed}, [&] { progress.advance(); });
  give(options, understanding_document(result, setup.provenance), to_text(result));
  return ExitCode::kOk;
}

ExitCode bound(const Options& options) {
  const Setup setup(options);
  Progress progress("bound", setup.pairs.size());
  const auto bounds = reconstruction_bounds(*setup.model, setup.pairs.tasks(), [&] { progress.advance(); });
  give(options, reconstruction_document(bounds, setup.provenance), to_text(bounds));
  return ExitCode::kOk;
}
#else
ExitCode evaluate(const Options&) { refuse_without_torch("understanding"); }
constexpr auto bound = evaluate;
#endif

}  // namespace

Verb verb_understanding() {
  return {
      "understanding", "The reference model",
      "Evaluate what the reference model understands of a store: evaluate, bound",
      "  synerbench understanding evaluate --kind cts --model reference:runs/tiny-model,max_tokens=8 --store "
      "runs/demo/store\n"
      "  synerbench understanding bound --model reference:runs/tiny-model --store runs/demo/store --task "
      "'brain-*'",
      [](CLI::App& command) {
        Subcommands<Options> words(command);
        Options& o = words.options();
        const auto add = [&](const char* name, const char* summary, ExitCode (*action)(const Options&)) {
          CLI::App* sub = words.add(name, summary, action);
          sub->add_option("--model", o.model, "reference:FOLDER[,option=value ...]")->required();
          add_task_arguments(*sub, o.chosen);
          sub->add_option("--split", o.split, "train, validation, test")->capture_default_str();
          sub->add_option("--threads", o.threads, "Threads inside one operation")
              ->check(CLI::PositiveNumber)
              ->capture_default_str();
          sub->add_option("--device", o.device, "cpu, cuda, cuda:N")->capture_default_str();
          sub->add_option("--out", o.out, "File for the JSON document");
          sub->add_flag("--json", o.json, "The JSON document instead of text");
          return sub;
        };
        CLI::App* sub = add("evaluate", "Ask questions built from the store and score the answers", evaluate);
        std::vector<std::string> kinds;
        for (const InstanceKind kind : question_kinds()) kinds.push_back(name_of(kind));
        sub->add_option("--kind", o.kind, fmt::format("{}", fmt::join(kinds, ", ")))->capture_default_str();
        sub->add_option("--questions", o.questions, "How many")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        sub->add_option("--seed", o.seed, "Seed of everything that is drawn")->capture_default_str();
        sub->add_option("--recipe", o.recipe,
                        "How questions are built: JSON text or file, as {\"instances\": {\"candidates\": 4}}")
            ->capture_default_str();
        add("bound", "SSIM of target slices that only went through the autoencoder and back", bound);
        return words.run();
      }};
}

}  // namespace synerbench
