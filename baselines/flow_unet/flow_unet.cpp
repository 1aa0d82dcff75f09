#include "baselines/flow_unet/flow_unet.h"

#include <ATen/ATen.h>

#include "baselines/flow_unet/detail/trainer.h"
#include "harness/nn/state.h"
#include "harness/train/learned_method.h"
#include "harness/train/trainable_parts.h"

namespace synerbench {
namespace flow_unet {
namespace {

class FlowUnet final : public Trainable {
 public:
  FlowUnet(const Config& config, const std::string& device)
      : config_(config),
        device_(device),
        trainer_(config, device),
        synthesizer_(config, device, trainer_.network) {}

  std::string method() const override { return "flow_unet"; }
  Json config() const override { return fields().write(config_); }

  Recipe recipe() const override {
    const bool tiny = config_.preset == "tiny";
    Recipe recipe;
    recipe.unit = BudgetUnit::kUpdates;
    recipe.constant = tiny ? 10'000 : 200'000;
    recipe.decay = tiny ? 10'000 : 100'000;
    recipe.batch = tiny ? 8 : 16;
    recipe.augmentation = Augmentation::kFlip;
    recipe.ema_decay = tiny ? 0.999 : 0.9999;
    recipe.ema_start = tiny ? 500 : 5'000;
    recipe.validate_every = tiny ? 1'000 : 10'000;
    return recipe;
  }

  /// Every layer as LibTorch draws it; residual branches, attention projections and the output start at 0.
  void initialize(Random& random) override { nn::reset_layers(*trainer_.network, random); }

  std::vector<NetworkHandle> networks() override { return {{"velocity", trainer_.network.get(), true}}; }
  std::vector<nn::Optimizer*> optimizers() override { return {&trainer_.optimizer}; }

  Losses train_step(const Task& task, const PairBatch& batch, Random& random) override {
    const int64_t route = route_of(config_.routes, task.id, "flow_unet");
    const auto [source, target] = pair_tensors(batch, device_);
    const at::Tensor t = draw_times(batch.n, config_.logit_normal, random).to(target.device());
    const at::Tensor noise = nn::random_normal(target.sizes(), 0.0, 1.0, random, target.device());
    return {{"velocity", trainer_.step(source, target, t, noise, route)}};
  }

  Synthesizer& synthesizer() override { return synthesizer_; }

 private:
  Config config_;
  std::string device_;
  Trainer trainer_;
  FlowSynthesizer synthesizer_;
};

std::unique_ptr<Synthesizer> load(const Config& config, const std::string& device,
                                  const WeightsConfig& weights) {
  nn::AdmUnet network = make_network(config, device);
  nn::load_network(*network, SafetensorsFile(weights.checked_file("velocity")));
  return std::make_unique<FlowSynthesizer>(config, device, network, weights.sha256());
}

}  // namespace
}  // namespace flow_unet

Method flow_unet_method() {
  using namespace flow_unet;
  return learned_method<Config>(
      {.name = "flow_unet",
       .label = "Flow U-Net",
       .summary = "conditional flow matching, one model for all routes; a control of our own",
       .fields = fields(),
       .train = [](const Config& config, const std::string& device,
                   const std::string&) { return std::make_unique<FlowUnet>(config, device); },
       .load = load,
       .routes = Routes::kAll});
}

}  // namespace synerbench
