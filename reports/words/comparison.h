// Two runs against each other, in words.
#pragma once

#include <string>

#include "reports/numbers/gate.h"
#include "reports/words/table.h"

namespace synerbench {

/// A row per pair.
Table comparison_table(const RunComparison& comparison);

/// For a terminal: the verdict, then a line per regression.
std::string to_text(const GateVerdict& verdict);

}  // namespace synerbench
