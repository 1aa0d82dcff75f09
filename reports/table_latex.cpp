#include "harness/run/record.h"
#include "reports/table.h"
#include "reports/text.h"

namespace synerbench {
namespace {

/// Shrinks a table that is wider than the line, leaves others alone; closed by one brace.
const std::string kFit = "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n  ";

/// A cell that begins with [ or * would be taken for an option of the \\\\ before it.
std::string guarded(std::string text) {
  if (text.empty() || (text.front() != '[' && text.front() != '*')) return text;
  return "{" + text.substr(0, 1) + "}" + text.substr(1);
}

std::string cell_text(const TableCell& cell) {
  std::string text = guarded(escape_latex(cell.text));
  if (!text.empty() && cell.style == TableCell::Style::kBest) text = "\\textbf{" + text + "}";
  if (!text.empty() && cell.style == TableCell::Style::kMuted) text = "\\textcolor{gray}{" + text + "}";
  return cell.detail.empty() ? text : text + " " + guarded(escape_latex(cell.detail));
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string out;
  for (size_t c = 0; c < cells.size(); ++c) out += (c == 0 ? "  " : " & ") + cells[c];
  return out + " \\\\\n";
}

}  // namespace

std::string to_latex(const Table& drawn) {
  const Table table = without_drawings(drawn);
  std::string alignment;
  std::vector<std::string> header;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const TableColumn& column = table.columns[c];
    const bool first_published = column.published && (c == 0 || !table.columns[c - 1].published);
    alignment +=
        first_published ? "|" : "";  // the one vertical rule there is: between measured and published
    alignment += column.numeric ? "r" : "l";
    header.push_back(escape_latex(column.title));
  }
  std::string out = "\\begin{table}[htbp]\n  \\centering\n  \\small\n  \\caption{" +
                    escape_latex(table.caption) + "}\n  \\label{tab:" + file_name_of(table.id) + "}\n  " +
                    kFit + "\\begin{tabular}{" + alignment + "}\n  \\toprule\n" + line_of(header) +
                    "  \\midrule\n";
  for (const TableRow& row : table.rows) {
    if (row.rule_above) out += "  \\midrule\n";
    std::vector<std::string> cells;
    for (const TableCell& cell : row.cells) cells.push_back(cell_text(cell));
    out += line_of(cells);
  }
  out += "  \\bottomrule\n  \\end{tabular}}\n";
  if (!table.notes.empty()) {
    out += "  \\par\\smallskip\n  \\begin{minipage}{\\linewidth}\\footnotesize\n";
    for (const std::string& note : table.notes) out += "  " + escape_latex(note) + "\\par\n";
    out += "  \\end{minipage}\n";
  }
  return out + "\\end{table}\n";
}

}  // namespace synerbench
