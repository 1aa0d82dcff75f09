#include <ATen/ATen.h>
#include <fmt/format.h>

#include <optional>

#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/train/weights_lineage.h"
#include "reference/checkpoint/checkpoint.h"
#include "reference/memory.h"
#include "reference/reference.h"
#include "reference/runner.h"

namespace synerbench {
namespace {

using namespace reference;

/// A loaded checkpoint with its settings; what the two faces below share.
class Loaded {
 public:
  Loaded(const std::filesystem::path& folder, const ReferenceOptions& options) : options_(options) {
    const std::string place = "reference:" + folder.string();
    const Preset preset = resolve_preset(options.preset, options.overrides, place);
    nn::check_device(options.device, place);
    checkpoint_.emplace(Checkpoint::open(folder, {preset.weights, false}));
    tokenizer_.emplace(Tokenizer::load(folder));
    if (tokenizer_->size() > checkpoint_->sizes().llm.vocabulary) {
      throw input_error(folder.string(),
                        fmt::format("the tokenizer has {} tokens, the embedding {} rows", tokenizer_->size(),
                                    checkpoint_->sizes().llm.vocabulary),
                        "the tokenizer belongs to another model");
    }
    network_ = load_network(
        *checkpoint_, {type_named(preset.dtype), type_named(preset.vae_dtype), at::Device(options.device)});
    runner_.emplace(*network_, *tokenizer_, preset);
    lineage_ = find_lineage(folder, [&] { return hash(); });
  }

  const Runner& runner() const { return *runner_; }

  ModelInfo info() const {
    ModelInfo info;
    info.name = options_.name;
    info.label = options_.label.empty() ? runner_->preset().label : options_.label;
    info.deterministic = false;
    info.parameters = network_->parameters.count() + network_->vae_parameters.count();
    info.network_evaluations = runner_->evaluations();
    info.weights_sha256 = hash();
    info.switches = to_json(runner_->preset());
    if (lineage_) info.lineages[""] = lineage_;
    return info;
  }

 private:
  const std::string& hash() const {
    if (hash_.empty()) hash_ = checkpoint_->weights_sha256();  // reads everything, so once
    return hash_;
  }

  ReferenceOptions options_;
  std::shared_ptr<const Lineage> lineage_;  // of a folder that train made, or that was converted from one
  std::optional<Checkpoint> checkpoint_;
  std::optional<Tokenizer> tokenizer_;
  std::unique_ptr<Network> network_;
  std::optional<Runner> runner_;
  mutable std::string hash_;
};

class ReferenceSynthesizer final : public Synthesizer {
 public:
  ReferenceSynthesizer(const std::filesystem::path& folder, const ReferenceOptions& options)
      : model_(folder, options) {}

  ModelInfo info() const override { return model_.info(); }

  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(model_.runner(), task, source, seeds, prediction);
  }

 private:
  Loaded model_;
};

class AskedCheckpoint final : public ReferenceModel {
 public:
  AskedCheckpoint(const std::filesystem::path& folder, const ReferenceOptions& options)
      : model_(folder, options) {}

  std::string ask(std::span<const SliceImage> images, const std::string& prompt, uint64_t seed) override {
    const Runner& runner = model_.runner();
    Context context = runner.empty_context();
    for (const SliceImage& image : images) runner.read_vit(context, image);
    runner.read_text(context, prompt);
    return runner.read_on(context, seed);
  }

  std::string answer(const Instance& instance, uint64_t seed) override {
    const Runner& runner = model_.runner();
    Context context = runner.empty_context();
    const auto read = [&](const InstanceItem& item) {
      if (item.kind == PlanItem::Kind::kText) {
        runner.read_text(context, item.text);
      } else {
        SB_CHECK(item.kind == PlanItem::Kind::kVit, "questions hold no latents");
        runner.read_vit(context, instance.images.at(item.image));
      }
    };
    for (const bool images : {true, false}) {
      for (const InstanceItem& item : instance.items) {
        const bool is_image = item.kind != PlanItem::Kind::kText;
        if (item.learned || (runner.preset().images_first ? is_image != images : images)) continue;
        read(item);
      }
    }
    return runner.read_on(context, seed);
  }

  std::vector<float> through_autoencoder(const SliceImage& slice) override {
    return model_.runner().through_autoencoder(slice);
  }

  Json memory(int64_t height, int64_t width) const override {
    const Runner& runner = model_.runner();
    return memory_report(runner.network().sizes, runner.preset(), instruction_tokens(runner.tokenizer()),
                         height, width);
  }

  ModelInfo info() const override { return model_.info(); }

 private:
  Loaded model_;
};

}  // namespace

std::unique_ptr<Synthesizer> load_reference(const std::filesystem::path& folder,
                                            const ReferenceOptions& options) {
  return std::make_unique<ReferenceSynthesizer>(folder, options);
}

std::unique_ptr<ReferenceModel> ReferenceModel::load(const std::filesystem::path& folder,
                                                     const ReferenceOptions& options) {
  return std::make_unique<AskedCheckpoint>(folder, options);
}

}  // namespace synerbench
