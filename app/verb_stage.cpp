// synerbench stage: train the reference model by the stages of SynerMedGen.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/reference_model.h"
#include "app/verb.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/run/pair_source.h"
#include "harness/run/plan.h"
#include "harness/suite/suite.h"
#include "reference/stages/train.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/nn/compute.h"
#endif

namespace synerbench {
namespace {

struct Options {
  std::string model, suite = "quick", store, out, recipe = "{}", canvas, stage = "gau",
                     curriculum = "synermedgen";
  std::vector<std::string> tasks;
  int threads = 1;  // part of a training's identity
  reference::StageOptions training;
  reference::AutoencoderOptions autoencoder;
  bool json = false;
};

// JSON given as text or as a file.
Json json_of(const std::string& given, const char* place) {
  return given.find('{') != std::string::npos ? parse_json(given, place) : read_json(given);
}

reference::StageRecipe recipe_of(const Options& options) {
  Json json = json_of(options.recipe, "--recipe");
  if (!json.contains("stage")) json["stage"] = options.stage;
  return reference::stage_recipe_from_json(json, "--recipe");
}

// A name, JSON text or a file.
reference::Curriculum curriculum_of(const Options& options) {
  const std::string& given = options.curriculum;
  const bool named = given.find_first_of("{./") == std::string::npos;
  return reference::curriculum_from_json(named ? Json{{"name", given}} : json_of(given, "--curriculum"),
                                         json_of(options.recipe, "--recipe"), "--curriculum");
}

ExitCode show_recipe(const Options& options) {
  print_result(to_json(recipe_of(options)));
  return ExitCode::kOk;
}

#ifdef SYNERBENCH_WITH_TORCH

/// The pairs of a suite's tasks; owns what the reference's TaskPairs only point at.
struct Pairs {
  std::vector<std::unique_ptr<StorePairs>> sources;
  std::vector<reference::TaskPairs> tasks;
  Json facts;  // where they come from
  int64_t size() const {
    int64_t sum = 0;
    for (const auto& source : sources) sum += source->size();
    return sum;
  }
};

Pairs read_pairs(const Options& options, const SliceStore& store, Split split) {
  Pairs pairs;
  Json tasks = Json::object();
  const Suite suite = load_suite(options.suite);
  StorePairsOptions rules;
  rules.min_foreground = suite.min_foreground;
  for (const SuiteTask& task : make_plan(suite, store, {"reference"}, {options.tasks, 0}).tasks) {
    if (store.cases_for(task.task, split).empty()) continue;
    const Canvas canvas = options.canvas.empty() ? task.canvas : parse_canvas(options.canvas);
    pairs.sources.push_back(std::make_unique<StorePairs>(store, task.task, split, canvas, rules));
    pairs.tasks.push_back({task.task, pairs.sources.back().get()});
    tasks[task.task.id] = {{"canvas", to_json(canvas)}, {"pairs", pairs.sources.back()->size()}};
  }
  if (pairs.tasks.empty()) {
    throw usage_error(options.store, fmt::format("no {} case for any task", name_of(split)),
                      "import more patients, or name other tasks with --task");
  }
  pairs.facts = {{"store", store.sha256()}, {"split", name_of(split)}, {"tasks", tasks}};
  return pairs;
}

ExitCode train(const Options& options) {
  const SliceStore store(options.store);
  reference::StageOptions training = options.training;
  training.recipe = recipe_of(options);
  const Pairs pairs = read_pairs(options, store, Split::kTrain);
  nn::set_compute_threads(options.threads);
  training.from = options.model;
  training.to = options.out;
  training.data = pairs.facts;
  say("stage", fmt::format("{}: {} tasks, {} pairs, {} updates of up to {} tokens", training.recipe.stage,
                           pairs.tasks.size(), pairs.size(), training.updates, training.recipe.max_tokens));
  const auto report = reference::train_stage(training, pairs.tasks, [&](const reference::StageLine& line) {
    say("update", fmt::format("{}/{}  ce {:.4f}  mse {:.4f}  norm {:.3f}  lr {:.2e}", line.update,
                              training.updates, line.ce, line.mse, line.grad_norm, line.lr));
  });
  if (options.json) {
    print_result(Json{{"out", options.out},
                      {"updates", report.updates},
                      {"resumed_at", report.resumed_at},
                      {"tokens", report.tokens},
                      {"first_loss", report.first_loss},
                      {"last_loss", report.last_loss},
                      {"trained_parameters", report.trained_parameters},
                      {"state_bytes", report.state_bytes}});
  }
  say("done", fmt::format("{}: {} updates, {} values trained, {:.0f} s", options.out, report.updates,
                          report.trained_parameters, report.seconds));
  say("next", fmt::format("synerbench run --suite {} --store {} --model reference:{} --model mean --out "
                          "runs/reference",
                          options.suite, options.store, options.out));
  return ExitCode::kOk;
}

ExitCode train_all(const Options& options) {
  const reference::Curriculum curriculum = curriculum_of(options);
  const SliceStore store(options.store);
  const Pairs pairs = read_pairs(options, store, Split::kTrain);
  nn::set_compute_threads(options.threads);
  reference::StageOptions training = options.training;
  training.from = options.model;
  training.to = options.out;
  training.data = pairs.facts;
  const auto stages = reference::stages_of(training, curriculum);
  say("stages", fmt::format("{}: {} tasks, {} pairs, {} updates in {} stages", curriculum.name,
                            pairs.tasks.size(), pairs.size(), training.updates, stages.size()));
  const auto reports = reference::train_curriculum(
      training, curriculum, pairs.tasks, [&](size_t i, const reference::StageLine& line) {
        say("update",
            fmt::format("{} {}/{}  ce {:.4f}  mse {:.4f}  norm {:.3f}  lr {:.2e}", stages[i].recipe.stage,
                        line.update, stages[i].updates, line.ce, line.mse, line.grad_norm, line.lr));
      });
  Json list = Json::array();
  double seconds = 0;
  for (size_t i = 0; i < reports.size(); ++i) {
    seconds += reports[i].seconds;
    list.push_back({{"stage", stages[i].recipe.stage},
                    {"folder", stages[i].to.string()},
                    {"updates", reports[i].updates},
                    {"resumed_at", reports[i].resumed_at},
                    {"tokens", reports[i].tokens},
                    {"first_loss", reports[i].first_loss},
                    {"last_loss", reports[i].last_loss},
                    {"trained_parameters", reports[i].trained_parameters}});
  }
  if (options.json) {
    print_result(Json{{"out", options.out}, {"curriculum", curriculum.name}, {"stages", list}});
  }
  say("done", fmt::format("{}: {} stages, {:.0f} s", options.out, reports.size(), seconds));
  return ExitCode::kOk;
}

ExitCode train_vae(const Options& options) {
  const SliceStore store(options.store);
  const Pairs pairs = read_pairs(options, store, Split::kTrain);
  nn::set_compute_threads(options.threads);
  reference::AutoencoderOptions autoencoder = options.autoencoder;
  autoencoder.from = options.model;
  autoencoder.to = options.out;
  autoencoder.seed = options.training.seed;
  autoencoder.device = options.training.device;
  const auto report =
      reference::train_autoencoder(autoencoder, pairs.tasks, [&](int64_t update, double loss) {
        say("update", fmt::format("{}/{}  loss {:.4f}", update, autoencoder.updates, loss));
      });
  if (options.json) {
    print_result(Json{{"out", options.out},
                      {"first_loss", report.first_loss},
                      {"last_loss", report.last_loss},
                      {"scale", report.scale},
                      {"shift", report.shift}});
  }
  say("done", fmt::format("{}: loss {:.4f} to {:.4f}, {:.0f} s", options.out, report.first_loss,
                          report.last_loss, report.seconds));
  return ExitCode::kOk;
}

#else

ExitCode without_torch(const Options&) {
  throw usage_error("stage", "this program was built without LibTorch",
                    "configure with -DSYNERBENCH_WITH_TORCH=ON");
}
constexpr auto train = without_torch, train_all = without_torch, train_vae = without_torch;

#endif

}  // namespace

Verb verb_stage() {
  return {
      "stage", "The reference model",
      "Train the reference model by its stages; make its parts: train, curriculum, autoencoder, recipe",
      "  synerbench stage train --stage gau --model runs/tiny-model --store runs/demo/store --out runs/gau "
      "\\\n"
      "      --updates 20 --recipe '{\"expected_tokens\": 1000, \"warmup\": 5, \"lr\": 1e-3}'\n"
      "  synerbench stage recipe --stage ucg",
      [](CLI::App& command) {
        command.require_subcommand(1);
        auto options = std::make_shared<Options>();
        auto chosen = std::make_shared<ExitCode (*)(const Options&)>();
        const auto add = [&](const char* name, const char* summary, ExitCode (*action)(const Options&)) {
          CLI::App* sub = command.add_subcommand(name, summary);
          sub->fallthrough();  // --quiet may also stand behind it
          sub->callback([chosen, action] { *chosen = action; });
          return sub;
        };
        const auto add_data = [&](CLI::App* sub) {
          sub->add_option("--suite", options->suite, "Suite, by name or path")->capture_default_str();
          sub->add_option("--task", options->tasks, "Only these tasks: ids or patterns")
              ->allow_extra_args(false);
          sub->add_option("--store", options->store, "Slice store made by import")->required();
          sub->add_option("--canvas", options->canvas,
                          "Canvas instead of the suite's: SIZE:pad or SIZE:scale");
          sub->add_option("--seed", options->training.seed, "Seed of everything that is drawn")
              ->capture_default_str();
          sub->add_option("--threads", options->threads, "Threads inside one operation")
              ->check(CLI::PositiveNumber)
              ->capture_default_str();
          sub->add_option("--device", options->training.device, "cpu, cuda, cuda:N")->capture_default_str();
          sub->add_flag("--json", options->json, "The outcome as JSON");
        };
        const auto add_recipe = [&](CLI::App* sub) {
          sub->add_option("--stage", options->stage,
                          fmt::format("{}", fmt::join(reference::stage_names(), ", ")))
              ->capture_default_str();
          sub->add_option("--recipe", options->recipe,
                          "What differs from the stage's recipe: JSON text or file (docs/reference-model.md)")
              ->capture_default_str();
        };

        const auto add_training = [&](CLI::App* sub, const char* updates) {
          sub->add_option("--model", options->model, "Folder to start from")->required();
          sub->add_option("--out", options->out, "Folder to make")->required();
          sub->add_option("--updates", options->training.updates, updates)
              ->check(CLI::PositiveNumber)
              ->capture_default_str();
          sub->add_option("--checkpoint-every", options->training.checkpoint_every,
                          "Updates; 0: only at the end")
              ->capture_default_str();
          sub->add_option("--log-every", options->training.log_every, "Updates per line of the log")
              ->check(CLI::PositiveNumber)
              ->capture_default_str();
          sub->add_flag("--resume", options->training.resume, "Go on where an earlier call stopped");
          add_data(sub);
        };

        CLI::App* sub = add("train", "Train one stage; leaves a complete checkpoint folder", train);
        add_recipe(sub);
        add_training(sub, "Updates of the weights");

        sub = add("curriculum", "Train several stages, one after the other, into one folder", train_all);
        sub->add_option(
               "--curriculum", options->curriculum,
               fmt::format("{}; or JSON text or file", fmt::join(reference::curriculum_names(), ", ")))
            ->capture_default_str();
        sub->add_option("--recipe", options->recipe, "Recipe fields for all stages: JSON text or file")
            ->capture_default_str();
        add_training(sub, "Updates of all stages together");

        sub = add("autoencoder", "Train the autoencoder of a new model (released ones come with theirs)",
                  train_vae);
        sub->add_option("--model", options->model, "Folder to start from")->required();
        sub->add_option("--out", options->out, "Folder to make")->required();
        sub->add_option("--updates", options->autoencoder.updates, "Updates")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        sub->add_option("--batch", options->autoencoder.batch, "Crops per update")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        sub->add_option("--side", options->autoencoder.side, "Pixels of a crop's side")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        sub->add_option("--slice-side", options->autoencoder.slice_side,
                        "Slices are first resized to so many pixels a side; 0: as they are")
            ->capture_default_str();
        sub->add_option("--lr", options->autoencoder.lr, "Learning rate")->capture_default_str();
        add_data(sub);

        sub = add("recipe", "Print a stage's recipe, every field", show_recipe);
        add_recipe(sub);
        return [options, chosen] { return (*chosen)(*options); };
      }};
}

}  // namespace synerbench
