// ResViT (Dalmaz et al. 2022): a convolutional generator whose bottleneck holds residual blocks and, in two
// of nine places, a shared vision transformer; conditional PatchGAN; trained on pairs in two stages.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The method's row. Fields of its configuration: `synerbench models resvit`, docs/baselines.md.
///
/// Note [ResViT stages]. The published recipe trains the network without transformers (res_cnn), copies its
/// weights into the full one, and goes on with a fresh discriminator, fresh optimizers and another learning
/// rate. One training does both here: while it pre-trains, the full generator runs without its transformers,
/// which then neither move nor matter, so the copy is the identity. The recipe counts both stages: its
/// `constant` are the units of pre-training and those at the full rate of the second stage, its `decay` those
/// of the second stage's decay; a recipe that decays earlier is refused. recipe() has the published
/// proportions, a second stage half as long as the first. A model that pre-trains has no prediction (NaN), so
/// that validation never selects weights of the first stage, and weights that were left there are refused on
/// loading.
///
/// Weights folders hold the networks "G" and, from a training, "D". A published generator is read under its
/// own key names. Slices are evaluated one at a time. Slices of another size: Error(kUsage) from
/// synthesize().
Method resvit_method();

}  // namespace synerbench
