#include "baselines/bbdm/detail/space.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "harness/core/error.h"
#include "harness/nn/state.h"

namespace synerbench::bbdm {
namespace {

at::Tensor to_channels(const at::Tensor& slices, int64_t channels) {
  return slices.expand({slices.size(0), channels, slices.size(2), slices.size(3)});
}

/// What the network sees is within what Adam can divide by; a channel that never changes keeps its scale.
constexpr double kLeastDeviation = 1e-6;

}  // namespace

LatentStatistics::LatentStatistics(int64_t channels) {
  const auto filled = [&](double value) {
    return at::full({1, channels, 1, 1}, value, at::TensorOptions(at::kFloat));
  };
  target_mean = register_buffer("ori_latent_mean", filled(0));
  target_std = register_buffer("ori_latent_std", filled(1));
  source_mean = register_buffer("cond_latent_mean", filled(0));
  source_std = register_buffer("cond_latent_std", filled(1));
}

Space::Space(const Config& config, const std::string& device) : image_channels_(config.image_channels) {
  if (!config.latent) return;
  autoencoder = nn::VqAutoencoder(config.autoencoder.options);
  autoencoder->to(at::Device(device));
  if (!config.normalize_latent) return;
  statistics = std::make_shared<LatentStatistics>(bridge_channels(config));
  statistics->to(at::Device(device));
}

at::Tensor Space::encode(const at::Tensor& slices, Side side) const {
  const at::Tensor images = to_channels(slices, image_channels_);
  if (autoencoder.is_empty()) return images;
  c10::NoGradGuard no_grad;
  const at::Tensor latents = autoencoder->encode(images);
  if (!statistics) return latents;
  return side == Side::kSource ? (latents - statistics->source_mean) / statistics->source_std
                               : (latents - statistics->target_mean) / statistics->target_std;
}

at::Tensor Space::decode(const at::Tensor& x0) const {
  c10::NoGradGuard no_grad;
  at::Tensor images = x0;
  if (!autoencoder.is_empty()) {
    const at::Tensor latents = statistics ? x0 * statistics->target_std + statistics->target_mean : x0;
    images = autoencoder->decode(autoencoder->quantize(latents).values);
  }
  return images.mean(1, /*keepdim=*/true).clamp(-1.0, 1.0);
}

AutoencoderTrainer::AutoencoderTrainer(const AutoencoderConfig& config, nn::VqAutoencoder autoencoder)
    : optimizer("vqgan", nn::parameters_of(*autoencoder, "vqgan"),
                {.lr = config.lr, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}),
      uses(at::zeros({config.options.codes + 1}, at::TensorOptions(at::kLong))),
      config_(config),
      autoencoder_(autoencoder) {}

AutoencoderLosses AutoencoderTrainer::step(const at::Tensor& slices, Random& random) {
  const at::Tensor images = to_channels(slices, config_.options.image_channels);
  const at::Tensor latents = autoencoder_->encode(images);
  const nn::Quantized codes = autoencoder_->quantize(latents);
  const at::Tensor straight = latents + (codes.values - latents).detach();
  const at::Tensor reconstruction = at::l1_loss(autoencoder_->decode(straight), images);
  const at::Tensor codebook = at::mse_loss(codes.values, latents.detach()) +
                              config_.commitment * at::mse_loss(latents, codes.values.detach());
  optimizer.zero_grad();
  (reconstruction + codebook).backward();
  optimizer.step();

  c10::NoGradGuard no_grad;
  const int64_t count = config_.options.codes;
  uses.narrow(0, 0, count)
      .add_(at::bincount(codes.indices.reshape({-1}).to(at::kCPU), /*weights=*/{}, count));
  int64_t* counts = uses.data_ptr<int64_t>();
  if (++counts[count] % kReviveEvery == 0) {
    const at::Tensor rows =
        latents.detach().permute({0, 2, 3, 1}).reshape({-1, config_.options.code_channels});
    for (int64_t code = 0; code < count; ++code) {
      if (counts[code] > 0) continue;
      const auto row = static_cast<int64_t>(random.below(static_cast<uint64_t>(rows.size(0))));
      autoencoder_->codebook().detach()[code].copy_(rows[row]);
    }
    uses.narrow(0, 0, count).zero_();
  }
  return {reconstruction.item<double>(), codebook.item<double>()};
}

StatisticsCollector::StatisticsCollector(int64_t channels)
    : sums(at::zeros({2, 1 + 2 * channels}, at::TensorOptions(at::kDouble))) {}

void StatisticsCollector::add(const at::Tensor& latents, Side side) {
  const at::Tensor values = latents.detach().to(at::kCPU, at::kDouble);
  const int64_t channels = values.size(1);
  const at::Tensor row = sums[side == Side::kSource ? 1 : 0];
  row[0].add_(static_cast<double>(values.numel() / channels));
  row.narrow(0, 1, channels).add_(values.sum({0, 2, 3}));
  row.narrow(0, 1 + channels, channels).add_(values.square().sum({0, 2, 3}));
}

void StatisticsCollector::finish(LatentStatistics& statistics) const {
  const auto fill = [&](int64_t side, const at::Tensor& mean, const at::Tensor& deviation) {
    const at::Tensor row = sums[side];
    const int64_t channels = mean.size(1);
    SB_CHECK(row[0].item<double>() > 0, "latents were collected");
    const at::Tensor first = row.narrow(0, 1, channels) / row[0];
    const at::Tensor second = row.narrow(0, 1 + channels, channels) / row[0];
    mean.copy_(first.reshape(mean.sizes()));
    deviation.copy_(
        (second - first.square()).clamp_min(0.0).sqrt().clamp_min(kLeastDeviation).reshape(mean.sizes()));
  };
  fill(0, statistics.target_mean, statistics.target_std);
  fill(1, statistics.source_mean, statistics.source_std);
}

}  // namespace synerbench::bbdm
