// synerbench understanding: ask the reference model about a store, and bound what its autoencoder can keep.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/reference_model.h"
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/core/provenance.h"
#include "harness/run/record.h"
#include "harness/run/suite_pairs.h"
#include "reference/evaluation/reconstruction.h"
#include "reference/evaluation/understanding.h"
#include "reference/stages/stage_recipe.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/nn/compute.h"
#endif

namespace synerbench {
namespace {

using namespace reference;

struct Options {
  std::string model, suite = "quick", store, canvas, split = "test", kind = "cts", recipe = "{}",
                     device = "cpu", out;
  std::vector<std::string> tasks;
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
        store(options.store),
        pairs(read_suite_pairs(
            load_suite(options.suite, protocols()), store, parse_split(options.split, "--split"),
            {options.tasks,
             options.canvas.empty() ? std::nullopt : std::optional(parse_canvas(options.canvas))})) {
    nn::set_compute_threads(options.threads);
    for (const auto& entry : pairs.entries) tasks.push_back({entry.task, entry.pairs.get()});
    model = ReferenceModel::load(spec.folder, spec.options);
  }
  Json provenance(const Options& options) const {
    return {{"data", pairs.provenance},
            {"model", to_json(model->info())},
            {"seed", options.seed},
            {"compute", nn::compute_provenance(spec.options.device)},
            {"build", build_provenance()}};
  }
  ReferenceSpec spec;
  SliceStore store;
  SuitePairs pairs;
  std::vector<TaskPairs> tasks;
  std::unique_ptr<ReferenceModel> model;
};

void give(const Options& options, const Json& document, const std::string& text) {
  if (!options.out.empty()) write_file(options.out, to_text(document));
  options.json ? print_result(document) : print_result(text);
}

ExitCode evaluate(const Options& options) {
  const InstanceKind kind = parse_question_kind(options.kind, "--kind");
  const Json recipe = options.recipe.find('{') == std::string::npos ? read_json(options.recipe)
                                                                    : parse_json(options.recipe, "--recipe");
  const InstanceSettings settings = stage_recipe_from_json(recipe, "--recipe").instances;
  const Setup setup(options);
  Progress progress(options.kind, options.questions);
  const auto result = evaluate_understanding(
      InstanceBuilder(setup.tasks, settings),
      [&](const Instance& question, uint64_t seed) {
        throw_if_interrupted();
        return setup.model->answer(question, seed);
      },
      {kind, options.questions, options.seed}, [&] { progress.advance(); });
  give(options, understanding_document(result, setup.provenance(options)), to_text(result));
  return ExitCode::kOk;
}

ExitCode bound(const Options& options) {
  const Setup setup(options);
  Progress progress("bound", setup.pairs.size());
  const auto bounds = reconstruction_bounds(
      setup.tasks,
      [&](const SliceImage& slice) {
        throw_if_interrupted();
        return setup.model->through_autoencoder(slice);
      },
      [&] { progress.advance(); });
  give(options, reconstruction_document(bounds, setup.provenance(options)), to_text(bounds));
  return ExitCode::kOk;
}
#else
ExitCode evaluate(const Options&) {
  throw usage_error("understanding", "this program was built without LibTorch",
                    "configure with -DSYNERBENCH_WITH_TORCH=ON");
}
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
        command.require_subcommand(1);
        auto options = std::make_shared<Options>();
        auto chosen = std::make_shared<ExitCode (*)(const Options&)>();
        const auto add = [&](const char* name, const char* summary, ExitCode (*action)(const Options&)) {
          CLI::App* sub = command.add_subcommand(name, summary);
          sub->fallthrough();  // --quiet may also stand behind it
          sub->callback([chosen, action] { *chosen = action; });
          sub->add_option("--model", options->model, "reference:FOLDER[,option=value ...]")->required();
          sub->add_option("--store", options->store, "Slice store made by import")->required();
          sub->add_option("--suite", options->suite, "Suite, by name or path")->capture_default_str();
          sub->add_option("--task", options->tasks, "Only these tasks: ids or patterns")
              ->allow_extra_args(false);
          sub->add_option("--split", options->split, "train, validation, test")->capture_default_str();
          sub->add_option("--canvas", options->canvas,
                          "Canvas instead of the suite's: SIZE:pad or SIZE:scale");
          sub->add_option("--threads", options->threads, "Threads inside one operation")
              ->check(CLI::PositiveNumber)
              ->capture_default_str();
          sub->add_option("--device", options->device, "cpu, cuda, cuda:N")->capture_default_str();
          sub->add_option("--out", options->out, "File for the JSON document");
          sub->add_flag("--json", options->json, "The JSON document instead of text");
          return sub;
        };
        CLI::App* sub = add("evaluate", "Ask questions built from the store and score the answers", evaluate);
        std::vector<std::string> kinds;
        for (const InstanceKind kind : question_kinds()) kinds.push_back(name_of(kind));
        sub->add_option("--kind", options->kind, fmt::format("{}", fmt::join(kinds, ", ")))
            ->capture_default_str();
        sub->add_option("--questions", options->questions, "How many")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        sub->add_option("--seed", options->seed, "Seed of everything that is drawn")->capture_default_str();
        sub->add_option("--recipe", options->recipe,
                        "How questions are built: JSON text or file, as {\"instances\": {\"candidates\": 4}}")
            ->capture_default_str();
        add("bound", "SSIM of target slices that only went through the autoencoder and back", bound);
        return [options, chosen] { return (*chosen)(*options); };
      }};
}

}  // namespace synerbench
