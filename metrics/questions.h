// How answers to questions are scored, as a row beside the protocols of images: records, reports, comparisons
// and the gate know it by its id as they know the others.
#pragma once

#include "metrics/protocol.h"

namespace synerbench {

/// "understanding@1". Its metrics are accuracies, from 0 to 1: "accuracy" of all questions about a patient,
/// and "accuracy_distance_1", "_2", "_3_4", "_5_8", "_9" of those whose nearest wrong candidate lies so many
/// slices from the true one. Nothing is called per image: dimensions is 0, and compare() refuses it.
Protocol questions_protocol();

/// What a value under a protocol is counted in: "question" where answers are scored, else "slice".
const char* counted_in(const ProtocolInfo& protocol);
/// The same by a protocol's id, where its description is not at hand.
const char* counted_in(const std::string& protocol_id);

}  // namespace synerbench
