// The published figures that come with the program: suites/published/*.json.
#pragma once

#include <span>

#include "harness/core/embedded_file.h"

namespace synerbench {

std::span<const EmbeddedFile> embedded_published_files();  // sorted by name

}  // namespace synerbench
