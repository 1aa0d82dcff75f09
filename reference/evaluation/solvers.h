// Solvers without learning: what a question gives away to somebody who understands nothing. They stand in the
// table of an understanding evaluation as trivial models stand in that of synthesis.
#pragma once

#include <vector>

#include "reference/evaluation/understanding.h"

namespace synerbench::reference {

/// The solvers for questions of a kind.
///
/// CTS: "options-only" (the candidate most like the other candidates), "intensity" (nearest mean), "area"
/// (nearest count of foreground pixels), "silhouette" (largest intersection over union of foregrounds) and
/// "edges" (gradients that correlate best). Foreground is what lies above -0.9 in [-1, 1].
/// All kinds: "text-only", fitted: the answer that the same words had most often in training. Of TIA it knows
/// which route each description means and how often a route was true of the sets it stood in.
/// TIA: "text+first" and "text+second", the same told the modality of one image.
/// MI and TIA: "histogram", fitted: the five nearest of 600 training slices by their cumulative histograms.
///
/// `training`: questions about training patients, used here only. nullptr: the fitted ones are left out.
std::vector<NamedRespondent> solvers(InstanceKind kind, const InstanceBuilder* training, uint64_t seed);

}  // namespace synerbench::reference
