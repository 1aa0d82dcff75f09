#include "reports/formats/latex.h"

#include <algorithm>
#include <map>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/utf8.h"
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

/// One `tabular` of some columns, shrunk where it is wider than the line.
static std::string fitted_tabular(const Table& table, const TablePart& part) {
  std::string alignment;
  std::vector<std::string> header;
  for (const size_t c : part) {
    const TableColumn& column = table.columns[c];
    const bool first_published = column.published && (c == 0 || !table.columns[c - 1].published);
    if (first_published) alignment += "|";  // the one vertical rule: between measured and published
    alignment += column.numeric ? "r" : "l";
    header.push_back(escape_latex(column.title));
  }
  std::string out =
      kFit + "\\begin{tabular}{" + alignment + "}\n  \\toprule\n" + line_of(header) + "  \\midrule\n";
  for (const TableRow& row : table.rows) {
    if (row.rule_above) out += "  \\midrule\n";
    std::vector<std::string> cells;
    for (const size_t c : part) cells.push_back(cell_text(row.cells[c]));
    out += line_of(cells);
  }
  return out + "  \\bottomrule\n  \\end{tabular}}\n";
}

/// Points that the columns take at \small (9 pt), estimated as in points_of().
static std::vector<double> small_widths(const Table& table) {
  std::vector<double> widths;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    size_t characters = columns_of(table.columns[c].title);
    for (const TableRow& row : table.rows)
      characters = std::max(characters, columns_of(row.cells[c].text) + columns_of(row.cells[c].detail));
    widths.push_back(4.7 * static_cast<double>(characters) + 12);
  }
  return widths;
}

std::string to_latex(const Table& drawn) {
  const Table table = without_drawings(drawn);
  std::string out = "\\begin{table}[htbp]\n  \\centering\n  \\small\n  \\caption{" +
                    escape_latex(table.caption) + "}\n  \\label{tab:" + label_of(table.id) + "}\n  ";
  bool first = true;
  for (const TablePart& part : parts_of(table, small_widths(table), kPagePoints)) {
    out += (first ? "" : "  \\par\\medskip\n  ") + fitted_tabular(table, part);
    first = false;
  }
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

namespace {

/// Points that a text takes at \footnotesize (8 pt) or, for an interval, \scriptsize (7 pt): half the size
/// per character is what digits take in the common fonts.
double points_of(const TableCell& cell) {
  return std::max(4.2 * static_cast<double>(columns_of(cell.text)),
                  3.7 * static_cast<double>(columns_of(cell.detail)));
}

constexpr double kBetweenColumns = 8;  // twice \tabcolsep

/// One `tabular` of the first column and of `from` to `to`.
std::string part_of(const Table& table, size_t from, size_t to) {
  std::vector<size_t> columns{0};
  for (size_t c = from; c < to; ++c) columns.push_back(c);
  std::string alignment, out;
  std::vector<std::string> header;
  for (const size_t c : columns) {
    alignment += table.columns[c].numeric ? "r" : "l";
    header.push_back(guarded(escape_latex(table.columns[c].title)));
  }
  out = "\\begin{tabular}{@{}" + alignment + "@{}}\n  \\toprule\n" + line_of(header) + "  \\midrule\n";
  for (const TableRow& row : table.rows) {
    if (row.rule_above) out += "  \\midrule\n";
    std::vector<std::string> cells, details;
    bool any = false;
    for (const size_t c : columns) {
      TableCell plain = row.cells[c];
      plain.detail.clear();
      cells.push_back(cell_text(plain));
      const std::string& detail = row.cells[c].detail;
      any = any || !detail.empty();
      details.push_back(detail.empty() ? "" : "{\\scriptsize " + guarded(escape_latex(detail)) + "}");
    }
    out += line_of(cells);
    if (any) out += line_of(details);
  }
  return out + "  \\bottomrule\n\\end{tabular}";
}

template <class Names>
std::vector<bool> chosen_of(const std::vector<std::string>& wanted, const Names& names, const char* place,
                            const Table& table) {
  std::vector<bool> chosen(names.size(), wanted.empty());
  for (const std::string& name : wanted) {
    bool found = false;
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] != name) continue;
      chosen[i] = found = true;
    }
    if (!found)
      throw usage_error(place, "table \"" + table.id + "\" has no \"" + name + "\"",
                        did_you_mean(name, names));
  }
  return chosen;
}

}  // namespace

