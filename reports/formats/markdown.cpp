#include "reports/formats/markdown.h"

#include <algorithm>

#include "reports/formats/format.h"
#include "reports/words/text.h"

namespace synerbench {
namespace {

/// Of a table of many models: what a page of GitHub shows without scrolling.
constexpr double kWidestPart = 120;

/// Columns a text takes in a fixed-width font, near enough: its code points.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string pad(const std::string& text, size_t width, bool right) {
  const size_t have = width_of(text);
  const std::string space(width > have ? width - have : 0, ' ');
  return right ? space + text : text + space;
}

std::string cell_text(const TableCell& cell) {
  const std::string text = escape_markdown(cell.text), detail = escape_markdown(cell.detail);
  const std::string main = cell.style == TableCell::Style::kBest && !text.empty() ? "**" + text + "**" : text;
  return detail.empty() ? main : main + " " + detail;
}

struct Printer {
  std::string operator()(const Paragraph& paragraph) const {
    return escape_markdown(paragraph.text) + "\n\n";
  }
  std::string operator()(const Facts& facts) const {
    std::string out;
    for (const auto& [name, value] : facts.items)
      out += "- **" + escape_markdown(name) + "**: " + escape_markdown(value) + "\n";
    return out + "\n";
  }
  std::string operator()(const Table& table) const { return to_markdown(table); }
  std::string operator()(const Picture& picture) const {
    // Our own file names hold letters, digits, '.', '_', '-' and '/' only.
    return "![" + escape_markdown(picture.alt) + "](" + picture.file.generic_string() + ")\n\n" +
           escape_markdown(picture.caption) + "\n\n";
  }
};

}  // namespace

std::string to_markdown(const Table& drawn) {
  const Table table = without_drawings(drawn);
  std::vector<std::vector<std::string>> lines(1);
  for (const TableColumn& column : table.columns) lines[0].push_back(escape_markdown(column.title));
  for (const TableRow& row : table.rows) {
    auto& line = lines.emplace_back();
    for (const TableCell& cell : row.cells) line.push_back(cell_text(cell));
  }
  std::vector<size_t> widths;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    size_t width = 3;
    for (const auto& line : lines) width = std::max(width, width_of(line[c]));
    widths.push_back(width);
  }
  std::string out = "**" + escape_markdown(table.caption) + "**\n\n";
  const std::vector<double> sizes(widths.begin(), widths.end());
  for (const TablePart& part : parts_of(table, sizes, kWidestPart)) {
    for (size_t l = 0; l < lines.size(); ++l) {
      out += "|";
      for (const size_t c : part) out += " " + pad(lines[l][c], widths[c], table.columns[c].numeric) + " |";
      out += "\n";
      if (l != 0) continue;
      out += "|";
      for (const size_t c : part) {
        out += table.columns[c].numeric ? " " + std::string(widths[c] - 1, '-') + ": |"
                                        : " " + std::string(widths[c], '-') + " |";
      }
      out += "\n";
    }
    out += "\n";
  }
  for (const std::string& note : table.notes) out += "- " + escape_markdown(note) + "\n";
  if (!table.notes.empty()) out += "\n";
  return out;
}

std::string to_markdown(const Document& document) {
  std::string out =
      "# " + escape_markdown(document.title) + "\n\n" + escape_markdown(document.subtitle) + "\n\n";
  if (!document.warning.empty()) out += "> **" + escape_markdown(document.warning) + "**\n\n";
  for (const Section& section : document.sections) {
    out +=
        std::string(static_cast<size_t>(section.level), '#') + " " + escape_markdown(section.title) + "\n\n";
    for (const auto& block : section.blocks) out += std::visit(Printer{}, block);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

ReportFormat markdown_format() {
  return {"md", "the page as text and tables, with links to the pictures",
          [](const ReportContent& content) -> std::vector<ReportFile> {
            return {{"leaderboard.md", to_markdown(content.document)}};
          },
          [](const HistoryContent& content) -> std::vector<ReportFile> {
            return {{"history.md", to_markdown(content.document)}};
          }};
}

}  // namespace synerbench
