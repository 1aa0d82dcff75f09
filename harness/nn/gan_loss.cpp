#include "harness/nn/gan_loss.h"

#include <ATen/ATen.h>

#include "harness/core/error.h"

namespace synerbench::nn {

const std::vector<std::pair<std::string, GanObjective>>& gan_objectives() {
  static const std::vector<std::pair<std::string, GanObjective>> list{
      {"lsgan", GanObjective::kLeastSquares},
      {"vanilla", GanObjective::kVanilla},
      {"nonsat", GanObjective::kNonSaturating}};
  return list;
}

at::Tensor gan_loss(GanObjective objective, const at::Tensor& logits, bool real) {
  const at::Tensor label = real ? at::ones_like(logits) : at::zeros_like(logits);
  switch (objective) {
    case GanObjective::kLeastSquares:
      return at::mse_loss(logits, label);
    case GanObjective::kVanilla:
      return at::binary_cross_entropy_with_logits(logits, label);
    case GanObjective::kNonSaturating:
      return at::softplus(real ? -logits : logits).mean();
  }
  check_failed("known objective", __FILE__, __LINE__, "");
}

}  // namespace synerbench::nn