Table chosen_part(const Table& drawn, const LatexChoice& choice) {
  const Table table = without_drawings(drawn);
  std::vector<std::string> rows, columns;
  for (const TableRow& row : table.rows) rows.push_back(row.cells.front().text);
  for (const TableColumn& column : table.columns) columns.push_back(column.title);
  const std::vector<bool> take_row = chosen_of(choice.rows, rows, "--tex-row", table);
  std::vector<bool> take_column = chosen_of(choice.columns, columns, "--tex-column", table);
  if (!take_column.empty()) take_column[0] = true;  // names the row
  Table part = table;
  part.columns.clear();
  part.rows.clear();
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (take_column[c]) part.columns.push_back(table.columns[c]);
  }
  for (size_t r = 0; r < table.rows.size(); ++r) {
    if (!take_row[r]) continue;
    TableRow& row = part.rows.emplace_back(TableRow{{}, table.rows[r].rule_above && !part.rows.empty()});
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (take_column[c]) row.cells.push_back(table.rows[r].cells[c]);
    }
  }
  return part;
}

std::string to_tabular(const Table& drawn, double points) {
  const Table table = without_drawings(drawn);
  std::vector<double> widths;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    double width = 4.2 * static_cast<double>(columns_of(table.columns[c].title));
    for (const TableRow& row : table.rows) width = std::max(width, points_of(row.cells[c]));
    widths.push_back(width + kBetweenColumns);
  }
  std::string out = "% " + escape_latex(table.caption) + "\n";
  for (const std::string& note : table.notes) out += "% " + escape_latex(note) + "\n";
  out += "{\\footnotesize\\setlength{\\tabcolsep}{4pt}%\n";
  size_t from = std::min<size_t>(1, table.columns.size());
  do {
    double width = widths.empty() ? 0 : widths[0];
    size_t to = from;
    while (to < table.columns.size() && (to == from || width + widths[to] <= points)) width += widths[to++];
    out += (from > 1 ? "\\par\\medskip\n" : "") + part_of(table, from, to) + "\n";
    from = to;
  } while (from < table.columns.size());
  return out + "}\n";
}

ReportFormat latex_format() {
  return {"tex", "the text and tables for \\input{} into a paper, and single tables in tex/",
          [](const ReportContent& content) -> std::vector<ReportFile> {
            std::vector<ReportFile> files{{"leaderboard.tex", to_latex(content.document)}};
            std::map<std::string, const Table*> tables;
            std::vector<std::string> ids;
            for (const Section& section : content.document.sections) {
              for (const auto& block : section.blocks) {
                if (const Table* table = std::get_if<Table>(&block); table != nullptr) {
                  tables[table->id] = table;
                  ids.push_back(table->id);
                }
              }
            }
            for (const std::string& id : content.latex.tables) {
              if (!tables.contains(id))
                throw usage_error("--tex-table", "the report has no table \"" + id + "\"",
                                  did_you_mean(id, ids));
              const Table part = chosen_part(*tables[id], content.latex);
              files.push_back({"tex/" + label_of(id) + ".tex", to_tabular(part, kPagePoints)});
              files.push_back({"tex/" + label_of(id) + "-column.tex", to_tabular(part, kColumnPoints)});
            }
            return files;
          },
          [](const HistoryContent& content) -> std::vector<ReportFile> {
            return {{"history.tex", to_latex(content.document)}};
          }};
}

}  // namespace synerbench
