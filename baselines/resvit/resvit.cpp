#include "baselines/resvit/resvit.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "baselines/resvit/detail/trainer.h"
#include "baselines/resvit/detail/vit_weights.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/nn/init.h"
#include "harness/nn/state.h"
#include "harness/train/learned_method.h"
#include "harness/train/trainable_parts.h"

namespace synerbench {
namespace resvit {
namespace {

class ResVit final : public Trainable {
 public:
  ResVit(const Config& config, const std::string& device)
      : config_(config),
        device_(device),
        trainer_(config, device),
        synthesizer_(config, device, trainer_.generator) {}

  std::string method() const override { return "resvit"; }
  Json config() const override { return fields().write(config_); }

  Recipe recipe() const override {
    Recipe recipe;  // batch 1
    recipe.unit = config_.pretrain.unit;
    recipe.augmentation = Augmentation::kFlip;
    recipe.constant = config_.pretrain.constant;
    recipe.decay = config_.pretrain.decay;
    if (config_.transformer) {
      // As published (50 + 50, then 25 + 25): the second stage is half as long as the first.
      const bool staged = config_.pretrain_total() > 0;
      recipe.constant = config_.pretrain_total() + (staged ? (config_.pretrain.constant + 1) / 2 : 25);
      recipe.decay = staged ? (config_.pretrain.decay + 1) / 2 : 25;
    } else if (recipe.constant + recipe.decay == 0) {
      recipe.constant = recipe.decay = 50;
    }
    return recipe;
  }

  void begin(const TrainingData& data) override {
    per_epoch_ = data.per_epoch;
    require_late_decay(data.recipe);
  }

  /// The first stage has a schedule of its own; the second runs under the recipe's alone. Before it there is
  /// no prediction.
  std::vector<Phase> phases(int64_t updates) const override {
    if (config_.pretrain_total() == 0) return {};
    const int64_t per_unit = config_.pretrain.unit == BudgetUnit::kEpochs ? per_epoch_ : 1;
    const int64_t first = std::min(updates, config_.pretrain_total() * per_unit);
    return {{"convolutional", first, config_.pretrain, false}, {"transformer", updates - first, {}, true}};
  }

  void begin_phase(size_t phase) override {
    pretraining_ = phase == 0;
    for (nn::Optimizer* optimizer : optimizers())
      optimizer->set_base_lr(pretraining_ ? config_.pretrain_lr : config_.lr);
    if (pretraining_) return;
    // The generator keeps what it has learned (see Note [ResViT stages]); the rest is as at the beginning of
    // a training.
    Random random(second_seed_);
    nn::initialize_normal(*trainer_.discriminator, config_.init_std, random);
    for (nn::Optimizer* optimizer : optimizers()) optimizer->restart();
  }

  void initialize(Random& random) override {
    trainer_.generator->initialize(random);
    nn::initialize_normal(*trainer_.discriminator, config_.init_std, random);
    second_seed_ = random.bits();
    if (!config_.vit_weights.empty()) load_vit(*trainer_.generator, SafetensorsFile(config_.vit_weights));
  }

  std::vector<NetworkHandle> networks() override {
    return {{"G", trainer_.generator.get(), true}, {"D", trainer_.discriminator.get(), false}};
  }
  std::vector<nn::Optimizer*> optimizers() override { return {&trainer_.optimizer_G, &trainer_.optimizer_D}; }

  Losses train_step(const Task&, const PairBatch& batch, Random& random) override {
    if (config_.input_channels != 1) {
      throw usage_error("resvit: /input_channels",
                        fmt::format("{}, but a task has one source", config_.input_channels),
                        "train with input_channels 1");
    }
    if (config_.transformer && (batch.height != config_.image_size || batch.width != config_.image_size)) {
      throw usage_error(
          "resvit: /image_size",
          fmt::format("{}, the slices are {} x {}", config_.image_size, batch.height, batch.width),
          "choose that canvas, or another image_size with grid = image_size / 16");
    }
    const auto [source, target] = pair_tensors(batch, device_);
    const nn::ConditionalGanLosses losses =
        trainer_.step(source, target, nn::dropout_from(random), !pretraining_);
    return {
        {"D_fake", losses.D_fake}, {"D_real", losses.D_real}, {"G_GAN", losses.G_GAN}, {"G_L1", losses.G_L1}};
  }

  void save_extra(std::vector<nn::NamedTensor>& tensors) const override {
    tensors.push_back(
        {"stage.second_seed", at::scalar_tensor(static_cast<int64_t>(second_seed_), at::kLong)});
  }
  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    at::Tensor seed = at::zeros({}, at::kLong);
    nn::load_tensors({{"stage.second_seed", seed}}, file, prefix, "ResViT's stages");
    second_seed_ = static_cast<uint64_t>(seed.item<int64_t>());
  }

  Synthesizer& synthesizer() override { return synthesizer_; }

