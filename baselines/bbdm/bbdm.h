// BBDM (Li et al. 2023): a diffusion whose chain is a Brownian bridge from the source image to the target image.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/core/model.h"
#include "harness/train/trainable.h"
#include "harness/train/weights.h"

namespace synerbench {

/// A model ready for train() on `device`. `config` is one JSON object; every field may be left out:
///
///   preset            "official" (default): pixel space, one channel, the source enters through the bridge alone; "pixel-concat": the
///                     published RGB pixel template; "f4", "f8", "f16": the latent templates by down-sampling factor; "tiny",
///                     "tiny-latent": 64 x 64 on a CPU. Gives the other fields' defaults (below: official | latent | tiny).
///   space             "pixel" or "latent"
///   image_channels    1 to 3: a grey slice is repeated, results are averaged over channels           1 | 3 | 1
///   condition         "nocond", or "concat": the source also beside the state on the channel axis    "nocond"
///   width, multipliers, blocks, attention_factors, head_width, gn_groups
///                     of the U-Net (harness/nn/adm_unet.h)       128, [1,4,8], 2, [32,16,8], 64, 32 | f16: [16,8,4] |
///                                                                tiny: 32, [1,2,4], 1, [32,16,8], 32, 32
///   timesteps, schedule, max_var     of the bridge; schedule "linear" or "sin"                        1000, "linear", 1
///   objective, loss   "grad", "noise" or "ysubx"; "l1" or "l2"                                        "grad", "l1"
///   sample_steps      network evaluations per sample, at least 4                                      200 | 200 | 10
///   clip_x0           "on" or "off": clamp every estimate of the target (pixel space only)            "on" | "off" | "on"
///   eta               share of the posterior's noise that is drawn                                    1
///   samples           samples per slice; their mean is the result                                     1
///   lr, beta1, beta2  Adam                                                                            1e-4, 0.9, 0.999
///   plateau           {factor, patience, threshold, cooldown, min_lr}, in optimizer steps             0.5, 3000, 1e-4, 3000, 5e-7
///   accumulate        updates whose gradients are summed for one optimizer step                       2 | 4 | 1
///   init_std          of fresh convolution and linear weights                                         0.02
///
/// In latent space also:
///
///   autoencoder       {width, multipliers, blocks, attention_factors, latent_channels, code_channels, codes, gn_groups} of the VQ
///                     autoencoder (harness/nn/vq_autoencoder.h), {from}: weights folder of an earlier training, or a safetensors file, to
///                     begin with; {updates, lr, commitment}: so many updates at the start of the training train the autoencoder
///                     (L1 reconstruction and commitment, sources and targets alike), after which it is frozen. One of `from` and
///                     `updates` is needed to train.
///   normalize_latent, statistics_updates     false, 100: latents to mean 0 and deviation 1 per channel, estimated over so many updates before
///                     the denoiser's first
///
/// Unknown fields and impossible values: Error(kUsage) at `place`.
///
/// An update of the loop is a batch; the optimizer steps every `accumulate` of them. The published rule for the best weights (least validation
/// loss) gives way to the loop's own, as for every method.
std::unique_ptr<Trainable> make_bbdm(const Json& config, const std::string& device = "cpu",
                                     const std::string& place = "bbdm configuration");

/// `config` for a training of `updates` updates: in latent space a quarter of them trains the autoencoder, unless it is loaded or its updates are
/// given (the published one was trained elsewhere, on other data: there is no published share), and at most a tenth looks at latents. The
/// plateau's patience stays as it is: it is measured against the noise of single losses, not against the length of a training.
Json fit_bbdm(Json config, int64_t updates);

/// A weights folder (see harness/train/weights.h): networks "denoise_fn", in latent space also "vqgan" and, with normalize_latent,
/// "latent". A converted published checkpoint may be one file named for several of them; averaged weights are preferred.
/// options.switches may set sample_steps, clip_x0, eta and samples.
///
/// Slices are evaluated one at a time with noise from the slice's seed. Slices whose size does not fit: Error(kUsage) from synthesize().
std::unique_ptr<Synthesizer> load_bbdm(const std::filesystem::path& folder, const LoadOptions& options = {});

}  // namespace synerbench
