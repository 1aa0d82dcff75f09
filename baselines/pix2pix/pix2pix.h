// Pix2Pix (Isola et al. 2017): a U-Net generator and a conditional PatchGAN, trained on pairs.
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
///   preset             "official" (default): 256 x 256 of the paper; "tiny": 64 x 64 on a CPU. Gives the other fields' defaults.
///   num_downs          levels of the U-Net; height and width must be multiples of 2^num_downs       8     6
///   ngf, ndf           channels of the first layer of generator and discriminator                   64    8
///   n_layers_D         stride-2 layers of the discriminator                                         3     2
///   dropout            dropout 0.5 in the num_downs - 5 full-width up levels while training         true
///   gan                "vanilla", "lsgan" or "nonsat"                                               "vanilla"
///   lambda_L1          weight of the L1 loss                                                        100
///   lr, beta1, beta2   Adam, both networks                                                          2e-4, 0.5, 0.999
///   init_std           of fresh convolution weights                                                 0.02
///   bn_inference       "batch_stats" (each slice its own) or "running_stats"                        "batch_stats"
///   dropout_inference  "off" or "on" (masks from the slice's seed)                                  "off"
///
/// Unknown fields and impossible values: Error(kUsage) at `place`.
std::unique_ptr<Trainable> make_pix2pix(const Json& config, const std::string& device = "cpu",
                                        const std::string& place = "pix2pix configuration");

/// The generator of a weights folder (see harness/train/weights.h), trained here or converted from a published checkpoint under
/// its own key names. options.switches may set bn_inference and dropout_inference.
///
/// Slices are evaluated one at a time, so a result depends neither on the batch nor on its neighbours. Slices whose size
/// does not fit num_downs: Error(kUsage) from synthesize().
std::unique_ptr<Synthesizer> load_pix2pix(const std::filesystem::path& folder,
                                          const LoadOptions& options = {});

}  // namespace synerbench
