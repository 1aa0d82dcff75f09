// Every method the program knows, by name: one table, read by train, run, synth, models, the demo, the
// documentation and the tests.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// A new method is its folder and one line in catalog.cpp. Without LibTorch: the trivial ones only.
const MethodTable& methods();

}  // namespace synerbench
