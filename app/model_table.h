// Every model the program knows, by name. A new model is one line in model_table.cpp.
#pragma once

#include "harness/run/model_spec.h"

namespace synerbench {

const ModelTable& model_table();

}  // namespace synerbench
