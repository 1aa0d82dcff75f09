// synerbench weights: hand trained weights on, with a card that says what they score.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/subcommands.h"
#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/apart.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/run/model_spec.h"
#include "harness/train/pack.h"
#include "harness/train/weights.h"
#include "reports/numbers/weights_card.h"

namespace synerbench {
namespace {

struct Options {
  std::string from, to, name, run;
  std::string dtype = "f16";
  double within = 1e-4;
  bool json = false;
};

ExitCode pack(const Options& options) {
  require_apart(options.to, {{options.from, "the folder of the weights", true}});
  PackOptions pack;
  pack.dtype = options.dtype == "f32" ? DType::kF32 : options.dtype == "bf16" ? DType::kBF16 : DType::kF16;
  const std::vector<PackedFolder> packed = pack_weights(options.from, options.to, pack);
  int64_t before = 0, after = 0;
  double worst = 0;
  Json folders = Json::array();
  for (const PackedFolder& folder : packed) {
    before += folder.bytes_before;
    after += folder.bytes;
    worst = std::max(worst, folder.worst);
    folders.push_back({{"folder", folder.folder.string()},
                       {"bytes_before", folder.bytes_before},
                       {"bytes", folder.bytes},
                       {"worst_rounding", folder.worst},
                       {"sha256", folder.sha256}});
  }
  if (options.json) print_result(Json{{"folders", folders}});
  say("done",
      fmt::format("{} folder{}, {:.2f} MB instead of {:.2f}; a value is off by {:.1e} of its tensor's "
                  "largest at most: {}",
                  packed.size(), packed.size() == 1 ? "" : "s", after / 1e6, before / 1e6, worst,
                  options.to));
  say("next",
      fmt::format("score them with synerbench run, then synerbench weights card {} --run RUN", options.to));
  return ExitCode::kOk;
}

/// What the weights say of themselves, loaded by the method that reads them.
struct LoadedWeights {
  std::string method;
  ModelInfo info;
  Json training;
};

LoadedWeights load_weights(const std::string& folder) {
  const WeightsTree tree = read_weights_tree(folder);
  require_sound_weights(folder);
  // A checkpoint in the official layout names no method: it is what `reference` reads.
  const std::string method = tree.method.empty() ? "reference" : tree.method;
  ModelSpec spec;  // not parsed: a folder may have any name
  spec.key = spec.text = method + ":" + folder;
  spec.name = method;
  spec.path = folder;
  return {method, make_model(spec, methods())->info(), tree.training};
}

ExitCode card(const Options& options) {
  const LoadedWeights weights = load_weights(options.from);
  const std::string name =
      options.name.empty() ? std::filesystem::path(options.from).filename().string() : options.name;
  require_line(name, "--name");
  const Json made =
      make_card(name, weights.method, weights.info, weights.training, read_run(options.run), protocols());
  write_json(std::filesystem::path(options.from) / kCardFile, made);
  if (options.json) print_result(made);
  say("done", (std::filesystem::path(options.from) / kCardFile).string());
  return ExitCode::kOk;
}

ExitCode check(const Options& options) {
  const std::filesystem::path file = std::filesystem::path(options.from) / kCardFile;
  const LoadedWeights weights = load_weights(options.from);
  require_card_of(file, weights.method, weights.info, weights.training);
  const std::vector<CardScore> scores = scores_against_card(file, read_run(options.run), protocols());
  Json rows = Json::array();
  double worst = 0;
  for (const CardScore& score : scores) {
    const double off = std::abs(score.seen - score.expected);
    worst = std::max(worst, off);
    rows.push_back({{"task", score.task}, {"expected", score.expected}, {"seen", score.seen}});
    if (off > options.within) {
      say("differs", fmt::format("{}: {:.6f}, the card says {:.6f}", score.task, score.seen, score.expected));
    }
  }
  const bool holds = worst <= options.within;
  if (options.json) print_result(Json{{"holds", holds}, {"worst", worst}, {"tasks", rows}});
  say(holds ? "done" : "failed", fmt::format("{} tasks, {:.1e} from {} at most, {:.1e} allowed",
                                             scores.size(), worst, file.string(), options.within));
  return holds ? ExitCode::kOk : ExitCode::kRegression;
}

}  // namespace

Verb verb_weights() {
  return {"weights", "Compare my model",
          "Hand trained weights on: pack them, give them a card, check what it promises",
          "  synerbench weights pack runs/weights/pix2pix packed/pix2pix\n"
          "  synerbench weights card packed/pix2pix --run runs/packed\n"
          "  synerbench weights check packed/pix2pix --run runs/packed",
          [](CLI::App& command) {
            Subcommands<Options> words(command);
            Options& o = words.options();
            const auto add = [&](const char* name, const char* summary, ExitCode (*action)(const Options&)) {
              CLI::App* sub = words.add(name, summary, action);
              sub->add_option("weights", o.from, "Weights folder, or a folder with one per task")->required();
              sub->add_flag("--json", o.json, "The outcome as JSON");
              return sub;
            };
            CLI::App* sub = add("pack", "Copy only what synthesis needs, in 16-bit floats", pack);
            sub->add_option("to", o.to, "Folder to make")->required();
            sub->add_option("--dtype", o.dtype, "Of the weights")
                ->check(CLI::IsMember({"f16", "bf16", "f32"}))
                ->capture_default_str();
            sub = add("card", "Write card.json from a run that scored these weights", card);
            sub->add_option("--run", o.run, "Run folder")->required();
            sub->add_option("--name", o.name, "As printed (default: the folder's name)");
            sub = add("check",
                      "Hold the weights and a run's scores against the card (exit code 4 when scores differ)",
                      check);
            sub->add_option("--run", o.run, "Run folder")->required();
            sub->add_option("--within", o.within, "Difference of a task's mean that is allowed")
                ->check(CLI::NonNegativeNumber)
                ->capture_default_str();
            return words.run();
          }};
}

}  // namespace synerbench
