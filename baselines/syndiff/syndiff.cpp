#include "baselines/syndiff/syndiff.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "baselines/syndiff/detail/sampling.h"
#include "baselines/syndiff/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/nn/state.h"

namespace synerbench {
namespace syndiff {
namespace {

class SynDiff final : public Trainable, private Synthesizer {
 public:
  SynDiff(const Config& config, std::string device)
      : config_(config), device_(std::move(device)), trainer_(config, device_) {}

  std::string method() const override { return "syndiff"; }
  Json config() const override { return to_json(config_); }

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
    updates_ = epochs_ = 0;
  }
  // The published averaging follows all four generators, though the cycle's are not needed to synthesize.
  std::vector<NetworkHandle> networks() override {
    std::vector<NetworkHandle> handles;
    for (const Trainer::Member& member : trainer_.members())
      handles.push_back({member.name, member.network, member.generator});
    return handles;
  }
  std::vector<nn::Adam*> optimizers() override { return trainer_.optimizers(); }

  Losses train_step(const Task& task, const PairBatch& batch, Random& random) override {
    check_batch(task, batch);
    adjust_rates();
    const at::Device device(device_);
    const std::array<at::Tensor, 2> x{
        nn::image_batch(batch.source, batch.n, batch.height, batch.width, device),
        nn::image_batch(batch.target, batch.n, batch.height, batch.width, device)};
    const StepDraws draws = draw_step(config_, x[0].sizes(), random, device);
    return trainer_.step(x, draws, /*penalize=*/updates_ % config_.r1_every == 0);
  }
  void update_end(int64_t update, const Losses&) override { updates_ = update + 1; }
  void epoch_end(int64_t epoch) override { epochs_ = epoch + 1; }

  void save_extra(std::vector<nn::NamedTensor>& tensors) const override {
    tensors.push_back({"position", at::tensor(at::ArrayRef<int64_t>({updates_, epochs_}))});
  }
  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    at::Tensor position = at::zeros({2}, at::kLong);
    nn::load_tensors({{"position", position}}, file, prefix, "the position in the training");
    updates_ = position[0].item<int64_t>();
    epochs_ = position[1].item<int64_t>();
  }

  Synthesizer& synthesizer() override { return *this; }

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
    const double position = static_cast<double>(config_.cosine_in_epochs ? epochs_ : updates_);
    const double way = std::min(position / static_cast<double>(config_.cosine_period), 1.0);
    const double left = 0.5 * (1 + std::cos(std::numbers::pi * way));
    for (nn::Adam* optimizer : trainer_.optimizers()) {
      const double floor = std::min(config_.lr_min / optimizer->base_lr(), 1.0);
      optimizer->set_lr(optimizer->lr() * (floor + (1 - floor) * left));
    }
  }

  ModelInfo info() const override { return describe(trainer_.generators[1], config_, ""); }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(trainer_.generators[generator_for(config_, task)], trainer_.diffusion, config_, device_,
                      source, seeds, prediction);
  }

  Config config_;
  std::string device_;
  mutable Trainer trainer_;           // LibTorch's look-ups are not const
  int64_t updates_ = 0, epochs_ = 0;  // finished
};

class TrainedSynDiff final : public Synthesizer {
 public:
  TrainedSynDiff(const WeightsConfig& weights, const Config& config, std::string device)
      : config_(config),
        device_(std::move(device)),
        diffusion_(config.steps, config.beta_min, config.beta_max),
        sha256_(weights.sha256()) {
    for (int m = 0; m < 2; ++m) {
      generators_[m] = Generator(generator_options(config));
      nn::load_network(*generators_[m], SafetensorsFile(weights.checked_file(m == 0 ? "gen1" : "gen2")));
      generators_[m]->to(at::Device(device_));
    }
  }
  ModelInfo info() const override { return describe(generators_[1], config_, sha256_); }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(generators_[generator_for(config_, task)], diffusion_, config_, device_, source, seeds,
                      prediction);
  }

 private:
  Config config_;
  std::string device_;
  mutable std::array<Generator, 2> generators_{nullptr, nullptr};
  Diffusion diffusion_;
  std::string sha256_;
};

}  // namespace
}  // namespace syndiff

std::unique_ptr<Trainable> make_syndiff(const Json& config, const std::string& device,
                                        const std::string& place) {
  const syndiff::Config checked = syndiff::config_from_json(config, place);
  nn::check_device(device, place);
  return std::make_unique<syndiff::SynDiff>(checked, device);
}

Json fit_syndiff(Json config, int64_t updates) {
  if (config.contains("cosine_period") || config.contains("cosine_unit")) return config;
  config["cosine_period"] = updates;
  config["cosine_unit"] = name_of(BudgetUnit::kUpdates);
  return config;
}

std::unique_ptr<Synthesizer> load_syndiff(const std::filesystem::path& folder, const LoadOptions& options) {
  nn::check_device(options.device, "syndiff");
  nn::use_deterministic_kernels();
  const WeightsConfig weights = read_weights_config(folder, "syndiff");
  const syndiff::Config config = syndiff::config_from_json(weights.config_with(options.switches, {}),
                                                           (folder / "config.json").string() + ": /config");
  return std::make_unique<syndiff::TrainedSynDiff>(weights, config, options.device);
}

}  // namespace synerbench
