// The reference model's rows of the table of methods.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// "synermedgen", "bagel", "unimedvl", "traditional", "shuffled": trained here. "reference": any checkpoint
/// folder in BAGEL format.
std::vector<Method> reference_methods();

}  // namespace synerbench
