// Scoring a model in training on its validation pairs.
#pragma once

#include <optional>
#include <string>

#include "harness/core/model.h"
#include "metrics/protocol.h"

namespace synerbench {

struct ValidationScore {
  // mean over slices, then over patients, as the leaderboard does; none: nothing to score
  std::optional<double> mean;
  int64_t slices = 0;    // scored
  int64_t left_out = 0;  // too little foreground, or undefined under the protocol
};

/// `model` on `pairs` by the first metric of a 2-D protocol of `table`: the one that ranks a leaderboard of
/// that protocol, so that weights are chosen by what they are ranked by. The protocol compares normalized
/// values and its first metric is better when higher (any other: Error(kUsage)). At most `limit` pairs,
/// evenly spread (0: all). Seeds come from the pairs' keys: the same pairs give the same score in every
/// validation. A prediction that is not finite scores the least possible value for its slice instead of being
/// left out. Slices whose share of mask pixels is below `min_foreground` (the suite's) do not count.
ValidationScore validate(Synthesizer& model, const Task& task, const PairSource& pairs,
                         const std::string& protocol, int64_t limit, double min_foreground = 0.01,
                         const ProtocolTable& table = builtin_protocols());

}  // namespace synerbench
