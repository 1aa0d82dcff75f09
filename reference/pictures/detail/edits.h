// What questions and the tokenizer's corpus need of the edits.
#pragma once

#include <string>
#include <vector>

#include "harness/core/random.h"
#include "reference/pictures/pictures.h"

namespace synerbench::reference::detail {

/// A map of tones that leaves nothing undone: inverted or not, brighter or darker, with more contrast or
/// less.
GrayPicture in_other_tones(const GrayPicture& picture, Random& random);

/// Every wording of every edit.
std::vector<std::string> edit_lines();

}  // namespace synerbench::reference::detail
