// Plug-ins: methods and protocols from shared libraries (harness/method/plugin.h).
#pragma once

#include <string>
#include <vector>

#include "harness/method/plugin.h"

namespace synerbench {

/// Files between colons, as in PATH.
inline constexpr const char* kPluginsVariable = "SYNERBENCH_PLUGINS";

/// Loads the plug-ins of a list of files between colons and gives all that they add, in their order. A method
/// that is loaded says in its switches which plug-in it comes from; build_provenance() names the files and
/// their SHA-256 from here on. Error(kUsage): no such file, no plug-in, one for another program, a name that
/// is taken, a method that cannot be loaded and has no training.
Plugin load_plugins(const std::string& files);

/// What the plug-ins of kPluginsVariable add, loaded at the first call.
const Plugin& plugins();

}  // namespace synerbench
