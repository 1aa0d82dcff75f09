// The style of the HTML page: report.css.
#pragma once

#include <span>

#include "harness/core/embedded_file.h"

namespace synerbench {

std::span<const EmbeddedFile> embedded_styles();

}  // namespace synerbench
