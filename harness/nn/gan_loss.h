// Adversarial objectives on raw logits.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace synerbench::nn {

enum class GanObjective {
  kLeastSquares,   // "lsgan": mean (logit - label)^2, label 1 for real
  kVanilla,        // "vanilla": binary cross entropy with logits
  kNonSaturating,  // "nonsat": mean softplus(-logit) for real, softplus(logit) for fake (SynDiff)
};

/// Their names in configurations: "lsgan" "vanilla" "nonsat".
const std::vector<std::pair<std::string, GanObjective>>& gan_objectives();

/// How far `logits` are from being judged `real` (or fake), averaged over all of them: a scalar. The
/// discriminator asks with the truth, the generator with real = true for its own images.
at::Tensor gan_loss(GanObjective objective, const at::Tensor& logits, bool real);

}  // namespace synerbench::nn
