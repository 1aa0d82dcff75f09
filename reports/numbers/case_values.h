// The cases behind a mean: which is best, which is worst, and what is known of the slice that is kept of
// each.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/numbers/leaderboard.h"

namespace synerbench {

struct CaseValue {
  const CaseRecord* record = nullptr;
  double value = 0;  // of the whole case
};

/// The records of a board by task and model. The board must outlive it.
class CaseIndex {
 public:
  explicit CaseIndex(const Leaderboard& board);
  /// Cases that have a value, best first; equal values in the order of the records. Indices as in
  /// Leaderboard::tasks and models.
  std::vector<CaseValue> best_first(size_t task, size_t model, const MetricBoard& metric) const;

 private:
  std::vector<std::vector<std::vector<const CaseRecord*>>> records_;  // [task][model]
};

/// Which of n cases, sorted best first, are shown and what they are called: best, median, worst; fewer when n
/// < 3. The median of an even number is the better of the two in the middle.
std::vector<std::pair<size_t, std::string>> shown_cases(size_t n);

/// The item as its own run calls it: a report gives a model another name when two runs have it.
ItemKey key_in_run(const Leaderboard& board, const CaseRecord& record);

/// The value of the one slice that the run has kept of a case, which is not the case's: as the run's journal
/// has it. Nothing without a journal, for a protocol of volumes, and where the slice has no value.
std::optional<double> kept_slice_value(const Leaderboard& board, const CaseRecord& record,
                                       const MetricBoard& metric);
/// The same of any of its slices.
std::optional<double> slice_value(const Leaderboard& board, const CaseRecord& record,
                                  const MetricBoard& metric, int64_t slice);

/// The worst case of a task over its learned models (over all, where none is learned), and the model that it
/// is of. Tasks without any value are left out. In suite order.
struct WorstCase {
  size_t task = 0, model = 0;
  CaseValue value;
};
std::vector<WorstCase> worst_cases(const Leaderboard& board, const MetricBoard& metric,
                                   const CaseIndex& index);

}  // namespace synerbench
