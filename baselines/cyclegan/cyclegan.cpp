#include "baselines/cyclegan/cyclegan.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "baselines/cyclegan/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/nn/init.h"
#include "harness/nn/state.h"

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

class CycleGan final : public Trainable, private Synthesizer {
 public:
  CycleGan(const Config& config, std::string device)
      : config_(config), device_(std::move(device)), trainer_(config, device_) {}

  std::string method() const override { return "cyclegan"; }
  Json config() const override { return to_json(config_); }

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
  std::vector<nn::Adam*> optimizers() override { return {&trainer_.optimizer_G, &trainer_.optimizer_D}; }

  Losses train_step(const Task&, const PairBatch& batch, Random& random) override {
    const at::Device device(device_);
    const at::Tensor A = nn::image_batch(batch.source, batch.n, batch.height, batch.width, device);
    const at::Tensor B = nn::image_batch(batch.target, batch.n, batch.height, batch.width, device);
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

  Synthesizer& synthesizer() override { return *this; }

 private:
  ModelInfo info() const override { return describe(trainer_.G_A, config_, ""); }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    nn::ResnetGenerator& generator = goes_forward(config_, task) ? trainer_.G_A : trainer_.G_B;
    synthesize_slices(generator, device_, source, seeds, prediction);
  }

  Config config_;
  std::string device_;
  mutable Trainer trainer_;  // LibTorch's look-ups are not const
};

class TrainedCycleGan final : public Synthesizer {
 public:
  TrainedCycleGan(const WeightsConfig& weights, const Config& config, std::string device)
      : config_(config),
        device_(std::move(device)),
        G_A_(generator_options(config)),
        G_B_(generator_options(config)),
        sha256_(weights.sha256()) {
    load(G_A_, weights, "G_A");
    load(G_B_, weights, "G_B");
  }
  ModelInfo info() const override { return describe(G_A_, config_, sha256_); }
  void prepare(const Task& task, const PairSource&) override { goes_forward(config_, task); }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(goes_forward(config_, task) ? G_A_ : G_B_, device_, source, seeds, prediction);
  }

 private:
  void load(nn::ResnetGenerator& generator, const WeightsConfig& weights, const std::string& name) {
    nn::load_network(*generator, SafetensorsFile(weights.checked_file(name)));
    generator->to(at::Device(device_));
  }

  Config config_;
  std::string device_;
  mutable nn::ResnetGenerator G_A_, G_B_;
  std::string sha256_;
};

}  // namespace
}  // namespace cyclegan

std::unique_ptr<Trainable> make_cyclegan(const Json& config, const std::string& device,
                                         const std::string& place) {
  const cyclegan::Config checked = cyclegan::config_from_json(config, place);
  nn::check_device(device, place);
  return std::make_unique<cyclegan::CycleGan>(checked, device);
}

std::unique_ptr<Synthesizer> load_cyclegan(const std::filesystem::path& folder, const LoadOptions& options) {
  nn::check_device(options.device, "cyclegan");
  nn::use_deterministic_kernels();
  const WeightsConfig weights = read_weights_config(folder, "cyclegan");
  const cyclegan::Config config = cyclegan::config_from_json(
      weights.config_with(options.switches, {"direction"}), (folder / "config.json").string() + ": /config");
  return std::make_unique<cyclegan::TrainedCycleGan>(weights, config, options.device);
}

}  // namespace synerbench
