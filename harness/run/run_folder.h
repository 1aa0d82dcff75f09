// Turns the journal of a run into the files that people and reports read. One way for run, score and merge,
// so that equal journals give equal bytes.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/run/identity.h"
#include "harness/run/journal.h"
#include "metrics/protocol.h"

namespace synerbench {

/// Brings the journal into plan order and writes results.json, slices.csv and failures.csv from it. Records
/// get the remarks that need all of them: remark_on_repeats() of other_cases.h. Each file appears whole or
/// not at all; results.json last. Error(kBadInput) when items of one model and task were made with different
/// weights, or the run names a protocol that the table does not hold. Returns what was written to
/// results.json.
Results finish_run_folder(const std::filesystem::path& folder, const RunHeader& header, Journal& journal,
                          const ProtocolTable& protocols = builtin_protocols());

/// What finish_run_folder() would write to results.json; changes nothing. Errors as there.
Results collect_results(const RunHeader& header, const Journal& journal);

/// Seconds of one item; see Timing.
struct ItemTiming {
  std::string device;
  double seconds = 0;
  int64_t slices = 0;
  int threads = 1;
};
/// Empty when there is no timing.json.
std::map<ItemKey, ItemTiming> read_item_timings(const std::filesystem::path& folder);
/// `finished`: when the last item was done, as is_date() wants it; empty: not known, and not written.
void write_item_timings(const std::filesystem::path& folder, const std::map<ItemKey, ItemTiming>& timings,
                        const std::string& finished = "");

/// When the last item of a run was done, in UTC: what a history of runs is ordered by. It stands in
/// timing.json, because equal runs have equal bytes everywhere else. Empty where there is no timing.json, and
/// for runs of programs before version 0.2.
std::string read_finished(const std::filesystem::path& folder);

}  // namespace synerbench
