// Results are checked before they are believed: by reports, comparisons and the gate alike.
//
// Note [What results must satisfy]
// A run folder may have been edited, cut, mixed up or made by something else. What its numbers say about each
// other is looked at:
//   - lists: tasks, models and measures of a record are named once; a record belongs to a task and a model of
//     the run, is there once, and its protocols are those of the identity; no task has more records than
//     cases;
//   - values: finite, of a magnitude that images of 32-bit floats can give, within their metric's bounds
//     (MetricInfo, up to rounding);
//   - slices: a value under a protocol of slices is over as many slices as the case has, counting those
//     without a value; all models of a task have as many slices of a case;
//   - metrics of one protocol: RMSE is at least MAE, MAE in gray levels is 255 MAE, PSNR is at least what the
//     RMSE or MSE of the same images gives (Jensen's inequality), equal images have no error; only a metric
//     whose best value is infinite lacks one for equal images;
//   - a case is of one patient, in all tasks.
// The first contradiction is Error(kBadInput) with the run, the case and both numbers.
#pragma once

#include "metrics/protocol.h"
#include "reports/numbers/runs.h"

namespace synerbench {

void check_results(const RunInput& run, const ProtocolTable& protocols);

/// The same case in both runs is of the same patient and has as many slices; neither run has a case of a task
/// that the other, complete one, lacks. Error(kBadInput).
void check_same_cases(const RunInput& a, const RunInput& b);

/// Items of the plan without a record: every case of every task for every model should have one.
struct MissingRecords {
  std::string task, model;
  int64_t planned = 0, recorded = 0;
};
std::vector<MissingRecords> missing_records(const Results& results);

/// Compares results.json with the journal that lies beside it: they hold the same records. With a run.json,
/// too, all of it has to be what the two give. A journal that is missing beside other files of a run is
/// damage; results.json alone, as CI keeps it, has nothing to be held against. Error(kBadInput). A journal of
/// an older version is not looked at. Returns the journal that was read; null where there was none to read.
std::shared_ptr<const Journal> check_against_journal(const std::filesystem::path& folder,
                                                     const Results& results);

}  // namespace synerbench
