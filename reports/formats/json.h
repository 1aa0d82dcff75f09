// The numbers of a report as JSON: nothing rounded.
#pragma once

#include <string>

#include "harness/core/json.h"
#include "reports/numbers/gate.h"
#include "reports/numbers/history.h"
#include "reports/numbers/leaderboard.h"

namespace synerbench {

Json to_json(const Improvement& improvement);

/// Schema synerbench/leaderboard: everything but the single cases, with metric descriptions, identity and
/// sources.
Json to_json(const Leaderboard& board, const std::string& title);

/// Schema synerbench/history: every point, every change with its verdict, and the runs that were set apart.
Json to_json(const History& history, const std::string& title);

/// Schema synerbench/comparison.
Json to_json(const RunComparison& comparison);

/// Schema synerbench/gate: {"verdict": "ok" | "regression", "regressions": [...], "notes":
/// [...], "comparison": {...}}.
Json to_json(const GateVerdict& verdict);

}  // namespace synerbench
