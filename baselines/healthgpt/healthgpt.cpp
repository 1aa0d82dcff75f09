#include "baselines/healthgpt/healthgpt.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "baselines/healthgpt/detail/generate.h"
#include "baselines/healthgpt/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/state.h"
#include "harness/train/learned_method.h"
#include "harness/train/trainable_parts.h"

namespace synerbench {
namespace healthgpt {
namespace {

class HealthGpt final : public Trainable {
 public:
  HealthGpt(const Config& config, const std::string& device)
      : config_(config),
        device_(device),
        stages_(config.stages()),
        networks_(std::make_shared<Networks>(config, device)),
        trainer_(config, *networks_),
        synthesizer_(config, device, networks_) {}

  std::string method() const override { return "healthgpt"; }
  Json config() const override { return fields().write(config_); }

  Recipe recipe() const override {
    Recipe recipe;
    recipe.unit = BudgetUnit::kUpdates;
    recipe.constant = config_.updates;
    recipe.decay = 0;  // every stage has a schedule of its own: see phases()
    recipe.batch = 8;
    recipe.augmentation = Augmentation::kFlip;
    recipe.validate_every = std::max<int64_t>(1, config_.updates / 10);
    return recipe;
  }

  LearnsFrom learns_from() const override {
    LearnsFrom learns;
    if (!config_.tokenizer_from.empty())
      learns.weights.push_back({config_.tokenizer_from, "a tokenizer's weights"});
    return learns;
  }

  void initialize(Random& random) override {
    networks_->initialize(random);
    if (config_.tokenizer_from.empty()) return;
    nn::load_network(*networks_->tokenizer,
                     SafetensorsFile(network_file(config_.tokenizer_from, "healthgpt", "vqgan")));
  }

  /// Before the last stage there is no conversion. Under another length than the configuration's the stages
  /// keep theirs, and the last one is shorter, or goes on at rate 0.
  std::vector<Phase> phases(int64_t updates) const override {
    const Schedule own{.kind = Schedule::Kind::kCosine, .rise = config_.warmup};
    std::vector<Phase> phases;
    for (int i = 0; i < kStages; ++i) {
      const auto stage = static_cast<Stage>(i);
      const bool last = stage == Stage::kInstruction;
      const int64_t length = stages_.length(stage),
                    left = std::max<int64_t>(0, updates - stages_.first(stage));
      phases.push_back({name_of(stage), last ? left : std::min(length, left),
                        fitted(own, std::max<int64_t>(1, length)), last});
    }
    return phases;
  }

  void begin_phase(size_t phase) override {
    stage_ = static_cast<Stage>(phase);
    trainer_.enter(stage_);
  }

  std::vector<NetworkHandle> networks() override { return networks_->handles(); }
  std::vector<nn::Optimizer*> optimizers() override { return trainer_.optimizers(); }

  Losses train_step(const Task& task, const PairBatch& batch, Random& random) override {
    route_of(config_.routes, task.id, "healthgpt");
    if (batch.height != config_.image_size || batch.width != config_.image_size) {
      throw usage_error(
          "healthgpt: /image_size",
          fmt::format("{}, the slices are {} x {}", config_.image_size, batch.height, batch.width),
          "choose that canvas, or another image_size");
    }
    const auto [source, target] = pair_tensors(batch, device_);
    // Until update_end(): averaging copies what is frozen, and counts of parameters between updates are of
    // all.
    trainer_.freeze_for(stage_);
    return trainer_.step(stage_, task, source, target, random);
  }

  void update_end(int64_t, const Losses&) override { trainer_.thaw(); }

  void save_extra(std::vector<nn::NamedTensor>& tensors) const override {
    tensors.push_back({"stage.code_uses", trainer_.tokenizer.uses});
  }
  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    nn::load_tensors({{"code_uses", trainer_.tokenizer.uses}}, file, prefix + "stage.", "HealthGPT's stages");
  }

  Synthesizer& synthesizer() override { return synthesizer_; }

 private:
  Config config_;
  std::string device_;
  Stages stages_;
  std::shared_ptr<Networks> networks_;
  Trainer trainer_;
  PictureSynthesizer synthesizer_;
  Stage stage_ = Stage::kTokenizer;
};

/// Weights of a training that ended, or were selected, before its last stage cannot convert.
void require_instruction(const std::filesystem::path& folder, const Config& config) {
  const std::string place = (folder / "config.json").string();
  const Json json = read_json(place);
  JsonObject written(json, place, "", ExitCode::kBadInput, kDamagedWeights);
  if (!written.has("selection")) return;
  const int64_t selected = written.object("selection").integer("update");
  const int64_t first = config.stages().first(Stage::kInstruction);
  if (selected > first) return;
  throw input_error(
      place,
      fmt::format("the weights of update {} are from before the instruction stage, which begins "
                  "after {}",
                  selected, first),
      "train as long as \"updates\" says, or set \"updates\" to the length of the training");
}

std::unique_ptr<Trainable> make(const Config& config, const std::string& device, const std::string& place) {
  if (!config.tokenizer_from.empty() && !std::filesystem::exists(config.tokenizer_from)) {
    throw usage_error(place + ": /tokenizer/from", fmt::format("\"{}\" is not there", config.tokenizer_from));
  }
  return std::make_unique<HealthGpt>(config, device);
}

/// The stages are shares of "updates".
Json fit(Json config, int64_t updates) {
  if (!config.contains("updates")) config["updates"] = updates;
  return config;
}

std::unique_ptr<Synthesizer> load(const Config& config, const std::string& device,
                                  const WeightsConfig& weights) {
  require_instruction(weights.folder, config);
  const auto networks = std::make_shared<Networks>(config, device);
  for (const NetworkHandle& handle : networks->handles())
    nn::load_network(*handle.network, SafetensorsFile(weights.checked_file(handle.name)));
  return std::make_unique<PictureSynthesizer>(config, device, networks, weights.sha256());
}

}  // namespace
}  // namespace healthgpt

Method healthgpt_method() {
  using namespace healthgpt;
  return learned_method<Config>(
      {.name = "healthgpt",
       .label = "HealthGPT",
       .summary = "Lin et al. 2025, re-implemented: visual tokens in, picture codes out, H-LoRA plug-ins",
       .fields = fields(),
       .train = make,
       .load = load,
       .routes = Routes::kAll,
       .fit = fit});
}

}  // namespace synerbench
