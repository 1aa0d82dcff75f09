// ResViT (Dalmaz et al. 2022): a convolutional generator whose bottleneck holds residual blocks and, in two of nine places, a shared
// vision transformer; conditional PatchGAN; trained on pairs in two stages.
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
///   preset             "official" (default): ResViT-B at 256 x 256; "large": ResViT-L; "tiny": 64 x 64 on a CPU. Gives the other
///                      fields' defaults (columns: official, tiny; large differs where noted).
///   variant            "resvit", or "res_cnn": the same network without transformers, one stage       "resvit"
///   input_channels     source images of a many-to-one network, packed as channels                     1
///   image_size         height and width of the slices; res_cnn takes all multiples of 4               256   64
///   grid               patches along a side; must be image_size / 16 (see Note [ResViT grid])         16    4
///   ngf, ndf           channels of the first layer of generator and discriminator                     64    8
///   n_layers_D         stride-2 layers of the discriminator                                           3     2
///   mid                channels before the patch embedding                                            1024  128
///   hidden, mlp        width of the transformer and of its inner layer              768, 3072 (large 1024, 4096)  64, 256
///   layers, heads      of the transformer                                           12, 12 (large 24, 16)         2, 4
///   dropout            rate inside the transformer while training                                     0.1
///   gan                "lsgan", "vanilla" or "nonsat"                                                 "lsgan"
///   lambda_adv, lambda_L1   weights of the adversarial and the L1 loss                                1, 100
///   lr, pretrain_lr    Adam, both networks: of the second stage; of pre-training and of res_cnn       1e-3, 2e-4
///   beta1, beta2                                                                                      0.5, 0.999
///   init_std           of fresh discriminator weights (the generator has LibTorch's initialization)   0.02
///   pretrain_unit      "epochs" or "updates": what the next two count                                 "epochs"
///   pretrain, pretrain_decay   first stage: units at pretrain_lr, then units of linear decay; 0, 0: none         50, 50
///   vit_weights        safetensors file with an ImageNet ViT under its published names (docs/baselines.md); "": random    ""
///   vit_sha256         of that file; filled in, and checked when given                                ""
///   bn_inference       "batch_stats" (each slice its own) or "running_stats"                          "batch_stats"
///   dropout_inference  "off" or "on" (masks from the slice's seed)                                    "off"
///
/// Unknown fields and impossible values: Error(kUsage) at `place`.
///
/// Note [ResViT stages]. The published recipe trains the network without transformers (res_cnn), copies its weights into the full one,
/// and goes on with a fresh discriminator, fresh optimizers and another learning rate. One training does both here: while it
/// pre-trains, the full generator runs without its transformers, which then neither move nor matter, so the copy is the identity.
/// The recipe counts both stages: its `constant` are the units of pre-training and those at the full rate of the second stage,
/// its `decay` those of the second stage's decay; a recipe that decays earlier is refused. recipe() has the published
/// proportions, a second stage half as long as the first. A model that pre-trains has no prediction (NaN), so that validation
/// never selects weights of the first stage, and weights that were left there are refused on loading.
std::unique_ptr<Trainable> make_resvit(const Json& config, const std::string& device = "cpu",
                                       const std::string& place = "resvit configuration");

/// `config` for a training of `updates` updates: the first stage gets its published two thirds, half of them with decay. A configuration that gives
/// the first stage's length is returned as it is.
Json fit_resvit(Json config, int64_t updates);

/// The generator of a weights folder (see harness/train/weights.h), trained here or converted from a published checkpoint under
/// its own key names. options.switches may set bn_inference and dropout_inference.
///
/// Slices are evaluated one at a time. Slices of another size: Error(kUsage) from synthesize().
std::unique_ptr<Synthesizer> load_resvit(const std::filesystem::path& folder,
                                         const LoadOptions& options = {});

}  // namespace synerbench
