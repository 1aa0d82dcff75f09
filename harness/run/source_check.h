// Is a prediction the source that the model was given?
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/data/slice_store.h"

namespace synerbench {

/// Remarks on a prediction ([D, H, W], physical units, finite) that is one of the task's sources inside
/// `mask`: in its own values, or by a straight line through them, as whoever hands the source on in the
/// target's range or with another window leaves it. Where two scans look alike that scores well. Nothing is
/// said of a prediction, or a source, of one value. For models that are not trivial: identity and line do
/// just that.
std::vector<std::string> source_remarks(const SliceStore& store, const StoredCase& stored_case,
                                        const Task& task, std::span<const uint8_t> mask,
                                        std::span<const float> prediction);

}  // namespace synerbench
