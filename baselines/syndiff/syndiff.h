// SynDiff (Ozbey et al. 2023): adversarial diffusion in few large steps, trained without pairs through a cycle.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/core/model.h"
#include "harness/train/trainable.h"
#include "harness/train/weights.h"

namespace synerbench {

/// A model ready for train() on `device`. One model serves both directions of an unordered pair of modalities: modality 1 is the
/// first of "pair", and the source of the batches it is trained on. `config` is one JSON object; every field may be left out
/// (but "pair" is needed to train or synthesize):
///
///   preset                 "official" (default): 256 x 256; "tiny": 64 x 64 on a CPU. Gives the other fields' defaults.
///   pair                   names of the two modalities, ["T1", "T2"]                                 none
///   image_size             side that "attention" refers to                                          256   64
///   nf                     width of the diffusive generators, a multiple of 4                       64    16
///   mult                   width of each level, times nf; sides must be multiples of 2^(levels-1)   [1,1,2,2,4,4]  [1,2,2,4]
///   blocks                 residual blocks per level                                                2
///   attention              resolutions (at image_size) with attention                               [16]
///   nz, z_embedding        width of the latent and of its embedding                                 100, 256   16, 32
///   z_layers               hidden layers of the embedding                                           3
///   discriminator          "large" (sides multiples of 64) or "small" (of 8)                        "large"   "small"
///   ngf_D, time_D          width and time embedding of the diffusive discriminators                 64, 256   8, 32
///   cycle_ngf, cycle_blocks  the ResNet generators of the cycle                                     64, 6     8, 6
///   cycle_ndf, cycle_layers_D  the PatchGANs of the cycle                                           64, 3     8, 2
///   steps, beta_min, beta_max  diffusion steps and noise                                            4, 0.1, 20
///   lr_G, lr_D, beta1, beta2   Adam                                                                 1.6e-4, 1e-4, 0.5, 0.9
///   lambda_L1              weight of both L1 terms                                                  0.5
///   r1_gamma, r1_every     R1 penalty gamma / 2 |grad|^2 on every r1_every-th update                1, 10
///   lr_schedule            "cosine" (to lr_min over cosine_period, on top of the recipe's factor) or "recipe"    "cosine"
///   lr_min, cosine_period, cosine_unit   end of the cosine; its length in "epochs" or "updates"     1e-5, 500, "epochs"
///
/// Unknown fields and impossible values: Error(kUsage) at `place`.
std::unique_ptr<Trainable> make_syndiff(const Json& config, const std::string& device = "cpu",
                                        const std::string& place = "syndiff configuration");

/// `config` for a training of `updates` updates: the cosine ends with it, as published. One that gives the period is returned as it is.
Json fit_syndiff(Json config, int64_t updates);

/// The diffusive generators of a weights folder (see harness/train/weights.h), trained here or converted from published checkpoints under
/// their own key names: gen1 makes modality 1 from modality 2, gen2 the reverse. A folder made by hand needs "pair" in its configuration.
///
/// Stochastic: the start of the diffusion, the latents and the noise come from the slice's seed. Slices are evaluated one at a
/// time, so a result depends neither on the batch nor on its neighbours. Slices whose size does not fit, and tasks
/// between other modalities: Error(kUsage) from synthesize().
std::unique_ptr<Synthesizer> load_syndiff(const std::filesystem::path& folder,
                                          const LoadOptions& options = {});

}  // namespace synerbench
