#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "harness/nn/compute.h"
#include "harness/nn/tensors.h"
#include "reference/checkpoint/checkpoint.h"
#include "reference/flow/sampler.h"
#include "reference/memory.h"
#include "reference/network/inference.h"
#include "reference/network/network.h"
#include "reference/reference.h"
#include "reference/tokenizer/tokenizer.h"
#include "reference/understanding/prompts.h"

namespace synerbench {
namespace {

using namespace reference;

at::ScalarType type_named(const std::string& name) { return name == "bf16" ? at::kBFloat16 : at::kFloat; }

at::Tensor to_tensor(const ImageTensor& image) {
  at::Tensor tensor = at::empty({3, image.height, image.width}, at::TensorOptions(at::kFloat));
  std::memcpy(tensor.data_ptr<float>(), image.values.data(), image.values.size() * sizeof(float));
  return tensor;
}

std::string with_names(std::string text, const Task& task) {
  for (const auto& [mark, name] :
       {std::pair{"{source}", spoken_name(task.source)}, std::pair{"{target}", spoken_name(task.target)},
        std::pair{"{region}", spoken_region(task.region)}}) {
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + name.size()))
      text.replace(at, std::strlen(mark), name);
  }
  return text;
}

/// A loaded checkpoint with its settings; what the two faces below share.
class Loaded {
 public:
  Loaded(const std::filesystem::path& folder, const ReferenceOptions& options)
      : folder_(folder),
        preset_(resolve_preset(options.preset, options.switches, "reference:" + folder.string())) {
    nn::check_device(options.device, "reference:" + folder.string());
    checkpoint_.emplace(Checkpoint::open(folder, {preset_.weights, false}));
    tokenizer_.emplace(Tokenizer::load(folder));
    if (tokenizer_->size() > checkpoint_->sizes().llm.vocabulary) {
      throw input_error(folder.string(),
                        fmt::format("the tokenizer has {} tokens, the embedding {} rows", tokenizer_->size(),
                                    checkpoint_->sizes().llm.vocabulary),
                        "the tokenizer belongs to another model");
    }
    network_ = load_network(
        *checkpoint_, {type_named(preset_.dtype), type_named(preset_.vae_dtype), at::Device(options.device)});
    preset_.images = fitted(preset_.images, network_->sizes);
    settings_.compute = type_named(preset_.dtype);
  }

  const Network& network() const { return *network_; }
  const Preset& preset() const { return preset_; }
  const DecoderSettings& settings() const { return settings_; }
  const SpecialTokens& special() const { return tokenizer_->special(); }
  const Tokenizer& tokenizer() const { return *tokenizer_; }
  Context empty_context() const { return Context(network_->decoder, settings_.compute); }

  ModelInfo info() const {
    if (hash_.empty()) hash_ = checkpoint_->weights_sha256();  // reads everything, so once
    ModelInfo info;
    info.name = "reference";
    info.label = preset_.label;
    info.deterministic = false;
    info.parameters = network_->parameters.count() + network_->vae_parameters.count();
    info.network_evaluations = evaluations();
    info.weights_sha256 = hash_;
    info.switches = to_json(preset_);
    return info;
  }

  /// Text that follows a context, without its marks.
  std::string read_on(const Context& context, uint64_t seed) const {
    Random random(combine_seeds(seed, seed_from("text")));
    TextSettings text{preset_.max_tokens, special().eos, preset_.temperature, tokenizer_->size()};
    TextResult result = generate_text(context, text, special(), *network_, settings_, &random);
    return tokenizer_->decode(std::span<const TokenId>(result.tokens).subspan(1));
  }

  void read_text(Context& context, const std::string& text) const {
    add_text(context, tokenizer_->encode(text), special(), *network_, settings_);
  }
  void read_vit(Context& context, const ImageTensor& image) const {
    add_vit_image(context, to_tensor(image), special(), *network_, settings_);
  }
  ImageTensor vit_image(const SliceImage& slice) const {
    Image8 image = image_of_slice(slice.pixels, slice.height, slice.width);
    if (preset_.images.vit_after_vae)
      image = resize_bicubic(image, target_size({image.height, image.width}, preset_.images.vae));
    return transform(image, preset_.images.vit);
  }
  ImageTensor vae_image(const SliceImage& slice) const {
    return transform(image_of_slice(slice.pixels, slice.height, slice.width), preset_.images.vae);
  }

  /// Pixels of the autoencoder [3, h, w] -> a slice of the wanted size in [-1, 1].
  std::vector<float> slice_of(const at::Tensor& decoded, int64_t height, int64_t width) const {
    const at::Tensor pixels = decoded.to(at::kCPU).to(at::kFloat).contiguous();
    const int64_t h = pixels.size(1), w = pixels.size(2);
    const std::vector<float> out = slice_of_pixels(
        {pixels.data_ptr<float>(), static_cast<size_t>(pixels.numel())}, h, w, preset_.output);
    std::vector<float> resized = resize_bicubic(out, {h, w}, {height, width});
    for (float& value : resized) value = std::clamp(value, -1.0f, 1.0f);
    return resized;
  }

 private:
  /// Passes of the decoder over one query split, over all steps and branches.
  int evaluations() const {
    int count = 0;
    const std::vector<float> times = sampling_times(preset_.sampler.points, preset_.sampler.shift);
    const Guidance& g = preset_.sampler.guidance;
    for (size_t i = 0; i + 1 < times.size(); ++i) {
      const bool guided = g.active(times[i]) && g.text_scale > 1;
      count += 1 + guided + (guided && g.image_scale > 1);
    }
    return count;
  }

