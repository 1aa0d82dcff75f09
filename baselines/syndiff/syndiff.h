// SynDiff (Ozbey et al. 2023): adversarial diffusion in few large steps, trained without pairs through a
// cycle.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The method's row. Fields of its configuration: `synerbench models syndiff`, docs/baselines.md. One model
/// serves both directions of an unordered pair of modalities: modality 1 is the first of "pair", and the
/// source of the batches it is trained on.
///
/// Weights folders hold the networks "gen1", which makes modality 1 from modality 2, and "gen2", the reverse;
/// from a training also the other six. Published generators are read under their own key names; a folder made
/// by hand needs "pair" in its configuration.
///
/// Stochastic: the start of the diffusion, the latents and the noise come from the slice's seed. Slices are
/// evaluated one at a time, so a result depends neither on the batch nor on its neighbors. Slices whose size
/// does not fit, and tasks between other modalities: Error(kUsage) from synthesize().
Method syndiff_method();

}  // namespace synerbench
