// Two runs against each other, in words.
#pragma once

#include <string>

#include "reports/numbers/gate.h"
#include "reports/words/table.h"

namespace synerbench {

/// A row per pair, then a row per average over tasks. Means and differences are printed with as many decimals
/// as it takes to see that they differ.
Table comparison_table(const RunComparison& comparison);

/// For a terminal: the verdict, a line per regression and note, and the rules that decided.
std::string to_text(const GateVerdict& verdict);

/// A row per regression and note, as a comment on a pull request shows them. No rows: nothing to say.
Table gate_table(const GateVerdict& verdict);

/// JUnit's XML: a test case per comparison, with what it said; a failure per comparison with regressions.
std::string to_junit(const GateVerdict& verdict);

}  // namespace synerbench
