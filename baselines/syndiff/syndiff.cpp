#include "baselines/syndiff/syndiff.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "baselines/syndiff/detail/sampling.h"
#include "baselines/syndiff/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/state.h"
#include "harness/train/learned_method.h"
#include "harness/train/trainable_parts.h"

namespace synerbench {
namespace syndiff {
namespace {

class SynDiff final : public Trainable {
 public:
  SynDiff(const Config& config, const std::string& device)
      : config_(config),
        device_(device),
        trainer_(config, device),
        synthesizer_(config, device, trainer_.generators) {}

  std::string method() const override { return "syndiff"; }
  Json config() const override { return fields().write(config_); }

  Recipe recipe() const override {
    Recipe recipe;  // 500 epochs, batch 1; the cosine is the model's own (see adjust_rates)
    recipe.constant = 500;
    recipe.decay = 0;
    recipe.pairing = Pairing::kOtherPatient;
    recipe.ema_decay = 0.999;
    recipe.ema_start = 1;  // the average begins as a copy after the first update
    return recipe;
  }

  void initialize(Random& random) override {
    trainer_.initialize(random);
    position_ = {};
  }
  // The published averaging follows all four generators, though the cycle's are not needed to synthesize.
  std::vector<NetworkHandle> networks() override {
    std::vector<NetworkHandle> handles;
    for (const Trainer::Member& member : trainer_.members())
      handles.push_back({member.name, member.network, member.generator});
    return handles;
  }
  std::vector<nn::Optimizer*> optimizers() override { return trainer_.optimizers(); }

  Losses train_step(const Task& task, const PairBatch& batch, Random& random) override {
    check_batch(task, batch);
    adjust_rates();
    const auto [source, target] = pair_tensors(batch, device_);
    const std::array<at::Tensor, 2> x{source, target};
    const StepDraws draws = draw_step(config_, x[0].sizes(), random, source.device());
    return trainer_.step(x, draws, /*penalize=*/position_.updates % config_.r1_every == 0);
  }
  void update_end(int64_t update, const Losses&) override { position_.updates = update + 1; }
  void epoch_end(int64_t epoch) override { position_.epochs = epoch + 1; }

  void save_extra(std::vector<nn::NamedTensor>& tensors) const override { position_.save(tensors); }
  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    position_.load(file, prefix);
  }

  Synthesizer& synthesizer() override { return synthesizer_; }

 private:
  void check_batch(const Task& task, const PairBatch& batch) const {
    if (generator_for(config_, task) != 1) {
      throw usage_error("syndiff",
                        fmt::format("batches of {} for the pair {} and {}", task.id,
                                    name_of((*config_.pair)[0]), name_of((*config_.pair)[1])),
                        "batches go from the pair's first modality to its second");
    }
    const int64_t multiple = config_.training_multiple();
    if (batch.height % multiple != 0 || batch.width % multiple != 0) {
      throw usage_error(
          "syndiff", fmt::format("slices of {} x {}", batch.height, batch.width),
          fmt::format("the networks need height and width that are multiples of {}: choose another "
                      "canvas, fewer levels in \"mult\", or \"discriminator\": \"small\"",
                      multiple));
    }
  }

  /// Cosine annealing to lr_min, one step per epoch (or update), on top of the factor that the loop has set.
  void adjust_rates() {
    if (!config_.cosine) return;
    const double position =
        static_cast<double>(config_.cosine_in_epochs ? position_.epochs : position_.updates);
    const double way = std::min(position / static_cast<double>(config_.cosine_period), 1.0);
    const double left = 0.5 * (1 + std::cos(std::numbers::pi * way));
    for (nn::Optimizer* optimizer : trainer_.optimizers()) {
      const double floor = std::min(config_.lr_min / optimizer->base_lr(), 1.0);
      optimizer->set_lr(optimizer->lr() * (floor + (1 - floor) * left));
    }
  }

  Config config_;
  std::string device_;
  Trainer trainer_;
  DiffusionSynthesizer synthesizer_;
  TrainingPosition position_;
};

/// The cosine ends with the training, as published.
Json fit(Json config, int64_t updates) {
  if (config.contains("cosine_period") || config.contains("cosine_unit")) return config;
  config["cosine_period"] = updates;
  config["cosine_unit"] = name_of(BudgetUnit::kUpdates);
  return config;
}

std::unique_ptr<Synthesizer> load(const Config& config, const std::string& device,
                                  const WeightsConfig& weights) {
  const auto generator = [&](const std::string& name) {
    Generator network(generator_options(config));
    nn::load_network(*network, SafetensorsFile(weights.checked_file(name)));
    return nn::on_device(network, device);
  };
  return std::make_unique<DiffusionSynthesizer>(
      config, device, std::array<Generator, 2>{generator("gen1"), generator("gen2")}, weights.sha256());
}

}  // namespace
}  // namespace syndiff

Method syndiff_method() {
  using namespace syndiff;
  return learned_method<Config>(
      {.name = "syndiff",
       .label = "SynDiff",
       .summary = "Ozbey et al. 2023: adversarial diffusion, both directions, learned without pairs",
       .fields = fields(),
       .train = [](const Config& config, const std::string& device,
                   const std::string&) { return std::make_unique<SynDiff>(config, device); },
       .load = load,
       .routes = Routes::kPair,
       .fit = fit});
}

}  // namespace synerbench
