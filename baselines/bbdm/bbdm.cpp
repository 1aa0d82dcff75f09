#include "baselines/bbdm/bbdm.h"

#include <ATen/ATen.h>
#include <algorithm>

#include "baselines/bbdm/detail/checkpoint.h"
#include "baselines/bbdm/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/state.h"
#include "harness/train/learned_method.h"
#include "harness/train/trainable_parts.h"

namespace synerbench {
namespace bbdm {
namespace {

class Bbdm final : public Trainable {
 public:
  Bbdm(const Config& config, const std::string& device)
      : config_(config),
        device_(device),
        space_(config, device),
        trainer_(config, device),
        synthesizer_(config, device, trainer_.denoiser, space_) {
    if (!config.latent) return;
    if (config.autoencoder.updates > 0) teacher_.emplace(config.autoencoder, space_.autoencoder);
    if (config.normalize_latent) collector_.emplace(bridge_channels(config));
  }

  std::string method() const override { return "bbdm"; }
  Json config() const override { return fields().write(config_); }

  Recipe recipe() const override {
    Recipe recipe;
    // Published: 200 epochs or 400 k steps, latent 100 epochs or 200 k, whichever comes first; with more than
    // 8000 pairs (doubled by mirror images) that is the steps.
    recipe.unit = BudgetUnit::kUpdates;
    recipe.constant = config_.latent ? 200'000 : 400'000;
    recipe.decay = 0;  // the plateau lowers the rate
    recipe.batch = 8;
    recipe.augmentation = Augmentation::kFlip;
    recipe.ema_decay = 0.995;
    recipe.ema_start = 29'999;  // at step 30 000 the published average is already averaged
    recipe.ema_every = 8 * config_.accumulate;
    recipe.validate_every = 10'000;
    if (config_.preset.starts_with("tiny")) {
      recipe.constant = 20'000;
      recipe.ema_start = 1'499;  // the published share of the training
      recipe.validate_every = 1'000;
    }
    return recipe;
  }

  LearnsFrom learns_from() const override {
    LearnsFrom learns;
    if (config_.latent && !config_.autoencoder.from.empty())
      learns.weights.push_back({config_.autoencoder.from, "an autoencoder's weights"});
    return learns;
  }

  void initialize(Random& random) override {
    initialize_denoiser(trainer_.denoiser, config_.init_std, random);
    if (config_.latent) {
      if (config_.autoencoder.from.empty()) {
        nn::reset_layers(*space_.autoencoder, random);
      } else {
        load_autoencoder(space_.autoencoder, network_file(config_.autoencoder.from, "bbdm", "vqgan"));
      }
    }
    updates_ = 0;
    freeze_when_due();
  }

  std::vector<NetworkHandle> networks() override {
    std::vector<NetworkHandle> handles{{"denoise_fn", trainer_.denoiser.get(), true}};
    if (config_.latent) handles.push_back({"vqgan", space_.autoencoder.get(), true});
    if (space_.statistics) handles.push_back({"latent", space_.statistics.get(), true});
    return handles;
  }

  std::vector<nn::Optimizer*> optimizers() override {
    std::vector<nn::Optimizer*> all{&trainer_.optimizer};
    if (teacher_) all.push_back(&teacher_->optimizer);
    return all;
  }

  Losses train_step(const Task&, const PairBatch& batch, Random& random) override {
    const auto [source, target] = pair_tensors(batch, device_);
    double bridge = 0;
    AutoencoderLosses autoencoder;
    const int64_t present = updates_++;
    if (present < config_.autoencoder.updates) {
      autoencoder = teacher_->step(at::cat({source, target}), random);
    } else if (present < first_of_bridge()) {
      collector_->add(space_.encode(source, Side::kSource), Side::kSource);
      collector_->add(space_.encode(target, Side::kTarget), Side::kTarget);
      if (updates_ == first_of_bridge()) collector_->finish(*space_.statistics);
    } else {
      bridge = bridge_step(source, target, random);
    }
    freeze_when_due();
    Losses losses{{"bridge", bridge}};
    if (teacher_) {
      losses.emplace_back("reconstruction", autoencoder.reconstruction);
      losses.emplace_back("codebook", autoencoder.codebook);
    }
    return losses;
  }

