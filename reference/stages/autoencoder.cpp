#include "reference/stages/autoencoder.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "harness/core/error.h"
#include "harness/nn/tensors.h"
#include "reference/pictures/pictures.h"
#include "reference/transforms/resize.h"

namespace synerbench::reference {
namespace {

constexpr int64_t kLatentSample = 64;  // crops whose latents give scale and shift
constexpr int64_t kLongestWarmup = 100;

OptimizerSettings optimizer_settings(const AutoencoderSettings& settings) {
  return {.lr = settings.lr, .beta2 = 0.99, .eps = 1e-8, .ema_decay = 0};
}

Parameters& thawed(Network& network) {
  network.parameters.require_gradients([](Part) { return false; });
  network.vae_parameters.require_gradients([](Part) { return true; });
  return network.vae_parameters;
}

}  // namespace

void set_latent_scale(Network& network, double scale, double shift) {
  network.sizes.vae.scale = scale;
  network.sizes.vae.shift = shift;
  network.vae = Vae(&network.vae_parameters, network.sizes.vae);
}

Schedule AutoencoderTrainer::schedule(const AutoencoderSettings& settings, int64_t updates) {
  return synerbench::fitted(
      Schedule{.kind = Schedule::Kind::kCosine, .warmup = kLongestWarmup, .least = settings.lr / 100},
      updates);
}

AutoencoderTrainer::AutoencoderTrainer(Network& network, const AutoencoderSettings& settings,
                                       const std::vector<TaskPairs>& tasks)
    : network_(network),
      settings_(settings),
      tasks_(tasks),
      optimizer_("adamw", thawed(network), optimizer_settings(settings)) {
  for (const TaskPairs& task : tasks_) {
    total_ += task.pairs->size();
    const int64_t h = settings.slice_side > 0 ? settings.slice_side : task.pairs->height(),
                  w = settings.slice_side > 0 ? settings.slice_side : task.pairs->width();
    if (h < settings.side || w < settings.side) {
      throw usage_error("autoencoder: /side",
                        fmt::format("crops of {} pixels do not fit slices of {} x {}", settings.side, h, w),
                        "make them smaller");
    }
  }
  if (total_ == 0) {
    throw usage_error("training data", "no task has any pair of slices",
                      "import a dataset, or choose another split");
  }
  if (settings.side % network.sizes.vae.downsample() != 0) {
    throw usage_error("autoencoder: /side",
                      fmt::format("{} is no multiple of {}", settings.side, network.sizes.vae.downsample()));
  }
  set_latent_scale(network, 1, 0);
}

at::Tensor AutoencoderTrainer::crops(int64_t count, Random& random) const {
  const int64_t side = settings_.side;
  at::Tensor out = at::empty({count, 1, side, side}, at::TensorOptions(at::kFloat));
  for (int64_t i = 0; i < count; ++i) crop(out.data_ptr<float>() + i * side * side, random);
  return out.expand({count, 3, side, side}).to(network_.device());
}

void AutoencoderTrainer::crop(float* out, Random& random) const {
  if (settings_.pictures > 0 && random.uniform() < settings_.pictures) {
    const DescribedPicture drawn = draw_picture(settings_.side, random);
    std::copy(drawn.picture.pixels.begin(), drawn.picture.pixels.end(), out);
    return;
  }
  auto index = static_cast<int64_t>(random.below(static_cast<uint64_t>(total_)));
  size_t t = 0;
  while (index >= tasks_[t].pairs->size()) index -= tasks_[t++].pairs->size();
  const PairSource& pairs = *tasks_[t].pairs;
  const int64_t h = pairs.height(), w = pairs.width(), side = settings_.side;
  std::vector<float> a(static_cast<size_t>(h * w)), b = a;
  pairs.read(index, a, b, {});
  const int64_t height = settings_.slice_side > 0 ? settings_.slice_side : h,
                width = settings_.slice_side > 0 ? settings_.slice_side : w;
  const std::vector<float>& chosen = random.below(2) ? a : b;
  const std::vector<float> slice =
      height == h && width == w ? chosen : resize_bicubic(chosen, {h, w}, {height, width});
  const auto y = static_cast<int64_t>(random.below(static_cast<uint64_t>(height - side + 1)));
  const auto x = static_cast<int64_t>(random.below(static_cast<uint64_t>(width - side + 1)));
  for (int64_t row = 0; row < side; ++row) {
    std::memcpy(out + row * side, &slice[static_cast<size_t>((y + row) * width + x)],
                static_cast<size_t>(side) * sizeof(float));
  }
}

Losses AutoencoderTrainer::step(Random& random) {
  const VaeSizes& sizes = network_.sizes.vae;
  const int64_t z = sizes.latent_channels, latent_side = settings_.side / sizes.downsample();
  const at::Tensor images = crops(settings_.batch, random);
  const at::Tensor noise =
      nn::random_normal({settings_.batch, z, latent_side, latent_side}, 0, 1, random, network_.device());
  const at::Tensor moments = network_.vae.moments(images);
  const at::Tensor mean = moments.narrow(1, 0, z), log_variance = moments.narrow(1, z, z).clamp(-30, 20);
  const at::Tensor kl = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean();
  const at::Tensor error = (network_.vae.decode(network_.vae.latent(moments, noise)) - images).abs().mean();
  (error + settings_.kl_weight * kl).backward();
  optimizer_.step(optimizer_.gradient_norm());
  return {{"l1", error.item<double>()}, {"kl", kl.item<double>()}};
}

void AutoencoderTrainer::measure(Random& random) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> latents;
  for (int64_t i = 0; i < kLatentSample; i += settings_.batch)
    latents.push_back(network_.vae.latent(network_.vae.moments(crops(settings_.batch, random)), {}));
  const at::Tensor all = at::cat(latents, 0).to(at::kDouble);
  set_latent_scale(network_, 1.0 / std::max(1e-6, all.std().item<double>()), all.mean().item<double>());
}

}  // namespace synerbench::reference
