#include "baselines/syndiff/syndiff.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "baselines/syndiff/detail/sampling.h"
#include "baselines/syndiff/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/state.h"
#include "harness/train/batches.h"
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
    Recipe recipe;  // 500 epochs, batch 1
    recipe.constant = 500;
    recipe.decay = 0;
    recipe.pairing = Pairing::kOtherPatient;
    recipe.ema_decay = 0.999;
    recipe.ema_start = 1;  // the average begins as a copy after the first update
    return recipe;
  }

  Schedule schedule() const override { return config_.schedule; }

  void initialize(Random& random) override { trainer_.initialize(random); }
  // The published averaging follows all four generators, though the cycle's are not needed to synthesize.
  std::vector<NetworkHandle> networks() override {
    std::vector<NetworkHandle> handles;
    for (const Trainer::Member& member : trainer_.members())
      handles.push_back({member.name, member.network, member.generator});
    return handles;
  }
  std::vector<nn::Optimizer*> optimizers() override { return trainer_.optimizers(); }

  Losses step(const Step& step) override {
    const TaskBatch batch = step.batches.at(step.update);
    check_batch(*batch.task, batch.pairs);
    const auto [source, target] = pair_tensors(batch.pairs, device_);
    const std::array<at::Tensor, 2> x{source, target};
    const StepDraws draws = draw_step(config_, x[0].sizes(), step.random, source.device());
    return trainer_.step(x, draws, /*penalize=*/step.update % config_.r1_every == 0);
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

  Config config_;
  std::string device_;
  Trainer trainer_;
  DiffusionSynthesizer synthesizer_;
};

/// The cosine ends with the training, as published.
Json fit(Json config, int64_t updates) {
  if (config.contains("cosine_period") || config.contains("cosine_unit")) return config;
  const Schedule schedule = fitted(fields().read(config, "syndiff configuration").schedule, updates);
  config["cosine_period"] = schedule.length;
  config["cosine_unit"] = name_of(schedule.unit);
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
