#include "baselines/flow_unet/flow_unet.h"

#include <ATen/ATen.h>

#include "baselines/flow_unet/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/nn/state.h"

namespace synerbench {
namespace flow_unet {
namespace {

class FlowUnet final : public Trainable, private Synthesizer {
 public:
  FlowUnet(const Config& config, std::string device)
      : config_(config), device_(std::move(device)), trainer_(config, device_) {}

  std::string method() const override { return "flow_unet"; }
  Json config() const override { return to_json(config_); }

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
  std::vector<nn::Adam*> optimizers() override { return {&trainer_.optimizer}; }

  Losses train_step(const Task& task, const PairBatch& batch, Random& random) override {
    const at::Device device(device_);
    const at::Tensor source = nn::image_batch(batch.source, batch.n, batch.height, batch.width, device);
    const at::Tensor target = nn::image_batch(batch.target, batch.n, batch.height, batch.width, device);
    const at::Tensor t = draw_times(batch.n, config_.logit_normal, random).to(device);
    const at::Tensor noise = nn::random_normal(target.sizes(), 0.0, 1.0, random, device);
    return {{"velocity", trainer_.step(source, target, t, noise, route_of(config_, task.id))}};
  }

  Synthesizer& synthesizer() override { return *this; }

 private:
  ModelInfo info() const override { return describe(trainer_.network, config_, ""); }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(trainer_.network, config_, device_, task, source, seeds, prediction);
  }

  Config config_;
  std::string device_;
  Trainer trainer_;
};

class TrainedFlowUnet final : public Synthesizer {
 public:
  TrainedFlowUnet(const WeightsConfig& weights, const Config& config, std::string device)
      : config_(config),
        device_(std::move(device)),
        network_(make_network(config, device_)),
        sha256_(weights.sha256()) {
    nn::load_network(*network_, SafetensorsFile(weights.checked_file("velocity")));
  }
  ModelInfo info() const override { return describe(network_, config_, sha256_); }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(network_, config_, device_, task, source, seeds, prediction);
  }

 private:
  Config config_;
  std::string device_;
  nn::AdmUnet network_;
  std::string sha256_;
};

}  // namespace
}  // namespace flow_unet

std::unique_ptr<Trainable> make_flow_unet(const Json& config, const std::string& device,
                                          const std::string& place) {
  const flow_unet::Config checked = flow_unet::config_from_json(config, place);
  nn::check_device(device, place);
  return std::make_unique<flow_unet::FlowUnet>(checked, device);
}

std::unique_ptr<Synthesizer> load_flow_unet(const std::filesystem::path& folder, const LoadOptions& options) {
  nn::check_device(options.device, "flow_unet");
  nn::use_deterministic_kernels();
  const WeightsConfig weights = read_weights_config(folder, "flow_unet");
  const flow_unet::Config config = flow_unet::config_from_json(
      weights.config_with(options.switches, {"sampler", "sample_steps", "samples"}),
      (folder / "config.json").string() + ": /config");
  return std::make_unique<flow_unet::TrainedFlowUnet>(weights, config, options.device);
}

}  // namespace synerbench
