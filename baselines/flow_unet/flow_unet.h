// Flow U-Net: a control of our own that the compared papers lack. Conditional flow matching with a plain U-Net, one model for all routes.
//
// The reference model generates by rectified flow (Liu et al. 2022; Lipman et al. 2022) inside a large pre-trained transformer, with language and understanding
// around it. This control keeps the flow and drops the rest: a convolutional U-Net, trained from nothing, on the same pairs. What the reference gains
// over it is not owed to flow matching alone.
//
//     x_t = (1 - t) noise + t target,   v(x_t, source, t, route) -> target - noise in the mean square,   t in [0, 1]
//
// Synthesis integrates dx/dt = v from noise (t = 0) to the image (t = 1). The source is a second input channel; time and route enter every residual
// block by scale and shift (harness/nn/adm_unet.h, the network BBDM uses too), the route from a table with one row per task.
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
///   preset           "official" (default): 256 x 256; "tiny": 64 x 64 on a CPU. Gives the other fields' defaults.
///   routes           ids of the tasks the model serves, in the order of their rows; [] (default): one model without a route table, for any one
///                    task. The train verb fills in the suite's tasks.
///   width, multipliers, blocks, attention_factors, head_width, gn_groups
///                    of the U-Net                        128, [1,1,2,2,4,4], 2, [16,32], 64, 32 | 32, [1,2,4], 1, [4], 32, 32
///   prediction       what the network gives: "target", from which the velocity follows, or "velocity"    "target"
///   loss             where the squared error is taken: "velocity", or "target": (1 - t)^2 times that     "target"
///   time_sampling    "uniform", or "logit_normal": more of the middle of the way                        "uniform"
///                    Estimates of the target are clamped to [-1, 1] while sampling.
///   sampler          "euler" or "heun": two evaluations per step                                        "euler"
///   sample_steps     steps of equal length                                                             10
///   samples          samples per slice; their mean is the result                                        1
///   lr, beta1, beta2 Adam                                                                               2e-4 | 1e-3, 0.9, 0.999
///
/// Unknown fields and impossible values: Error(kUsage) at `place`. A task that is not among non-empty `routes`: Error(kUsage) from train_step()
/// and synthesize().
std::unique_ptr<Trainable> make_flow_unet(const Json& config, const std::string& device = "cpu",
                                          const std::string& place = "flow_unet configuration");

/// A weights folder (see harness/train/weights.h) with the network "velocity". options.switches may set sampler, sample_steps and
/// samples. Slices are evaluated one at a time with noise from the slice's seed. Slices whose size does not fit: Error(kUsage)
/// from synthesize().
std::unique_ptr<Synthesizer> load_flow_unet(const std::filesystem::path& folder,
                                            const LoadOptions& options = {});

}  // namespace synerbench
