// Where the hash of a patient's name puts it. Nothing but names matters, so a manifest can be checked by it.
#pragma once

#include <string>

#include "harness/data/slice_store.h"

namespace synerbench {

/// u of Note [Hash split v1] (harness/data/import/split.h), in [0, 1).
double split_position(const std::string& salt, const std::string& dataset, const std::string& patient);
/// The split of a patient at `position` by shares that add up to 1.
Split split_at(double position, double train, double validation, double test);

inline constexpr const char* kHashSplitRule = "hash split v1";

}  // namespace synerbench
