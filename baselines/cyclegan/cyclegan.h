// CycleGAN (Zhu et al. 2017): two ResNet generators and two PatchGANs that learn both directions between two modalities
// from slices that are not paired.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/core/model.h"
#include "harness/train/trainable.h"
#include "harness/train/weights.h"

namespace synerbench {

/// A model ready for train() on `device`; batches are always of the direction A -> B. `config` is one JSON object; every field
/// may be left out:
///
///   preset             "official" (default): 256 x 256 of the paper; "tiny": 64 x 64 on a CPU. Gives the other fields' defaults.
///   pair               ["MRI", "CT"]: modalities A and B. Tells which generator answers a task; `train` fills it in    []
///   n_blocks           residual blocks of a generator (published: 9 at 256 x 256, 6 below)          9     6
///   ngf, ndf           channels of the first layer of generators and discriminators                 64    8
///   n_layers_D         stride-2 layers of the discriminators                                        3     2
///   gan                "lsgan", "vanilla" or "nonsat"                                               "lsgan"
///   lambda_A, lambda_B weights of |G_B(G_A(A)) - A| and |G_A(G_B(B)) - B|                           10, 10
///   lambda_identity    weight of |G_B(A) - A| and |G_A(B) - B|, relative to lambda_A and lambda_B   0.5
///   pool_size          earlier fakes kept for each discriminator; 0: none                           50
///   lr, beta1, beta2   Adam: one over both generators, one over both discriminators                 2e-4, 0.5, 0.999
///   init_std           of fresh convolution weights                                                 0.02
///   direction          "task": A -> B or B -> A by the task's modalities; "A_to_B", "B_to_A": always that one    "task"
///
/// Names as in the published code: G_A maps A to B and D_A judges images of B; G_B and D_B the other way round.
/// Unknown fields and impossible values: Error(kUsage) at `place`.
std::unique_ptr<Trainable> make_cyclegan(const Json& config, const std::string& device = "cpu",
                                         const std::string& place = "cyclegan configuration");

/// Both generators of a weights folder (see harness/train/weights.h), trained here or converted from published checkpoints
/// (networks "G_A" and "G_B") under their own key names. options.switches may set direction.
///
/// Slices are evaluated one at a time. From prepare() and synthesize(), Error(kUsage): a task of other modalities than the pair, no
/// pair where the task has to decide, slices whose height or width is no multiple of 4.
std::unique_ptr<Synthesizer> load_cyclegan(const std::filesystem::path& folder,
                                           const LoadOptions& options = {});

}  // namespace synerbench
