// A history of runs as text and tables.
#pragma once

#include <string>
#include <vector>

#include "reports/numbers/history.h"
#include "reports/words/document.h"

namespace synerbench {

/// Steps of all models: what changed between which two runs, by how much, and what the runs say of it.
Table steps_table(const History& history);
/// Runs x models: the values of one task, or of the average ("all"), oldest first. No rows without a value.
Table history_table(const History& history, const std::string& task);

/// `overall` and `by_task` of the pictures: of the average, and of the tasks.
Document make_history_document(const History& history, const std::string& title, const Pictures& pictures,
                               const std::vector<std::string>& remarks);

}  // namespace synerbench
