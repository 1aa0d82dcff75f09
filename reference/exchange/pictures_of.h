// Slices as pictures of the authors' kind: 8-bit gray PNG, -1 as 0 and 1 as 255.
#pragma once

#include <string>

#include "reference/understanding/instances.h"

namespace synerbench::reference {

std::string png_of(const SliceImage& image);

}  // namespace synerbench::reference
