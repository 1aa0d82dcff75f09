#include "reference/runner.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstring>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "harness/nn/tensors.h"
#include "reference/flow/sampler.h"
#include "reference/understanding/prompts.h"

namespace synerbench::reference {
namespace {

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

}  // namespace

at::ScalarType type_named(const std::string& name) { return name == "bf16" ? at::kBFloat16 : at::kFloat; }

Runner::Runner(const Network& network, const Tokenizer& tokenizer, Preset preset)
    : network_(network), tokenizer_(tokenizer), preset_(std::move(preset)) {
  preset_.images = fitted(preset_.images, network_.sizes);
  settings_.compute = type_named(preset_.dtype);
}

int Runner::evaluations() const {
  int count = 0;
  const std::vector<float> times = sampling_times(preset_.sampler.points, preset_.sampler.shift);
  const Guidance& g = preset_.sampler.guidance;
  for (size_t i = 0; i + 1 < times.size(); ++i) {
    const bool guided = g.active(times[i]) && g.text_scale > 1;
    count += 1 + guided + (guided && g.image_scale > 1);
  }
  return count;
}

std::string Runner::read_on(const Context& context, uint64_t seed) const {
  Random random(combine_seeds(seed, seed_from("text")));
  TextSettings text{preset_.max_tokens, special().eos, preset_.temperature, tokenizer_.size()};
  TextResult result = generate_text(context, text, special(), network_, settings_, &random);
  return tokenizer_.decode(std::span<const TokenId>(result.tokens).subspan(1));
}

void Runner::read_text(Context& context, const std::string& text) const {
  add_text(context, tokenizer_.encode(text), special(), network_, settings_);
}

void Runner::read_vit(Context& context, const SliceImage& slice) const {
  add_vit_image(context, to_tensor(vit_image(slice)), special(), network_, settings_);
}

ImageTensor Runner::vit_image(const SliceImage& slice) const {
  Image8 image = image_of_slice(slice.pixels, slice.height, slice.width);
  if (preset_.images.vit_after_vae)
    image = resize_bicubic(image, target_size({image.height, image.width}, preset_.images.vae));
  return transform(image, preset_.images.vit);
}

ImageTensor Runner::vae_image(const SliceImage& slice) const {
  return transform(image_of_slice(slice.pixels, slice.height, slice.width), preset_.images.vae);
}

/// Pixels of the autoencoder [3, h, w] -> a slice of the wanted size in [-1, 1].
std::vector<float> Runner::slice_of(const at::Tensor& decoded, int64_t height, int64_t width) const {
  const at::Tensor pixels = decoded.to(at::kCPU).to(at::kFloat).contiguous();
  const int64_t h = pixels.size(1), w = pixels.size(2);
  const std::vector<float> out =
      slice_of_pixels({pixels.data_ptr<float>(), static_cast<size_t>(pixels.numel())}, h, w, preset_.output);
  std::vector<float> resized = resize_bicubic(out, {h, w}, {height, width});
  for (float& value : resized) value = std::clamp(value, -1.0f, 1.0f);
  return resized;
}

std::vector<float> Runner::through_autoencoder(const SliceImage& slice) const {
  const at::NoGradGuard no_grad;
  const Vae& vae = network_.vae;
  const at::Tensor image = to_tensor(vae_image(slice)).unsqueeze(0).to(network_.device());
  return slice_of(vae.decode(vae.latent(vae.moments(image), {}))[0], slice.height, slice.width);
}

std::vector<float> Runner::synthesize(const SliceImage& slice, const Task& task, uint64_t seed) const {
  const at::NoGradGuard no_grad;
  const Network& network = network_;
  const Preset& preset = preset_;
  const DecoderSettings& settings = settings_;
  const ModelSizes& sizes = network.sizes;
  Random random(seed);
  const ImageTensor vae = vae_image(slice);
  const at::Tensor vit = to_tensor(vit_image(slice));
  std::string instruction =
      preset.instruction.empty() ? synthesis_instruction(task) : with_names(preset.instruction, task);
  if (preset.two_pass) {
    Context describing = empty_context();
    add_vit_image(describing, vit, special(), network, settings);
    read_text(describing, instruction);
    instruction += "\n\n" + read_on(describing, seed);
  }
  // Random numbers in the official order: first the condition's, then the start of the image.
  const int64_t d = sizes.vae.downsample();
  at::Tensor condition_noise;
  if (preset.sample_conditions) {
    condition_noise = nn::random_normal({1, sizes.vae.latent_channels, vae.height / d, vae.width / d}, 0, 1,
                                        random, network.device());
  }
  const int64_t side = sizes.pixels_per_token();
  const TargetShape shape{vae.height / side, vae.width / side, special().start_of_image,
                          special().end_of_image};
  const at::Tensor start =
      nn::random_normal({shape.rows * shape.columns, sizes.token_channels()}, 0, 1, random, network.device());

  // The image stands before the text: the other way round text guidance would have no effect.
  GuidedContexts contexts{empty_context(), empty_context(), empty_context()};
  add_vae_image(contexts.main, to_tensor(vae), condition_noise, special(), network, settings);
  add_vit_image(contexts.main, vit, special(), network, settings);
  const Guidance& guidance = preset.sampler.guidance;
  if (guidance.text_scale > 1) contexts.text_free = contexts.main.fork();
  read_text(contexts.main, instruction);
  if (guidance.text_scale > 1 && guidance.image_scale > 1) read_text(contexts.image_free, instruction);

  const at::Tensor latents = sample_latents(start, shape, contexts, network, preset.sampler, settings);
  return slice_of(decode_image(latents, shape.rows, shape.columns, network), slice.height, slice.width);
}

void synthesize_slices(const Runner& runner, const Task& task, const SliceBatch& source,
                       std::span<const uint64_t> seeds, std::span<float> prediction) {
  const auto pixels = static_cast<size_t>(source.height * source.width);
  SB_CHECK(seeds.size() == static_cast<size_t>(source.n) && prediction.size() == source.pixels.size(),
           "one seed and one slice each");
  for (int64_t i = 0; i < source.n; ++i) {
    const auto at = static_cast<size_t>(i) * pixels;
    const auto slice = source.pixels.subspan(at, pixels);
    const std::vector<float> out = runner.synthesize(
        {source.height, source.width, {slice.begin(), slice.end()}}, task, seeds[static_cast<size_t>(i)]);
    std::copy(out.begin(), out.end(), prediction.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

}  // namespace synerbench::reference
