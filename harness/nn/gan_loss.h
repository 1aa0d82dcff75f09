// Adversarial objectives on raw logits.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace synerbench::nn {

enum class GanObjective {
  kLeastSquares,   // "lsgan": mean (logit - label)^2, label 1 for real
  kVanilla,        // "vanilla": binary cross entropy with logits
  kNonSaturating,  // "nonsat": mean softplus(-logit) for real, softplus(logit) for fake (SynDiff)
};

const std::vector<std::string>& gan_objective_names();      // "lsgan" "vanilla" "nonsat"
GanObjective parse_gan_objective(const std::string& name);  // one of the names; else a failed check
std::string name_of(GanObjective objective);

/// How far `logits` are from being judged `real` (or fake), averaged over all of them: a scalar. The discriminator asks with
/// the truth, the generator with real = true for its own images.
at::Tensor gan_loss(GanObjective objective, const at::Tensor& logits, bool real);

}  // namespace synerbench::nn
