#include "baselines/rcd/rcd.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "baselines/rcd/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/slices.h"
#include "harness/nn/state.h"
#include "harness/train/learned_method.h"
#include "harness/train/trainable_parts.h"

namespace synerbench {
namespace rcd {
namespace {

void check_size(const Config& config, int64_t height, int64_t width) {
  if (config.dimensions != 2) {
    throw usage_error("rcd", "these networks are three-dimensional, the harness gives slices",
                      "set \"dimensions\": 2 and train (preset \"official\" or \"tiny\")");
  }
  const int64_t multiple = config.multiple();
  if (height % multiple != 0 || width % multiple != 0 || height < 16 || width < 16) {
    throw usage_error(
        "rcd", fmt::format("slices of {} x {}", height, width),
        fmt::format("height and width must be multiples of {} ({} halvings), at least 16: choose another "
                    "canvas or fewer halvings",
                    multiple, config.halvings));
  }
}

/// The model that is scored: what makes images, on `device`, in training or trained. The target is unknown
/// then, so the registration is not part of it.
class SynthesisModel final : public Synthesizer {
 public:
  SynthesisModel(const Config& config, std::string device, std::shared_ptr<Synthesis> synthesis,
                 std::string weights_sha256 = "")
      : config_(config),
        device_(std::move(device)),
        synthesis_(std::move(synthesis)),
        sha256_(std::move(weights_sha256)) {}

  ModelInfo info() const override {
    const bool reconstruction = config_.core == Core::kAcds;
    ModelInfo info;
    info.name = "rcd";
    info.label = reconstruction ? "RCD (reconstruction)" : "RCD (released U-Net)";
    for (const NetworkHandle& handle : synthesis_->networks())
      info.parameters += nn::parameter_count(*handle.network);
    info.weights_sha256 = sha256_;
    info.switches = {{"preset", config_.preset},
                     {"core", name_of(config_.core)},
                     {"reconstruction", reconstruction},
                     {"dimensions", config_.dimensions},
                     {"ngf", config_.ngf},
                     {"halvings", config_.halvings}};
    return info;
  }

  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    check_size(config_, source.height, source.width);
    nn::for_each_slice(source, seeds, prediction, device_,
                       [&](const at::Tensor& slice, Random&) { return synthesis_->forward(slice); });
  }

 private:
  Config config_;
  std::string device_;
  std::shared_ptr<Synthesis> synthesis_;
  std::string sha256_;
};

class Rcd final : public Trainable {
 public:
  Rcd(const Config& config, const std::string& device)
      : config_(config),
        device_(device),
        trainer_(make_trainer(config, device)),
        synthesizer_(config, device, trainer_->synthesis()) {}

  std::string method() const override { return "rcd"; }
  Json config() const override { return fields().write(config_); }

  Recipe recipe() const override {
    Recipe recipe;  // 200 epochs of batch 2, flips
    recipe.constant = 200;
    recipe.decay = 0;
    recipe.batch = 2;
    recipe.augmentation = Augmentation::kFlip;
    return recipe;
  }

  Schedule schedule() const override { return config_.schedule; }

  void initialize(Random& random) override { trainer_->initialize(random); }
  std::vector<NetworkHandle> networks() override { return trainer_->networks(); }
  std::vector<nn::Optimizer*> optimizers() override { return trainer_->optimizers(); }

  Losses train_step(const Task&, const PairBatch& batch, Random&) override {
    check_size(config_, batch.height, batch.width);
    const auto [source, target] = pair_tensors(batch, device_);
    return trainer_->step(source, target);
  }

  Synthesizer& synthesizer() override { return synthesizer_; }

 private:
  Config config_;
  std::string device_;
  std::unique_ptr<Trainer> trainer_;
  SynthesisModel synthesizer_;
};

/// The polynomial decay ends with the training, as published.
Json fit(Json config, int64_t updates) {
  if (config.contains("poly_period") || config.contains("poly_unit")) return config;
  const Schedule schedule = fitted(fields().read(config, "rcd configuration").schedule, updates);
  config["poly_period"] = schedule.length;
  config["poly_unit"] = name_of(schedule.unit);
  return config;
}

std::unique_ptr<Synthesizer> load(const Config& config, const std::string& device,
                                  const WeightsConfig& weights) {
  const std::shared_ptr<Synthesis> synthesis = make_synthesis(config);
  for (const NetworkHandle& handle : synthesis->networks()) {
    nn::load_network(*handle.network, SafetensorsFile(weights.checked_file(handle.name)));
    handle.network->to(at::Device(device));
  }
  return std::make_unique<SynthesisModel>(config, device, synthesis, weights.sha256());
}

}  // namespace
}  // namespace rcd

Method rcd_method() {
  using namespace rcd;
  return learned_method<Config>(
      {.name = "rcd",
       .label = "RCD",
       .summary =
           "arXiv 2407.07660: synthesis guided by registration; its disentanglement is a reconstruction",
       .fields = fields(),
       .train = [](const Config& config, const std::string& device,
                   const std::string&) { return std::make_unique<Rcd>(config, device); },
       .load = load,
       .fit = fit});
}

}  // namespace synerbench
