// Where the bridge works: pixels, or latents of an autoencoder.
#pragma once

#include <map>
#include <memory>

#include "baselines/bbdm/detail/config.h"
#include "harness/nn/adam.h"
#include "harness/train/trainable.h"

namespace synerbench::bbdm {

/// Mean and standard deviation per channel of the latents of targets ("ori") and sources ("cond"), under the
/// published names: buffers ori_latent_mean, ori_latent_std, cond_latent_mean, cond_latent_std, [1, C, 1, 1].
/// 0 and 1 until known.
class LatentStatistics : public torch::nn::Module {
 public:
  explicit LatentStatistics(int64_t channels);
  at::Tensor target_mean, target_std, source_mean, source_std;
};

enum class Side { kSource, kTarget };

class Space {
 public:
  Space(const Config& config, const std::string& device);
  /// Slices [N, 1, H, W] -> what the bridge works on, [N, bridge_channels, h, w]. No gradient.
  at::Tensor encode(const at::Tensor& slices, Side side) const;
  /// The inverse for an estimate of the target; in [-1, 1]. Latents are quantized first, as published.
  at::Tensor decode(const at::Tensor& x0) const;

  nn::VqAutoencoder autoencoder{nullptr};        // null in pixel space
  std::shared_ptr<LatentStatistics> statistics;  // null unless latents are normalized

 private:
  int64_t image_channels_;
};

/// Mean over the elements of |decode(code) - image|, and the two squared distances between latent and code.
struct AutoencoderLosses {
  double reconstruction = 0, codebook = 0;
};

/// Trains the autoencoder: L1 reconstruction + |stopped latent - code|^2 + commitment |latent - stopped
/// code|^2, straight through the quantizer (van den Oord et al. 2017). The published ones also had a
/// perceptual and an adversarial loss and were trained on natural images.
class AutoencoderTrainer {
 public:
  AutoencoderTrainer(const AutoencoderConfig& config, nn::VqAutoencoder autoencoder);
  /// One update on slices [N, 1, H, W]. Every kReviveEvery updates codes that no latent chose since the last
  /// time move to random latents of the batch.
  AutoencoderLosses step(const at::Tensor& slices, Random& random);
  static constexpr int64_t kReviveEvery = 50;

  nn::Adam optimizer;
  at::Tensor uses;  // int64 [codes + 1]: how often each code was chosen; the last entry counts the updates

 private:
  AutoencoderConfig config_;
  nn::VqAutoencoder autoencoder_;
};

/// Sums over latents, in double, that the statistics are made of.
class StatisticsCollector {
 public:
  explicit StatisticsCollector(int64_t channels);
  void add(const at::Tensor& latents, Side side);
  void finish(LatentStatistics& statistics) const;
  at::Tensor sums;  // float64 [2 sides, count | sums | squares: 1 + 2 C]
};

}  // namespace synerbench::bbdm
