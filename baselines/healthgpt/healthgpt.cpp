#include "baselines/healthgpt/healthgpt.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "baselines/healthgpt/detail/generate.h"
#include "baselines/healthgpt/detail/trainer.h"
#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/nn/state.h"

namespace synerbench {
namespace healthgpt {
namespace {

class HealthGpt final : public Trainable, private Synthesizer {
 public:
  HealthGpt(const Config& config, std::string device)
      : config_(config),
        device_(std::move(device)),
        stages_(config.stages()),
        networks_(config, device_),
        trainer_(config, networks_) {}

  std::string method() const override { return "healthgpt"; }
  Json config() const override { return to_json(config_); }

  Recipe recipe() const override {
    Recipe recipe;
    recipe.unit = BudgetUnit::kUpdates;
    recipe.constant = config_.updates;
    recipe.decay = 0;  // every stage has a schedule of its own
    recipe.batch = 8;
    recipe.augmentation = Augmentation::kFlip;
    recipe.validate_every = std::max<int64_t>(1, config_.updates / 10);
    return recipe;
  }

  void initialize(Random& random) override {
    networks_.initialize(random);
    if (!config_.tokenizer_from.empty()) load_tokenizer(config_.tokenizer_from);
    done_ = 0;
    trainer_.enter(Stage::kTokenizer, stages_.at(0));
  }

  std::vector<NetworkHandle> networks() override { return networks_.handles(); }
  std::vector<nn::Adam*> optimizers() override { return trainer_.optimizers(); }

  Losses train_step(const Task& task, const PairBatch& batch, Random& random) override {
    require_route(config_, task.id);
    if (batch.height != config_.image_size || batch.width != config_.image_size) {
      throw usage_error(
          "healthgpt: /image_size",
          fmt::format("{}, the slices are {} x {}", config_.image_size, batch.height, batch.width),
          "choose that canvas, or another image_size");
    }
    const at::Device device(device_);
    const at::Tensor source = nn::image_batch(batch.source, batch.n, batch.height, batch.width, device);
    const at::Tensor target = nn::image_batch(batch.target, batch.n, batch.height, batch.width, device);
    const Stage stage = stages_.at(done_);
    // Until update_end(): averaging copies what is frozen, and counts of parameters between updates are of all.
    trainer_.freeze_for(stage);
    return trainer_.step(stage, task, source, target, stages_.factor(done_, config_.warmup), random);
  }

  void update_end(int64_t update, const Losses&) override {
    trainer_.thaw();
    const Stage before = stages_.at(done_);
    done_ = update + 1;
    if (stages_.at(done_) != before) trainer_.enter(before, stages_.at(done_));
  }

  void save_extra(std::vector<nn::NamedTensor>& tensors) const override {
    tensors.push_back({"stage.updates_done", at::scalar_tensor(done_, at::kLong)});
    tensors.push_back({"stage.code_uses", trainer_.tokenizer.uses});
  }
  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    const at::Tensor done = at::zeros({}, at::kLong);
    nn::load_tensors({{"updates_done", done}, {"code_uses", trainer_.tokenizer.uses}}, file,
                     prefix + "stage.", "HealthGPT's stages");
    done_ = done.item<int64_t>();
  }

  Synthesizer& synthesizer() override { return *this; }

 private:
  void load_tokenizer(const std::filesystem::path& from) {
    const bool folder = std::filesystem::is_directory(from);
    nn::load_network(
        *networks_.tokenizer,
        SafetensorsFile(folder ? read_weights_config(from, "healthgpt").checked_file("vqgan") : from));
  }

  ModelInfo info() const override { return describe(networks_, config_, ""); }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    if (stages_.at(done_) == Stage::kInstruction) {
      synthesize_slices(networks_, config_, device_, task, source, seeds, prediction);
    } else {
      std::fill(prediction.begin(), prediction.end(), std::numeric_limits<float>::quiet_NaN());
    }
  }

  Config config_;
  std::string device_;
  Stages stages_;
  Networks networks_;
  Trainer trainer_;
  int64_t done_ = 0;  // updates
};

class TrainedHealthGpt final : public Synthesizer {
 public:
  TrainedHealthGpt(const WeightsConfig& weights, const Config& config, std::string device)
      : config_(config), device_(std::move(device)), networks_(config, device_), sha256_(weights.sha256()) {
    for (const NetworkHandle& handle : networks_.handles())
      nn::load_network(*handle.network, SafetensorsFile(weights.checked_file(handle.name)));
  }
  ModelInfo info() const override { return describe(networks_, config_, sha256_); }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(networks_, config_, device_, task, source, seeds, prediction);
  }

 private:
  Config config_;
  std::string device_;
  Networks networks_;
  std::string sha256_;
};

/// Weights of a training that ended, or were selected, before its last stage cannot convert.
void require_instruction(const std::filesystem::path& folder, const Config& config) {
  const Json json = read_json(folder / "config.json");
  if (!json.contains("selection")) return;
  const auto selected = json["selection"].at("update").get<int64_t>();
  const int64_t first = config.stages().first(Stage::kInstruction);
  if (selected > first) return;
  throw input_error(
      (folder / "config.json").string(),
      fmt::format("the weights of update {} are from before the instruction stage, which begins "
                  "after {}",
                  selected, first),
      "train as long as \"updates\" says, or set \"updates\" to the length of the training");
}

void check_tokenizer_file(const Config& config, const std::string& place) {
  if (config.tokenizer_from.empty() || std::filesystem::exists(config.tokenizer_from)) return;
  throw usage_error(place + ": /tokenizer/from", fmt::format("\"{}\" is not there", config.tokenizer_from));
}

}  // namespace
}  // namespace healthgpt

std::unique_ptr<Trainable> make_healthgpt(const Json& config, const std::string& device,
                                          const std::string& place) {
  const healthgpt::Config checked = healthgpt::config_from_json(config, place);
  healthgpt::check_tokenizer_file(checked, place);
  nn::check_device(device, place);
  return std::make_unique<healthgpt::HealthGpt>(checked, device);
}

Json fit_healthgpt(Json config, int64_t updates) {
  if (!config.contains("updates")) config["updates"] = updates;
  return config;
}

std::unique_ptr<Synthesizer> load_healthgpt(const std::filesystem::path& folder, const LoadOptions& options) {
  nn::check_device(options.device, "healthgpt");
  nn::use_deterministic_kernels();
  const WeightsConfig weights = read_weights_config(folder, "healthgpt");
  const healthgpt::Config config = healthgpt::config_from_json(
      weights.config_with(options.switches, {"constrained", "temperature", "answer"}),
      (folder / "config.json").string() + ": /config");
  healthgpt::require_instruction(folder, config);
  return std::make_unique<healthgpt::TrainedHealthGpt>(weights, config, options.device);
}

}  // namespace synerbench
