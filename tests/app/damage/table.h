// The matrix as a table of a Markdown page.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/app/damage/cell.h"

namespace synerbench::damage {

/// Cells by names of damage and subject.
using Cells = std::map<std::pair<std::string, std::string>, Cell>;

/// Kinds of damage down, files across by number, and the list of the files with what reads them.
std::string markdown(const std::vector<Subject>& rows, const std::vector<Damage>& kinds, const Cells& cells);

/// Cells that earlier calls of add_cell() left in a file, the last word on each; none without a file.
Cells read_cells(const std::filesystem::path& file);
void add_cell(const std::filesystem::path& file, const Cells::key_type& names, const Cell& cell);

/// "1200 cells: 900 refused, ..."
std::string summary(const Cells& cells);
int64_t faults(const Cells& cells);

}  // namespace synerbench::damage
