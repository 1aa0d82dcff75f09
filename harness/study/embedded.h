// The studies that come with the program: studies/*.json.
#pragma once

#include <span>

#include "harness/core/embedded_file.h"

namespace synerbench {

std::span<const EmbeddedFile> embedded_studies();  // sorted by name

}  // namespace synerbench
