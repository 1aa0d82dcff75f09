// RCD (arXiv 2407.07660): synthesis guided by registration, for pairs that are only coarsely aligned.
//
// Two cores. "unet" is the released code ("DualRegSyn"), exact. "acds" adds the disentanglement module of the
// paper, whose source is not public: a RECONSTRUCTION of ours, labeled so wherever it is reported (Note
// [RCD's reconstruction], docs/baselines.md). The original works on patches of volumes; on slices both lose
// that context.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The method's row. Fields of its configuration: `synerbench models rcd`, docs/baselines.md.
///
/// Weights folders hold the network "G" (core "unet") or "Ec_s", "Es_t" and "G_t" (core "acds") and, from a
/// training, the others. The target is unknown at inference, so the registration is not used. Slices are
/// evaluated one at a time, so a result depends neither on the batch nor on its neighbors. Slices whose size
/// does not fit, or networks of three dimensions: Error(kUsage) from synthesize().
Method rcd_method();

}  // namespace synerbench
