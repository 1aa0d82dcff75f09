#include "harness/nn/gan_loss.h"

#include <ATen/ATen.h>

#include "harness/core/error.h"

namespace synerbench::nn {

const std::vector<std::string>& gan_objective_names() {
  static const std::vector<std::string> names{"lsgan", "vanilla", "nonsat"};
  return names;
}

GanObjective parse_gan_objective(const std::string& name) {
  if (name == "lsgan") return GanObjective::kLeastSquares;
  if (name == "vanilla") return GanObjective::kVanilla;
  SB_CHECK(name == "nonsat", name);
  return GanObjective::kNonSaturating;
}

std::string name_of(GanObjective objective) {
  return gan_objective_names().at(static_cast<size_t>(objective));
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
