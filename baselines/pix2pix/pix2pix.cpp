#include "baselines/pix2pix/pix2pix.h"

#include "baselines/pix2pix/detail/trainer.h"
#include "harness/nn/init.h"
#include "harness/nn/state.h"
#include "harness/train/learned_method.h"
#include "harness/train/trainable_parts.h"

namespace synerbench {
namespace pix2pix {
namespace {

class Pix2Pix final : public Trainable {
 public:
  Pix2Pix(const Config& config, const std::string& device)
      : config_(config),
        device_(device),
        trainer_(config, device),
        synthesizer_(config, device, trainer_.generator) {}

  std::string method() const override { return "pix2pix"; }
  Json config() const override { return fields().write(config_); }

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
  std::vector<nn::Optimizer*> optimizers() override { return {&trainer_.optimizer_G, &trainer_.optimizer_D}; }

  Losses train_step(const Task&, const PairBatch& batch, Random& random) override {
    const auto [source, target] = pair_tensors(batch, device_);
    const nn::ConditionalGanLosses losses = trainer_.step(source, target, nn::dropout_from(random));
    return {
        {"D_fake", losses.D_fake}, {"D_real", losses.D_real}, {"G_GAN", losses.G_GAN}, {"G_L1", losses.G_L1}};
  }

  Synthesizer& synthesizer() override { return synthesizer_; }

 private:
  Config config_;
  std::string device_;
  Trainer trainer_;
  UnetSynthesizer synthesizer_;
};

std::unique_ptr<Synthesizer> load(const Config& config, const std::string& device,
                                  const WeightsConfig& weights) {
  Unet generator(unet_options(config));
  nn::load_network(*generator, SafetensorsFile(weights.checked_file("G")));
  generator->to(at::Device(device));
  return std::make_unique<UnetSynthesizer>(config, device, generator, weights.sha256());
}

}  // namespace
}  // namespace pix2pix

Method pix2pix_method() {
  using namespace pix2pix;
  return learned_method<Config>(
      {.name = "pix2pix",
       .label = "Pix2Pix",
       .summary = "Isola et al. 2017: U-Net and conditional PatchGAN",
       .fields = fields(),
       .train = [](const Config& config, const std::string& device,
                   const std::string&) { return std::make_unique<Pix2Pix>(config, device); },
       .load = load});
}

}  // namespace synerbench
