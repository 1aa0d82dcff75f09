#include "reports/words/table.h"

#include "harness/core/error.h"

namespace synerbench {

void check_table(const Table& table) {
  for (const TableRow& row : table.rows) {
    SB_CHECK(row.cells.size() == table.columns.size(), "a row of table " + table.id + " has " +
                                                           std::to_string(row.cells.size()) + " cells, " +
                                                           std::to_string(table.columns.size()) + " wanted");
  }
}

Table without_drawings(const Table& table) {
  check_table(table);
  Table plain = table;
  plain.columns.clear();
  for (TableRow& row : plain.rows) row.cells.clear();
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].drawing) continue;
    plain.columns.push_back(table.columns[c]);
    for (size_t r = 0; r < table.rows.size(); ++r) plain.rows[r].cells.push_back(table.rows[r].cells[c]);
  }
  return plain;
}

}  // namespace synerbench
