// BBDM (Li et al. 2023): a diffusion whose chain is a Brownian bridge from the source image to the target
// image.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The method's row. Fields of its configuration: `synerbench models bbdm`, docs/baselines.md.
///
/// An update of the loop is a batch; the optimizer steps every `accumulate` of them. The published rule for
/// the best weights (least validation loss) gives way to the loop's own, as for every method.
///
/// Weights folders hold the network "denoise_fn", in latent space also "vqgan" and, with normalize_latent,
/// "latent". A converted published checkpoint may be one file named for several of them; averaged weights are
/// preferred. Slices are evaluated one at a time with noise from the slice's seed. Slices whose size does not
/// fit: Error(kUsage) from synthesize().
Method bbdm_method();

}  // namespace synerbench