 private:
  /// The recipe's schedule is that of the second stage and must be at its constant part until then.
  void require_late_decay(const Recipe& recipe) const {
    if (recipe.decay == 0) return;
    const auto updates_in = [&](BudgetUnit unit) { return unit == BudgetUnit::kEpochs ? per_epoch_ : 1; };
    const int64_t falls = std::max<int64_t>(0, recipe.constant - 1) * updates_in(recipe.unit) /
                          updates_in(config_.pretrain.unit);
    // The schedule starts its decay one unit early: the last unit of pre-training may meet it.
    if (falls + 1 >= config_.pretrain_total()) return;
    const std::string unit = name_of(config_.pretrain.unit);
    throw usage_error("resvit: /pretrain",
                      fmt::format("the recipe's learning rate falls after {} of {} {} of pre-training", falls,
                                  config_.pretrain_total(), unit),
                      fmt::format("the recipe's \"constant\" covers both stages: at least {} {}, or shorten "
                                  "\"pretrain\" and \"pretrain_decay\" in the configuration",
                                  config_.pretrain_total(), unit));
  }

  Config config_;
  std::string device_;
  Trainer trainer_;
  GeneratorSynthesizer synthesizer_;
  int64_t per_epoch_ = 1;     // updates
  bool pretraining_ = false;  // in the first of two stages
  uint64_t second_seed_ = 0;
};

/// Records what is in the ViT file, or compares it with what the configuration says.
void check_vit_file(Config& config, const std::string& place) {
  if (config.vit_weights.empty()) return;
  if (!std::filesystem::exists(config.vit_weights)) {
    throw usage_error(place + ": /vit_weights", fmt::format("\"{}\" is not there", config.vit_weights));
  }
  const std::string seen = sha256_file(config.vit_weights);
  if (!config.vit_sha256.empty() && config.vit_sha256 != seen) {
    throw usage_error(place + ": /vit_sha256", fmt::format("\"{}\" has SHA-256 {}", config.vit_weights, seen),
                      "this is another file than the configuration was written for");
  }
  config.vit_sha256 = seen;
}

/// Weights of a training that ended, or was selected, before its second stage began hold an untrained
/// transformer.
void require_second_stage(const std::filesystem::path& folder, const Config& config) {
  const std::string place = (folder / "config.json").string();
  const Json json = read_json(place);
  JsonObject written(json, place, "", ExitCode::kBadInput, kDamagedWeights);
  if (!written.has("training") || !written.has("selection") || config.pretrain_total() == 0) return;
  JsonObject training = written.object("training");
  int64_t per_unit = 1;
  if (config.pretrain.unit == BudgetUnit::kEpochs) {
    const int64_t pairs = training.object("pairs").integer("count", 0);
    const int64_t batch = training.object("recipe").integer("batch", 1);
    per_unit = (pairs + batch - 1) / batch;
  }
  const int64_t selected = written.object("selection").integer("update");
  if (selected >= config.pretrain_total() * per_unit) return;
  throw input_error(place,
                    fmt::format("the weights of update {} are of the first stage, which ends after {}",
                                selected, config.pretrain_total() * per_unit),
                    "train longer, or shorten \"pretrain\" and \"pretrain_decay\"; for the network without "
                    "transformers train with \"variant\": \"res_cnn\"");
}

std::unique_ptr<Trainable> make(Config config, const std::string& device, const std::string& place) {
  check_vit_file(config, place);
  return std::make_unique<ResVit>(config, device);
}

/// The first stage gets its published two thirds, half of them with decay.
Json fit(Json config, int64_t updates) {
  for (const char* field : {"pretrain_unit", "pretrain", "pretrain_decay"}) {
    if (config.contains(field)) return config;
  }
  Schedule first = fields().read(config, "resvit configuration").pretrain;
  first = fitted(first, std::max<int64_t>(1, updates / 3 * 2));
  config["pretrain_unit"] = name_of(first.unit);
  config["pretrain"] = first.constant;
  config["pretrain_decay"] = first.decay;
  return config;
}

std::unique_ptr<Synthesizer> load(const Config& config, const std::string& device,
                                  const WeightsConfig& weights) {
  require_second_stage(weights.folder, config);
  Generator generator(generator_options(config));
  nn::load_network(*generator, SafetensorsFile(weights.checked_file("G")), "", transformer_aliases());
  generator->to(at::Device(device));
  return std::make_unique<GeneratorSynthesizer>(config, device, generator, weights.sha256());
}

}  // namespace
}  // namespace resvit

Method resvit_method() {
  using namespace resvit;
  return learned_method<Config>(
      {.name = "resvit",
       .label = "ResViT",
       .summary = "Dalmaz et al. 2022: residual blocks and a shared vision transformer, in two stages",
       .fields = fields(),
       .train = make,
       .load = load,
       .fit = fit});
}

}  // namespace synerbench
