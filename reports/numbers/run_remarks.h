// What deserves a word about runs that are put side by side: the same words in a report, a comparison and the
// gate's verdict. All of it is in results.json; none of it changes a number.
#pragma once

#include <string>
#include <vector>

#include "reports/numbers/runs.h"

namespace synerbench {

/// Sentences about trees with uncommitted changes, several builds in a run, and seeds and builds that differ
/// from those of the first run. The list is not empty.
std::vector<std::string> remarks_on_builds(const std::vector<const RunInput*>& runs);

/// Which cases of a run count.
struct CasesOfRun {
  const RunInput* run = nullptr;
  std::vector<std::string> models, tasks;  // keys and ids
};

/// A sentence per kind of remark on a case, with how many cases have it and the first of them. Remarks that
/// differ in their numbers only are of one kind. A kind that two runs have alike is said once.
std::vector<std::string> remarks_on_cases(const std::vector<CasesOfRun>& runs);

}  // namespace synerbench
