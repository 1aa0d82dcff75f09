#include "baselines/cyclegan/cyclegan.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "baselines/cyclegan/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/init.h"
#include "harness/nn/state.h"
#include "harness/train/learned_method.h"
#include "harness/train/trainable_parts.h"

namespace synerbench {
namespace cyclegan {
namespace {

/// A pool in a checkpoint: all its images as one tensor [n, 1, H, W]; an empty pool is left out.
void save_pool(const nn::ImagePool& pool, const std::string& name, std::vector<nn::NamedTensor>& tensors) {
  if (!pool.images().empty()) tensors.push_back({name, at::cat(pool.images(), 0)});
}

void load_pool(nn::ImagePool& pool, const SafetensorsFile& file, const std::string& name,
               const Config& config, const std::string& device) {
  std::vector<at::Tensor> images;
  if (file.contains(name)) {
    const at::Tensor stored = nn::tensor_from(file.at(name)).to(at::Device(device));
    if (stored.dim() != 4 || stored.size(0) > config.pool_size) {
      throw input_error(file.path().string(),
                        fmt::format("{} is no pool of {} images", name, config.pool_size),
                        "start the training anew");
    }
    for (int64_t i = 0; i < stored.size(0); ++i) images.push_back(stored.slice(0, i, i + 1).clone());
  }
  pool.set_images(std::move(images));
}

class CycleGan final : public Trainable {
 public:
  CycleGan(const Config& config, const std::string& device)
      : config_(config),
        device_(device),
        trainer_(config, device),
        synthesizer_(config, device, trainer_.G_A, trainer_.G_B) {}

  std::string method() const override { return "cyclegan"; }
  Json config() const override { return fields().write(config_); }

  Recipe recipe() const override {
    Recipe recipe;  // 100 + 100 epochs, batch 1
    recipe.augmentation = Augmentation::kJitter;
    // The strict reading of "unpaired": the published loader draws any slice, which may be the right one.
    recipe.pairing = Pairing::kOtherPatient;
    return recipe;
  }

  void initialize(Random& random) override {
    for (const NetworkHandle& handle : networks())
      nn::initialize_normal(*handle.network, config_.init_std, random);
  }

  std::vector<NetworkHandle> networks() override {
    return {{"G_A", trainer_.G_A.get(), true},
            {"G_B", trainer_.G_B.get(), true},
            {"D_A", trainer_.D_A.get(), false},
            {"D_B", trainer_.D_B.get(), false}};
  }
  std::vector<nn::Optimizer*> optimizers() override { return {&trainer_.optimizer_G, &trainer_.optimizer_D}; }

  Losses train_step(const Task&, const PairBatch& batch, Random& random) override {
    const auto [A, B] = pair_tensors(batch, device_);
    const StepLosses losses = trainer_.step(A, B, random);
    return {{"G_A", losses.G_A},         {"G_B", losses.G_B},     {"cycle_A", losses.cycle_A},
            {"cycle_B", losses.cycle_B}, {"idt_A", losses.idt_A}, {"idt_B", losses.idt_B},
            {"D_A", losses.D_A},         {"D_B", losses.D_B}};
  }

  void save_extra(std::vector<nn::NamedTensor>& tensors) const override {
    save_pool(trainer_.fakes_of_B, "pool.fake_B", tensors);
    save_pool(trainer_.fakes_of_A, "pool.fake_A", tensors);
  }
  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    load_pool(trainer_.fakes_of_B, file, prefix + "pool.fake_B", config_, device_);
    load_pool(trainer_.fakes_of_A, file, prefix + "pool.fake_A", config_, device_);
  }

  Synthesizer& synthesizer() override { return synthesizer_; }

 private:
  Config config_;
  std::string device_;
  Trainer trainer_;
  BothWays synthesizer_;
};

std::unique_ptr<Synthesizer> load(const Config& config, const std::string& device,
                                  const WeightsConfig& weights) {
  const auto generator = [&](const std::string& name) {
    nn::ResnetGenerator network(generator_options(config));
    nn::load_network(*network, SafetensorsFile(weights.checked_file(name)));
    return nn::on_device(network, device);
  };
  return std::make_unique<BothWays>(config, device, generator("G_A"), generator("G_B"), weights.sha256());
}

}  // namespace
}  // namespace cyclegan

Method cyclegan_method() {
  using namespace cyclegan;
  return learned_method<Config>(
      {.name = "cyclegan",
       .label = "CycleGAN",
       .summary = "Zhu et al. 2017: both directions, learned without pairs",
       .fields = fields(),
       .train = [](const Config& config, const std::string& device,
                   const std::string&) { return std::make_unique<CycleGan>(config, device); },
       .load = load,
       .routes = Routes::kPair});
}

}  // namespace synerbench
