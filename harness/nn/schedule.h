// Learning-rate schedules as pure functions of the position.
#pragma once

#include <cstdint>

namespace synerbench::nn {

/// Constant for `constant` units, then linear to zero over `decay` units (a unit is an epoch, or an update).
/// The schedule shared by Pix2Pix, CycleGAN and ResViT; the published code in both its versions runs the
/// unit with index u = 0, 1, ... at
///     1 - max(0, u + 2 - constant) / (decay + 1)
/// so decay starts one unit early and the last unit runs at 0. decay = 0: constant throughout (the formula
/// would silently skip the last unit).
struct LinearDecay {
  int64_t constant = 100;
  int64_t decay = 100;
  double factor(int64_t unit) const;
};

}  // namespace synerbench::nn
