#include <algorithm>

#include "reports/table.h"
#include "reports/text.h"

namespace synerbench {
namespace {

std::string class_list(const TableColumn& column, const TableCell* cell) {
  std::string list = column.numeric ? "num" : "";
  const auto add = [&](const char* name) { list += (list.empty() ? "" : " ") + std::string(name); };
  if (column.published) add("published");
  if (cell != nullptr && cell->style == TableCell::Style::kBest) add("best");
  if (cell != nullptr && cell->style == TableCell::Style::kMuted) add("muted");
  if (cell != nullptr && cell->style == TableCell::Style::kWarning) add("warning");
  return list.empty() ? "" : " class=\"" + list + "\"";
}

/// A line each.
std::string detail_of(const TableCell& cell) {
  std::string out;
  for (size_t at = 0; at < cell.detail.size();) {
    const size_t end = std::min(cell.detail.find('\n', at), cell.detail.size());
    out += "<span class=\"detail\">" + escape_html(cell.detail.substr(at, end - at)) + "</span>";
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string to_html(const Table& table) {
  check_table(table);
  std::string out = "<figure class=\"table\" id=\"" + escape_html(table.id) +
                    "\"><div class=\"scroll\"><table>\n<caption>" + escape_html(table.caption) +
                    "</caption>\n<thead><tr>";
  for (const TableColumn& column : table.columns) {
    out += "<th scope=\"col\"" + class_list(column, nullptr) + ">" + escape_html(column.title) + "</th>";
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const TableRow& row : table.rows) {
    out += row.rule_above ? "<tr class=\"rule\">" : "<tr>";
    for (size_t c = 0; c < row.cells.size(); ++c) {
      const TableCell& cell = row.cells[c];
      const std::string title = cell.title.empty() ? "" : " title=\"" + escape_html(cell.title) + "\"";
      const std::string detail = detail_of(cell);
      const std::string content = cell.svg.empty() ? escape_html(cell.text) + detail : cell.svg;
      out += (c == 0 ? "<th scope=\"row\"" : "<td") + class_list(table.columns[c], &cell) + title + ">" +
             content + (c == 0 ? "</th>" : "</td>");
    }
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  if (!table.notes.empty()) {
    out += "<figcaption><ul>";
    for (const std::string& note : table.notes) out += "<li>" + escape_html(note) + "</li>";
    out += "</ul></figcaption>";
  }
  return out + "</figure>\n";
}

}  // namespace synerbench
