// How a model meets the tasks of a suite: on which route it answers, whether the suite's rule about lineage
// admits it, and what is said about it beside its numbers.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/lineage.h"
#include "harness/core/model.h"
#include "harness/data/slice_store.h"
#include "harness/suite/suite.h"

namespace synerbench {

/// The route that a model is prepared and asked for when a suite asks for `task`: the task itself, or the one
/// that the suite names to stand in for it (SuiteTask::transfer). That one is taken by models that are fitted
/// to pairs, and by weights that know only their own tasks.
const Task& route_for(const ModelInfo& info, const SuiteTask& task);

/// Holds models against the rule of a suite (Suite::lineage), on the patients that a store has of it: all
/// cases of all its tasks, whatever the run selects. Borrows the suite.
class LineageCheck {
 public:
  LineageCheck(const Suite& suite, const SliceStore& store);

  /// Error(kUsage) that names the model, which of the trainings behind it breaks the rule, and with what.
  /// Models without weights pass: tables say what they are. So do weights that nobody recorded a lineage of,
  /// unless they are known to have seen a scored scan.
  void require(const std::string& model, const ModelInfo& info, const std::vector<SuiteTask>& tasks) const;

 private:
  std::string violation_of(const TrainingOrigin& training) const;

  const Suite& suite_;
  std::set<std::string> data_sets_;
  std::set<std::string> scans_;  // hashes of voxels
};

/// What kind of row a model is, from what its run says about it (to_json(ModelInfo)).
struct Standing {
  enum class Kind { kRecorded, kDeclared, kFloor, kOracle };
  Kind kind = Kind::kDeclared;
  std::string words;  // "gau-questions on pictures, edits"; "declared by the user"; "floor, fitted ..."
  std::vector<Lineage> lineages = {};  // of kRecorded
};
/// `place` names the run in errors: kBadInput for what no run writes.
Standing standing_of(const Json& info, const std::string& place);
std::string name_of(Standing::Kind kind);  // "recorded", "declared by the user", "floor", "oracle"

}  // namespace synerbench
