#include "reports/formats/latex.h"

#include "harness/core/file.h"
#include "reports/formats/format.h"
#include "reports/words/text.h"

namespace synerbench {
namespace {

/// Shrinks a table that is wider than the line, leaves others alone; closed by one brace.
const std::string kFit = "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n  ";

/// A cell that begins with [ or * would be taken for an option of the \\\\ before it.
std::string guarded(std::string text) {
  if (text.empty() || (text.front() != '[' && text.front() != '*')) return text;
  return "{" + text.substr(0, 1) + "}" + text.substr(1);
}

/// A label without characters that mean something to LaTeX; different ids stay different.
std::string label_of(const std::string& id) {
  std::string label;
  for (const char c : id) {
    const bool harmless = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '.' || c == '_' || c == '-';
    if (harmless) {
      label += c;
    } else if (!label.empty() && label.back() != '_') {
      label += '_';
    }
  }
  return label == id ? label : label.substr(0, 48) + "-" + sha256_hex(id).substr(0, 8);
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

struct Printer {
  std::string operator()(const Paragraph& paragraph) const { return escape_latex(paragraph.text) + "\n\n"; }
  std::string operator()(const Facts& facts) const {
    std::string out = "\\begin{description}\n";
    for (const auto& [name, value] : facts.items)
      out += "  \\item[{" + escape_latex(name) + "}] " + escape_latex(value) + "\n";
    return out + "\\end{description}\n\n";
  }
  std::string operator()(const Table& table) const { return to_latex(table) + "\n"; }
  std::string operator()(const Picture&) const { return ""; }
};

}  // namespace

std::string to_latex(const Table& drawn) {
  const Table table = without_drawings(drawn);
  std::string alignment;
  std::vector<std::string> header;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const TableColumn& column = table.columns[c];
    const bool first_published = column.published && (c == 0 || !table.columns[c - 1].published);
    if (first_published) alignment += "|";  // the one vertical rule: between measured and published
    alignment += column.numeric ? "r" : "l";
    header.push_back(escape_latex(column.title));
  }
  std::string out = "\\begin{table}[htbp]\n  \\centering\n  \\small\n  \\caption{" +
                    escape_latex(table.caption) + "}\n  \\label{tab:" + label_of(table.id) + "}\n  " +
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

std::string to_latex(const Document& document) {
  std::string out =
      "% Tables of a SynerBench report, for \\input{} into a document with\n"
      "%   \\usepackage[T1]{fontenc} \\usepackage[utf8]{inputenc} "
      "\\usepackage{booktabs,graphicx,xcolor,textcomp}\n\n";
  out += "% " + escape_latex(document.title) + "\n\n";
  for (const Section& section : document.sections) {
    out += (section.level == 2 ? "\\section*{" : "\\subsection*{") + escape_latex(section.title) + "}\n\n";
    for (const auto& block : section.blocks) out += std::visit(Printer{}, block);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

ReportFormat latex_format() {
  return {"tex", "the text and tables for \\input{} into a paper",
          [](const ReportContent& content) -> std::vector<ReportFile> {
            return {{"leaderboard.tex", to_latex(content.document)}};
          }};
}

}  // namespace synerbench
