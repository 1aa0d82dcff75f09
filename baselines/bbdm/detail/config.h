// BBDM's settings.
#pragma once

#include <string>

#include "baselines/bbdm/detail/bridge.h"
#include "harness/core/schema.h"
#include "harness/nn/adm_unet.h"
#include "harness/nn/vq_autoencoder.h"
#include "harness/train/schedule.h"

namespace synerbench::bbdm {

/// The autoencoder between slices and latents; used in latent space only.
struct AutoencoderConfig {
  nn::VqAutoencoderOptions options;
  std::string from;          // weights folder or safetensors file to begin with; empty: fresh weights
  int64_t updates = 0;       // updates at the start of a training that train it; frozen afterwards
  double lr = 1e-4;          // Adam's, in those updates
  double commitment = 0.25;  // weight of |latent - stopped code|^2
};

struct Config {
  std::string preset = "official";
  bool latent = false;
  int64_t image_channels = 1;  // a slice is repeated on them; results are averaged over them
  bool concat = false;         // the source is also put beside the state, on the channel axis
  nn::AdmUnetOptions unet;     // its channel counts follow from the space: use unet_options()
  int64_t timesteps = 1000;
  BridgeSchedule schedule = BridgeSchedule::kLinear;
  double max_var = 1;
  Objective objective = Objective::kGrad;
  bool l2 = false;
  // Note [BBDM inference]. The published evaluation never clips, whatever its configuration says, and draws
  // five samples per image. Noise left in a flat background ruins SSIM, so pixel space clips here by default;
  // one sample is drawn. Both are options.
  int64_t sample_steps = 200;
  bool clip_x0 = true;
  double eta = 1;
  int64_t samples = 1;  // their mean is the result
  double lr = 1e-4, beta1 = 0.9, beta2 = 0.999;
  Schedule plateau{.kind = Schedule::Kind::kPlateau, .least = 5e-7};
  int64_t accumulate = 2;  // updates whose gradients are summed before the optimizer steps
  double init_std = 0.02;
  AutoencoderConfig autoencoder;
  bool normalize_latent = false;     // per channel, sources and targets apart
  int64_t statistics_updates = 100;  // updates that only look at latents when normalize_latent is on
};

const Schema<Config>& fields();

/// Channels that the bridge works on, and the denoiser's options with the counts that follow from them.
int64_t bridge_channels(const Config& config);
nn::AdmUnetOptions unet_options(const Config& config);
/// Height and width of slices must be multiples of this.
int64_t side_multiple(const Config& config);

}  // namespace synerbench::bbdm
