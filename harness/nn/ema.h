// Exponential moving average of weights.
#pragma once

#include <vector>

#include "harness/nn/tensors.h"

namespace synerbench::nn {

/// Follows a list of live tensors: shadow = decay * shadow + (1 - decay) * live for floating parameters;
/// buffers and integers are copied (a running mean averaged once more would lag behind the weights it belongs
/// to).
class Ema {
 public:
  /// The shadow starts as a copy.
  Ema(std::vector<NamedTensor> live, double decay);
  void update();
  /// shadow = live: before averaging starts.
  void copy_live();
  /// Exchanges the values of live and shadow: once to evaluate with the average, once more to go on training.
  void swap();
  /// Shadow tensors under the names of the live ones: part of a checkpoint.
  const std::vector<NamedTensor>& shadow() const { return shadow_; }

 private:
  std::vector<NamedTensor> live_, shadow_;
  double decay_;
};

}  // namespace synerbench::nn
