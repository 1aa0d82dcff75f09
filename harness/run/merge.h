// Puts the parts of a run together: shards of several machines, or copies of one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/run/run_folder.h"

namespace synerbench {

struct MergeOptions {
  // at least one; each a run folder, finished or not, or an earlier merge
  std::vector<std::filesystem::path> runs;
  std::filesystem::path out;        // must not hold a run yet, but may hold an unfinished merge of this one
  bool accept_other_build = false;  // see Note [Identity of a run]
};

struct MergeOutcome {
  int64_t items = 0;    // in the merged run
  int64_t failed = 0;   // of these
  int64_t missing = 0;  // planned, but in none of the parts
};

/// The union of the parts, in plan order: journal, results, tables, panels, predictions and timings.
///
/// All parts have the same identity, else Error(kUsage) names the first difference. An item that several
/// parts have is taken once: a scored one before a failed one, of failed ones the one whose journal block is
/// smaller as text. Two scored ones that differ in any byte are Error(kBadInput): the same item cannot have
/// two results.
///
/// Panels and kept predictions are those that the journal speaks of, by their hashes, or the merge is
/// refused: where a part keeps predictions, every scored item has one.
///
/// A merge that was ended in the middle is started again with the same words: kMergingFile, which is written
/// first and removed last, says that everything else in the folder is its own.
///
/// So merging is associative, idempotent and blind to order, and the merge of all shards of a run has the
/// bytes of the run that was never sharded (timing.json and settings.json apart).
MergeOutcome merge(const MergeOptions& options, const ProtocolTable& protocols = builtin_protocols());

}  // namespace synerbench
