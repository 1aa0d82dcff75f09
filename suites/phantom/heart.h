// The heart in short-axis orientation, with infarct and edema.
#pragma once

#include "suites/phantom/anatomy.h"

namespace synerbench::phantom {

/// Labels that MyoPS 2020 gives to the parts of the heart.
enum class HeartLabel : int {
  kMyocardium = 200,
  kLeftPool = 500,
  kRightPool = 600,
  kEdema = 1220,
  kScar = 2221
};

/// z runs along the long axis from apex (-) to base (+); the slices are short-axis cuts.
std::unique_ptr<Anatomy> make_heart(uint64_t seed);

}  // namespace synerbench::phantom
