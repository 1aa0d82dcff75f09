// Golden texts: what a report looks like, kept as files that people read.
#pragma once

#include <string>

namespace synerbench {

/// Compares `text` with tests/reports/golden/<name> and, where they differ, fails with the first line and
/// character that do. To regenerate after a wanted change: SYNERBENCH_UPDATE_GOLDEN=1 ctest -R Golden, then
/// read the diff before trusting it.
void expect_golden(const std::string& name, const std::string& text);

/// "line 3, character 7:\n  expected: ...\n  seen:     ...\n                  ^"; empty when equal.
std::string first_text_difference(const std::string& expected, const std::string& seen);

}  // namespace synerbench
