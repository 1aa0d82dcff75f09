// RCD (arXiv 2407.07660): synthesis guided by registration, for pairs that are only coarsely aligned.
//
// Two cores. "unet" is the released code ("DualRegSyn"), exact. "acds" adds the disentanglement module of the paper, whose source is not
// public: a RECONSTRUCTION of ours, labelled so wherever it is reported (Note [RCD's reconstruction], docs/baselines.md). The
// original works on patches of volumes; on slices both lose that context.
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
///   preset             "official" (default): slices of 256 x 256; "tiny": 64 x 64 on a CPU; "released": the published 3-D networks, for
///                      their sizes and weights only. Gives the other fields' defaults.
///   core               "acds" (reconstruction) or "unet" (released)                              "acds"  "acds"  "unet"
///   dimensions         2 or 3; a slice can be trained on and synthesized with 2 only             2       2       3
///   ngf                width of U-Net, registration network and ACDS                             16      8       16
///   halvings           of the U-Nets; height and width must be multiples of 2^halvings           3       2       3
///   ndf, n_layers_D    discriminator: width, stride-2 layers                                     16, 2   8, 2    16, 2
///   integration_steps  scaling and squaring                                                      7
///   acds_blocks, style_width, style, domain_codes   sizes of the reconstruction                  4, 64, 8, 2
///   gan                "vanilla", "lsgan" or "nonsat"                                            "vanilla"
///   lambda_align, lambda_smooth, lambda_gan   weights in each branch                             20, 10, 1
///   lambda_self, lambda_cycle, lambda_anatomy  weights of the reconstruction                     10, 10, 1
///   lr, beta1, beta2   Adam                                                                      2e-4, 0.5, 0.999
///   init_std, flow_std  of fresh convolutions (registration: the library's), of its last one     0.02, 1e-5
///   lr_schedule        "polynomial": (1 - e / poly_period)^poly_power on top of the recipe's factor, or "recipe"   "polynomial"
///   poly_power, poly_period, poly_unit   its shape; the period in "epochs" or "updates"          0.9, 200, "epochs"
///
/// Unknown fields and impossible values: Error(kUsage) at `place`.
std::unique_ptr<Trainable> make_rcd(const Json& config, const std::string& device = "cpu",
                                    const std::string& place = "rcd configuration");

/// `config` for a training of `updates` updates: the polynomial decay ends with it, as published. One that gives the period is returned as it is.
Json fit_rcd(Json config, int64_t updates);

/// The generator of a weights folder (see harness/train/weights.h): the target is unknown at inference, so the registration is not
/// used. Slices are evaluated one at a time, so a result depends neither on the batch nor on its neighbours. Slices
/// whose size does not fit, or networks of three dimensions: Error(kUsage) from synthesize().
std::unique_ptr<Synthesizer> load_rcd(const std::filesystem::path& folder, const LoadOptions& options = {});

}  // namespace synerbench
