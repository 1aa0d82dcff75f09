// The script of the HTML page: page.js.
#pragma once

#include <span>

#include "harness/core/embedded_file.h"

namespace synerbench {

std::span<const EmbeddedFile> embedded_scripts();

}  // namespace synerbench
