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

bool is_of_many_models(const Table& table) {
  size_t measured = 0;
  for (const TableColumn& column : table.columns)
    measured += column.numeric && !column.published && !column.drawing ? 1 : 0;
  return measured > kManyColumns;
}

std::vector<TablePart> parts_of(const Table& table, const std::vector<double>& widths, double most) {
  std::vector<TablePart> parts(1);
  const bool many = is_of_many_models(table);
  double width = 0;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const bool full = many && parts.back().size() > 1 && width + widths[c] > most;
    if (full) {
      parts.push_back({0});
      width = widths[0];
    }
    parts.back().push_back(c);
    width += widths[c];
  }
  return parts;
}

}  // namespace synerbench
