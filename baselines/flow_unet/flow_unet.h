// Flow U-Net: a control of our own that the compared papers lack. Conditional flow matching with a plain
// U-Net, one model for all routes.
//
// The reference model generates by rectified flow (Liu et al. 2022; Lipman et al. 2022) inside a large
// pre-trained transformer, with language and understanding around it. This control keeps the flow and drops
// the rest: a convolutional U-Net, trained from nothing, on the same pairs. What the reference gains over it
// is not owed to flow matching alone.
//
//     x_t = (1 - t) noise + t target, t in [0, 1]
//     v(x_t, source, t, route) -> target - noise in the mean square
//
// Synthesis integrates dx/dt = v from noise (t = 0) to the image (t = 1). The source is a second input
// channel; time and route enter every residual block by scale and shift (harness/nn/adm_unet.h, the network
// BBDM uses too), the route from a table with one row per task.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The method's row. Fields of its configuration: `synerbench models flow_unet`, docs/baselines.md.
///
/// Weights folders hold the network "velocity". A task that is not among non-empty `routes`: Error(kUsage)
/// from train_step() and synthesize(). Slices are evaluated one at a time with noise from the slice's seed.
/// Slices whose size does not fit: Error(kUsage) from synthesize().
Method flow_unet_method();

}  // namespace synerbench
