// Pix2Pix (Isola et al. 2017): a U-Net generator and a conditional PatchGAN, trained on pairs.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The method's row. Fields of its configuration: `synerbench models pix2pix`, docs/baselines.md.
///
/// Weights folders hold the networks "G" and, from a training, "D". A published generator is read under its
/// own key names. Slices are evaluated one at a time, so a result depends neither on the batch nor on its
/// neighbors. Slices whose size does not fit num_downs: Error(kUsage) from synthesize().
Method pix2pix_method();

}  // namespace synerbench
