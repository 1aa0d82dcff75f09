#include "baselines/healthgpt/detail/stages.h"

#include <algorithm>
#include <cmath>

namespace synerbench::healthgpt {

std::string name_of(Stage stage) {
  constexpr const char* kNames[kStages] = {"tokenizer", "language", "alignment", "fusion", "instruction"};
  return kNames[static_cast<size_t>(stage)];
}

Stages::Stages(int64_t updates, const Shares& shares) {
  double sum = 0;
  for (size_t i = 0; i < kStages; ++i) {
    first_[i] = std::min(updates, static_cast<int64_t>(std::llround(sum * static_cast<double>(updates))));
    sum += shares[i];
  }
  first_[kStages] = updates;
}

Stage Stages::at(int64_t update) const {
  for (size_t i = 0; i + 1 < kStages; ++i) {
    if (update < first_[i + 1]) return static_cast<Stage>(i);
  }
  return Stage::kInstruction;
}

int64_t Stages::length(Stage stage) const {
  const auto i = static_cast<size_t>(stage);
  return first_[i + 1] - first_[i];
}

double Stages::factor(int64_t update, double warmup) const {
  const Stage stage = at(update);
  const auto total = static_cast<double>(length(stage));
  const auto done = static_cast<double>(update - first(stage));
  if (done >= total) return 0;
  const double rise = std::min(1.0, (done + 1) / std::max(1.0, warmup * total));
  return rise * 0.5 * (1 + std::cos(std::acos(-1.0) * done / total));
}

}  // namespace synerbench::healthgpt