  void save_extra(std::vector<nn::NamedTensor>& tensors) const override {
    trainer_.save(tensors);
    tensors.push_back({"phase.updates", at::full({1}, updates_, at::TensorOptions(at::kLong))});
    if (teacher_) tensors.push_back({"phase.code_uses", teacher_->uses});
    if (collector_) tensors.push_back({"phase.latent_sums", collector_->sums});
  }

  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    trainer_.load(file, prefix);
    const at::Tensor updates = at::zeros({1}, at::TensorOptions(at::kLong));
    std::vector<nn::NamedTensor> tensors{{"updates", updates}};
    if (teacher_) tensors.push_back({"code_uses", teacher_->uses});
    if (collector_) tensors.push_back({"latent_sums", collector_->sums});
    nn::load_tensors(tensors, file, prefix + "phase.", "the phase of the training");
    updates_ = updates.item<int64_t>();
    freeze_when_due();
  }

  Synthesizer& synthesizer() override { return synthesizer_; }

 private:
  /// Updates before the denoiser's first: the autoencoder's, then those that look at latents.
  int64_t first_of_bridge() const {
    return config_.autoencoder.updates + (collector_ ? config_.statistics_updates : 0);
  }

  /// Frozen weights are copied, not averaged, by the loop's moving average: average and live weights stay one
  /// autoencoder.
  void freeze_when_due() {
    if (config_.latent) nn::set_requires_grad(*space_.autoencoder, updates_ < config_.autoencoder.updates);
  }

  double bridge_step(const at::Tensor& source, const at::Tensor& target, Random& random) {
    const at::Tensor y = space_.encode(source, Side::kSource), x0 = space_.encode(target, Side::kTarget);
    at::Tensor t = at::empty({y.size(0)}, at::TensorOptions(at::kLong));
    for (int64_t i = 0; i < y.size(0); ++i)
      t.data_ptr<int64_t>()[i] = static_cast<int64_t>(random.below(static_cast<uint64_t>(config_.timesteps)));
    const at::Tensor noise = nn::random_normal(y.sizes(), 0.0, 1.0, random, y.device());
    // The loop has put its schedule's factor into the optimizer's rate.
    const double factor = trainer_.optimizer.lr() / trainer_.optimizer.base_lr();
    return trainer_.step(x0, y, t.to(y.device()), noise, factor);
  }

  Config config_;
  std::string device_;
  Space space_;
  Trainer trainer_;
  BridgeSynthesizer synthesizer_;
  std::optional<AutoencoderTrainer> teacher_;     // when the autoencoder is trained here
  std::optional<StatisticsCollector> collector_;  // when latents are normalized
  int64_t updates_ = 0;
};

std::unique_ptr<Trainable> make(const Config& config, const std::string& device, const std::string& place) {
  if (config.latent && config.autoencoder.from.empty() && config.autoencoder.updates == 0) {
    throw usage_error(
        place + ": /autoencoder", "the autoencoder is neither loaded nor trained",
        "set \"from\" to a weights folder or a safetensors file, or \"updates\" to train it first");
  }
  return std::make_unique<Bbdm>(config, device);
}

/// In latent space a quarter of the updates trains the autoencoder, unless it is loaded or its updates are
/// given (the published one was trained elsewhere, on other data: there is no published share), and at most a
/// tenth looks at latents. The plateau's patience stays as it is: it is measured against the noise of single
/// losses, not against the length of a training.
Json fit(Json config, int64_t updates) {
  const Config effective = fields().read(config, "bbdm configuration");
  if (!effective.latent) return config;
  if (effective.autoencoder.from.empty() && effective.autoencoder.updates == 0)
    config["autoencoder"]["updates"] = std::max<int64_t>(1, updates / 4);
  if (effective.normalize_latent && !config.contains("statistics_updates"))
    config["statistics_updates"] = std::clamp<int64_t>(updates / 10, 1, effective.statistics_updates);
  return config;
}

std::unique_ptr<Synthesizer> load(const Config& config, const std::string& device,
                                  const WeightsConfig& weights) {
  Space space(config, device);
  nn::AdmUnet denoiser = make_denoiser(config, device);
  load_denoiser(denoiser, weights.checked_file("denoise_fn"));
  if (config.latent) load_autoencoder(space.autoencoder, weights.checked_file("vqgan"));
  if (space.statistics) nn::load_network(*space.statistics, SafetensorsFile(weights.checked_file("latent")));
  return std::make_unique<BridgeSynthesizer>(config, device, denoiser, space, weights.sha256());
}

}  // namespace
}  // namespace bbdm

Method bbdm_method() {
  using namespace bbdm;
  return learned_method<Config>(
      {.name = "bbdm",
       .label = "BBDM",
       .summary = "Li et al. 2023: Brownian bridge diffusion from source to target, in pixels or latents",
       .fields = fields(),
       .train = make,
       .load = load,
       .fit = fit});
}

}  // namespace synerbench
