// Where a result came from: recorded in every file that holds numbers.
#pragma once

#include <string>

#include "harness/core/json.h"

namespace synerbench {

/// {"version": "0.2.0", "commit": "...", "dirty": false, "compiler": "...", "build": "Release"} of this
/// binary. The commit is read when the binary is built; "unknown" outside a git checkout.
/// With plug-ins also "plugins": [{"file", "sha256"}].
Json build_provenance();

/// Names a plug-in whose code this process has loaded.
void note_plugin(const std::string& file, const std::string& sha256);

}  // namespace synerbench
