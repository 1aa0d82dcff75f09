// A table as data: what every format prints from one and the same content.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace synerbench {

struct TableColumn {
  std::string title = "";
  bool numeric = true;     // right-aligned
  bool published = false;  // figures from papers: set apart in every format
  bool drawing = false;    // cells are drawings: only HTML shows the column
};

struct TableCell {
  enum class Style { kPlain, kBest, kMuted, kWarning };
  std::string text;  // plain text, not yet escaped
  Style style = Style::kPlain;
  std::string title = "";   // longer explanation: hover text in HTML, nothing elsewhere
  std::string detail = "";  // follows the text, less prominent: an interval; HTML gives it lines of its own
  std::string svg = "";     // trusted drawing of ours: HTML shows it instead of `text`
};

struct TableRow {
  std::vector<TableCell> cells;  // one per column
  bool rule_above = false;       // a line between this row and the one above
  std::string about = "";        // "3.12": task and model of the row; the page opens its cases
};

/// The first column names the row.
struct Table {
  std::string id;  // unique in the report: anchors and labels
  std::string caption;
  std::vector<TableColumn> columns;
  std::vector<TableRow> rows;
  std::vector<std::string> notes;  // printed below
};

/// More columns of measured numbers than these make a table one of many models: formats that cannot scroll
/// cut it between columns, and pages turn its titles.
inline constexpr size_t kManyColumns = 12;
bool is_of_many_models(const Table& table);

/// A part of the columns that stand together, with the first, which names the rows: indices into
/// Table::columns.
using TablePart = std::vector<size_t>;
/// The parts of a table. `widths`: of its columns, in any unit. One that is not of many models is one
/// part; others are cut so that no part is wider than `most`, unless a single column is.
std::vector<TablePart> parts_of(const Table& table, const std::vector<double>& widths, double most);

/// Checks that every row has one cell per column (a failed check is a bug of ours).
void check_table(const Table& table);
/// The table without columns that are drawings.
Table without_drawings(const Table& table);

}  // namespace synerbench
