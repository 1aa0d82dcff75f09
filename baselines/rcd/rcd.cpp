#include "baselines/rcd/rcd.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <cmath>

#include "baselines/rcd/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/nn/state.h"

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

void synthesize_slices(Synthesis& synthesis, const Config& config, const std::string& device,
                       const SliceBatch& source, std::span<const uint64_t> seeds,
                       std::span<float> prediction) {
  check_size(config, source.height, source.width);
  const auto pixels = static_cast<size_t>(source.height * source.width);
  SB_CHECK(seeds.size() == static_cast<size_t>(source.n) && prediction.size() == source.pixels.size(),
           "one seed per slice, a prediction of the source's shape");
  c10::NoGradGuard no_grad;
  for (size_t i = 0; i < seeds.size(); ++i) {
    const at::Tensor slice = nn::image_batch(source.pixels.subspan(i * pixels, pixels), 1, source.height,
                                             source.width, at::Device(device));
    nn::copy_pixels(synthesis.forward(slice), prediction.subspan(i * pixels, pixels));
  }
}

ModelInfo describe(Synthesis& synthesis, const Config& config, const std::string& weights_sha256) {
  const bool reconstruction = config.core == Core::kAcds;
  ModelInfo info;
  info.name = "rcd";
  info.label = reconstruction ? "RCD (reconstruction)" : "RCD (released U-Net)";
  for (const NetworkHandle& handle : synthesis.networks())
    info.parameters += nn::parameter_count(*handle.network);
  info.weights_sha256 = weights_sha256;
  info.switches = {{"preset", config.preset},
                   {"core", name_of(config.core)},
                   {"reconstruction", reconstruction},
                   {"dimensions", config.dimensions},
                   {"ngf", config.ngf},
                   {"halvings", config.halvings}};
  return info;
}

class Rcd final : public Trainable, private Synthesizer {
 public:
  Rcd(const Config& config, std::string device)
      : config_(config), device_(std::move(device)), trainer_(make_trainer(config, device_)) {}

  std::string method() const override { return "rcd"; }
  Json config() const override { return to_json(config_); }

  Recipe recipe() const override {
    Recipe
        recipe;  // 200 epochs of batch 2, flips; the polynomial decay is the model's own (see adjust_rates)
    recipe.constant = 200;
    recipe.decay = 0;
    recipe.batch = 2;
    recipe.augmentation = Augmentation::kFlip;
    return recipe;
  }

  void initialize(Random& random) override {
    trainer_->initialize(random);
    updates_ = epochs_ = 0;
  }
  std::vector<NetworkHandle> networks() override { return trainer_->networks(); }
  std::vector<nn::Adam*> optimizers() override { return trainer_->optimizers(); }

  Losses train_step(const Task&, const PairBatch& batch, Random&) override {
    check_size(config_, batch.height, batch.width);
    adjust_rates();
    const at::Device device(device_);
    return trainer_->step(nn::image_batch(batch.source, batch.n, batch.height, batch.width, device),
                          nn::image_batch(batch.target, batch.n, batch.height, batch.width, device));
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
  /// Polynomial decay, one step per epoch (or update), on top of the factor that the loop has set.
  void adjust_rates() {
    if (!config_.polynomial) return;
    const double position = static_cast<double>(config_.poly_in_epochs ? epochs_ : updates_);
    const double left = std::max(0.0, 1.0 - position / static_cast<double>(config_.poly_period));
    for (nn::Adam* optimizer : trainer_->optimizers())
      optimizer->set_lr(optimizer->lr() * std::pow(left, config_.poly_power));
  }

  ModelInfo info() const override { return describe(trainer_->synthesis(), config_, ""); }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(trainer_->synthesis(), config_, device_, source, seeds, prediction);
  }

  Config config_;
  std::string device_;
  std::unique_ptr<Trainer> trainer_;
  int64_t updates_ = 0, epochs_ = 0;  // finished
};

class TrainedRcd final : public Synthesizer {
 public:
  TrainedRcd(const WeightsConfig& weights, const Config& config, std::string device)
      : config_(config),
        device_(std::move(device)),
        synthesis_(make_synthesis(config)),
        sha256_(weights.sha256()) {
    for (const NetworkHandle& handle : synthesis_->networks()) {
      nn::load_network(*handle.network, SafetensorsFile(weights.checked_file(handle.name)));
      handle.network->to(at::Device(device_));
    }
  }
  ModelInfo info() const override { return describe(*synthesis_, config_, sha256_); }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(*synthesis_, config_, device_, source, seeds, prediction);
  }

 private:
  Config config_;
  std::string device_;
  std::unique_ptr<Synthesis> synthesis_;
  std::string sha256_;
};

}  // namespace
}  // namespace rcd

std::unique_ptr<Trainable> make_rcd(const Json& config, const std::string& device, const std::string& place) {
  const rcd::Config checked = rcd::config_from_json(config, place);
  nn::check_device(device, place);
  return std::make_unique<rcd::Rcd>(checked, device);
}

Json fit_rcd(Json config, int64_t updates) {
  if (config.contains("poly_period") || config.contains("poly_unit")) return config;
  config["poly_period"] = updates;
  config["poly_unit"] = name_of(BudgetUnit::kUpdates);
  return config;
}

std::unique_ptr<Synthesizer> load_rcd(const std::filesystem::path& folder, const LoadOptions& options) {
  nn::check_device(options.device, "rcd");
  nn::use_deterministic_kernels();
  const WeightsConfig weights = read_weights_config(folder, "rcd");
  const rcd::Config config = rcd::config_from_json(weights.config_with(options.switches, {}),
                                                   (folder / "config.json").string() + ": /config");
  return std::make_unique<rcd::TrainedRcd>(weights, config, options.device);
}

}  // namespace synerbench