  std::filesystem::path folder_;
  Preset preset_;
  std::optional<Checkpoint> checkpoint_;
  std::optional<Tokenizer> tokenizer_;
  std::unique_ptr<Network> network_;
  DecoderSettings settings_{at::kFloat};
  mutable std::string hash_;
};

class ReferenceSynthesizer final : public Synthesizer {
 public:
  ReferenceSynthesizer(const std::filesystem::path& folder, const ReferenceOptions& options)
      : model_(folder, options) {}

  ModelInfo info() const override { return model_.info(); }

  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    const auto pixels = static_cast<size_t>(source.height * source.width);
    SB_CHECK(seeds.size() == static_cast<size_t>(source.n) && prediction.size() == source.pixels.size(),
             "one seed and one slice each");
    for (int64_t i = 0; i < source.n; ++i) {
      const auto at = static_cast<size_t>(i) * pixels;
      const auto slice = source.pixels.subspan(at, pixels);
      const std::vector<float> out = one({source.height, source.width, {slice.begin(), slice.end()}}, task,
                                         seeds[static_cast<size_t>(i)]);
      std::copy(out.begin(), out.end(), prediction.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

 private:
  std::vector<float> one(const SliceImage& slice, const Task& task, uint64_t seed) const {
    const at::NoGradGuard no_grad;
    const Network& network = model_.network();
    const Preset& preset = model_.preset();
    const DecoderSettings& settings = model_.settings();
    const ModelSizes& sizes = network.sizes;
    Random random(seed);
    const ImageTensor vae = model_.vae_image(slice), vit = model_.vit_image(slice);
    std::string instruction =
        preset.instruction.empty() ? synthesis_instruction(task) : with_names(preset.instruction, task);
    if (preset.two_pass) {
      Context describing = model_.empty_context();
      model_.read_vit(describing, vit);
      model_.read_text(describing, instruction);
      instruction += "\n\n" + model_.read_on(describing, seed);
    }
    // Random numbers in the official order: first the condition's, then the start of the image.
    const int64_t d = sizes.vae.downsample();
    at::Tensor condition_noise;
    if (preset.sample_conditions) {
      condition_noise = nn::random_normal({1, sizes.vae.latent_channels, vae.height / d, vae.width / d}, 0, 1,
                                          random, network.device());
    }
    const int64_t side = sizes.pixels_per_token();
    const TargetShape shape{vae.height / side, vae.width / side, model_.special().start_of_image,
                            model_.special().end_of_image};
    const at::Tensor start = nn::random_normal({shape.rows * shape.columns, sizes.token_channels()}, 0, 1,
                                               random, network.device());

    // The image stands before the text: the other way round text guidance would have no effect.
    GuidedContexts contexts{model_.empty_context(), model_.empty_context(), model_.empty_context()};
    add_vae_image(contexts.main, to_tensor(vae), condition_noise, model_.special(), network, settings);
    model_.read_vit(contexts.main, vit);
    const Guidance& guidance = preset.sampler.guidance;
    if (guidance.text_scale > 1) contexts.text_free = contexts.main.fork();
    model_.read_text(contexts.main, instruction);
    if (guidance.text_scale > 1 && guidance.image_scale > 1)
      model_.read_text(contexts.image_free, instruction);

    const at::Tensor latents = sample_latents(start, shape, contexts, network, preset.sampler, settings);
    return model_.slice_of(decode_image(latents, shape.rows, shape.columns, network), slice.height,
                           slice.width);
  }

  Loaded model_;
};

class AskedModel final : public ReferenceModel {
 public:
  AskedModel(const std::filesystem::path& folder, const ReferenceOptions& options)
      : model_(folder, options) {}

  std::string ask(std::span<const SliceImage> images, const std::string& prompt, uint64_t seed) override {
    Context context = model_.empty_context();
    for (const SliceImage& image : images) model_.read_vit(context, model_.vit_image(image));
    model_.read_text(context, prompt);
    return model_.read_on(context, seed);
  }

  std::string answer(const Instance& instance, uint64_t seed) override {
    Context context = model_.empty_context();
    const auto read = [&](const InstanceItem& item) {
      if (item.kind == PlanItem::Kind::kText) {
        model_.read_text(context, item.text);
      } else {
        SB_CHECK(item.kind == PlanItem::Kind::kVit, "questions hold no latents");
        model_.read_vit(context, model_.vit_image(instance.images.at(item.image)));
      }
    };
    for (const bool images : {true, false}) {
      for (const InstanceItem& item : instance.items) {
        const bool is_image = item.kind != PlanItem::Kind::kText;
        if (item.learned || (model_.preset().images_first ? is_image != images : images)) continue;
        read(item);
      }
    }
    return model_.read_on(context, seed);
  }

  std::vector<float> through_autoencoder(const SliceImage& slice) override {
    const at::NoGradGuard no_grad;
    const Vae& vae = model_.network().vae;
    const at::Tensor image = to_tensor(model_.vae_image(slice)).unsqueeze(0).to(model_.network().device());
    return model_.slice_of(vae.decode(vae.latent(vae.moments(image), {}))[0], slice.height, slice.width);
  }

  Json memory(int64_t height, int64_t width) const override {
    return memory_report(model_.network().sizes, model_.preset(), instruction_tokens(model_.tokenizer()),
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
  return std::make_unique<AskedModel>(folder, options);
}

}  // namespace synerbench
