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

int64_t Stages::length(Stage stage) const {
  const auto i = static_cast<size_t>(stage);
  return first_[i + 1] - first_[i];
}

}  // namespace synerbench::healthgpt
