// Where a result came from: recorded in every file that holds numbers.
#pragma once

#include <string>

#include "harness/core/json.h"

namespace synerbench {

/// {"version": "0.1.0", "commit": "...", "dirty": false, "compiler": "...", "build": "Release"} of this
/// binary. The commit is read when the binary is built; "unknown" outside a git checkout.
Json build_provenance();

}  // namespace synerbench
