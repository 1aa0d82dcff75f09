#include "baselines/pix2pix/pix2pix.h"

#include "baselines/pix2pix/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/nn/init.h"
#include "harness/nn/state.h"

namespace synerbench {
namespace pix2pix {
namespace {

class Pix2Pix final : public Trainable, private Synthesizer {
 public:
  Pix2Pix(const Config& config, std::string device)
      : config_(config), device_(std::move(device)), trainer_(config, device_) {}

  std::string method() const override { return "pix2pix"; }
  Json config() const override { return to_json(config_); }

  Recipe recipe() const override {
    Recipe recipe;  // 100 + 100 epochs, batch 1
    recipe.augmentation = Augmentation::kJitter;
    return recipe;
  }

  void initialize(Random& random) override {
    nn::initialize_normal(*trainer_.generator, config_.init_std, random);
    nn::initialize_normal(*trainer_.discriminator, config_.init_std, random);
  }

  std::vector<NetworkHandle> networks() override {
    return {{"G", trainer_.generator.get(), true}, {"D", trainer_.discriminator.get(), false}};
  }
  std::vector<nn::Adam*> optimizers() override { return {&trainer_.optimizer_G, &trainer_.optimizer_D}; }

  Losses train_step(const Task&, const PairBatch& batch, Random& random) override {
    const at::Device device(device_);
    const at::Tensor source = nn::image_batch(batch.source, batch.n, batch.height, batch.width, device);
    const at::Tensor target = nn::image_batch(batch.target, batch.n, batch.height, batch.width, device);
    const nn::ConditionalGanLosses losses = trainer_.step(source, target, nn::dropout_from(random));
    return {
        {"D_fake", losses.D_fake}, {"D_real", losses.D_real}, {"G_GAN", losses.G_GAN}, {"G_L1", losses.G_L1}};
  }

  Synthesizer& synthesizer() override { return *this; }

 private:
  ModelInfo info() const override { return describe(trainer_.generator, config_, ""); }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(trainer_.generator, config_, device_, source, seeds, prediction);
  }

  Config config_;
  std::string device_;
  mutable Trainer trainer_;  // LibTorch's look-ups are not const
};

class TrainedPix2Pix final : public Synthesizer {
 public:
  TrainedPix2Pix(const WeightsConfig& weights, const Config& config, std::string device)
      : config_(config),
        device_(std::move(device)),
        generator_(unet_options(config)),
        sha256_(weights.sha256()) {
    nn::load_network(*generator_, SafetensorsFile(weights.checked_file("G")));
    generator_->to(at::Device(device_));
  }
  ModelInfo info() const override { return describe(generator_, config_, sha256_); }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(generator_, config_, device_, source, seeds, prediction);
  }

 private:
  Config config_;
  std::string device_;
  mutable Unet generator_;
  std::string sha256_;
};

}  // namespace
}  // namespace pix2pix

std::unique_ptr<Trainable> make_pix2pix(const Json& config, const std::string& device,
                                        const std::string& place) {
  const pix2pix::Config checked = pix2pix::config_from_json(config, place);
  nn::check_device(device, place);
  return std::make_unique<pix2pix::Pix2Pix>(checked, device);
}

std::unique_ptr<Synthesizer> load_pix2pix(const std::filesystem::path& folder, const LoadOptions& options) {
  nn::check_device(options.device, "pix2pix");
  nn::use_deterministic_kernels();
  const WeightsConfig weights = read_weights_config(folder, "pix2pix");
  const pix2pix::Config config =
      pix2pix::config_from_json(weights.config_with(options.switches, {"bn_inference", "dropout_inference"}),
                                (folder / "config.json").string() + ": /config");
  return std::make_unique<pix2pix::TrainedPix2Pix>(weights, config, options.device);
}

}  // namespace synerbench
