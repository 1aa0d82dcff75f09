// How a model that was trained elsewhere came to be, as its author says it: with scored predictions, in the
// READY of a program, in the side file of a model file. Tables print it beside that of the models that
// `train` made.
#pragma once

#include <cstdint>
#include <string>

#include "harness/core/schema.h"

namespace synerbench {

/// Bytes of a text that stands in a table; printable() shows as much.
inline constexpr size_t kMostInALine = 200;

struct StatedBudget {
  std::string kind;  // "updates", "slices", "seconds"; empty: none was set
  int64_t value = 0;
  bool operator==(const StatedBudget&) const = default;
};

struct StatedTraining {
  std::string method;  // the name that all seeds of it share in "Over seeds"; empty: the model's label
  uint64_t seed = 1;
  int64_t updates = 0, slices = 0, batch = 0;
  std::string covers, pairing, augmentation;  // as weights say it, see harness/train/weights.h
  StatedBudget budget;
  bool operator==(const StatedTraining&) const = default;
};

const Schema<StatedTraining>& stated_training_schema();

/// As weights of `train` say it: what stands in ModelInfo::switches under "training".
Json switches_of(const StatedTraining& training);

}  // namespace synerbench
