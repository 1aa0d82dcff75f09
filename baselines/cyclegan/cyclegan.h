// CycleGAN (Zhu et al. 2017): two ResNet generators and two PatchGANs that learn both directions between two
// modalities from slices that are not paired.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The method's row. Fields of its configuration: `synerbench models cyclegan`, docs/baselines.md. Batches
/// are always of the direction A -> B.
///
/// Names as in the published code: G_A maps A to B and D_A judges images of B; G_B and D_B the other way
/// round. Weights folders hold the networks "G_A" and "G_B" and, from a training, "D_A" and "D_B"; published
/// generators are read under their own key names.
///
/// Slices are evaluated one at a time. From prepare() and synthesize(), Error(kUsage): a task of other
/// modalities than the pair, no pair where the task has to decide, slices whose height or width is no
/// multiple of 4.
Method cyclegan_method();

}  // namespace synerbench
