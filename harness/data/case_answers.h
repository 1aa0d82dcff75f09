// A model that answers for a case instead of for pixels. Only the oracle of simulated patients is one
// (baselines/oracle): its answer does not come from the source.
#pragma once

#include <vector>

#include "harness/core/modality.h"
#include "harness/data/slice_store.h"

namespace synerbench {

/// A Synthesizer that is one, too, is asked through this; its synthesize() is not called. Thread-safe.
class CaseAnswers {
 public:
  virtual ~CaseAnswers() = default;
  /// Error(kUsage) when there is no answer for this target of this case. Called for all that is planned
  /// before a run starts.
  virtual void check(const StoredCase& stored_case, Modality target) const = 0;
  /// [D, H, W] in the store's order, in the target's physical unit. Error(kBadInput): a damaged file.
  virtual std::vector<float> answer(const StoredCase& stored_case, Modality target) const = 0;
};

}  // namespace synerbench
