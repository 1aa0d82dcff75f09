// The suites that come with the program: suites/*.json.
#pragma once

#include <span>

#include "harness/core/embedded_file.h"

namespace synerbench {

std::span<const EmbeddedFile> embedded_suites();  // sorted by name

}  // namespace synerbench
