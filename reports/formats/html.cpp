#include "reports/formats/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/base64.h"
#include "harness/core/file.h"
#include "reports/formats/format.h"
#include "reports/formats/page_data.h"
#include "reports/formats/script.h"
#include "reports/formats/style.h"
#include "reports/words/text.h"

namespace synerbench {
namespace {

std::string class_list(const TableColumn& column, const TableCell* cell) {
  std::string list = column.numeric ? "num" : "";
  const auto add = [&](const char* name) { list += (list.empty() ? "" : " ") + std::string(name); };
  if (column.published) add("published");
  // Sentences are broken into lines; everything else stands in one.
  constexpr size_t kLongestLine = 70;
  if (cell != nullptr && !column.numeric && cell->text.size() > kLongestLine) add("text");
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

struct Printer {
  std::filesystem::path folder;

  std::string operator()(const Paragraph& paragraph) const {
    return "<p>" + escape_html(paragraph.text) + "</p>\n";
  }
  std::string operator()(const Facts& facts) const {
    std::string out = "<dl>\n";
    for (const auto& [name, value] : facts.items)
      out += "<dt>" + escape_html(name) + "</dt><dd>" + escape_html(value) + "</dd>\n";
    return out + "</dl>\n";
  }
  std::string operator()(const Table& table) const { return to_html(table); }
  std::string operator()(const Picture& picture) const {
    const bool vector = picture.file.extension() == ".svg";
    return "<figure class=\"picture\"><img src=\"data:image/" + std::string(vector ? "svg+xml" : "png") +
           ";base64," + base64(read_file(folder / picture.file)) + "\" alt=\"" + escape_html(picture.alt) +
           "\"><figcaption>" + escape_html(picture.caption) + "</figcaption></figure>\n";
  }
};

/// The script, as it is and as it is named in the page's policy.
std::string_view script_text() { return embedded_scripts().front().bytes; }

std::string script_source() {
  const std::string hex = sha256_hex(script_text());
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "'sha256-" + base64(bytes) + "'";
}

std::string navigation(const Document& document) {
  std::string out = "<nav aria-label=\"Contents\"><ul>\n";
  bool inside = false;
  for (size_t i = 0; i < document.sections.size(); ++i) {
    const Section& section = document.sections[i];
    if (section.level == 3 && !inside) out += "<ul>";
    if (section.level == 2 && inside) out += "</ul></li>\n";
    inside = section.level == 3;
    out += "<li><a href=\"#" + escape_html(section.id) + "\">" + escape_html(section.title) + "</a>";
    const bool has_children =
        section.level == 2 && i + 1 < document.sections.size() && document.sections[i + 1].level == 3;
    if (!has_children) out += "</li>\n";
  }
  return out + (inside ? "</ul></li>\n" : "") + "</ul></nav>\n";
}

/// A long name of parts, "synthrad2023+autopet", may be broken between them and nowhere else.
std::string breakable(const std::string& html) {
  std::string out;
  for (const char c : html) {
    out += c;
    if (c == '+' || c == '/') out += "<wbr>";
  }
  return out;
}

}  // namespace

std::string to_html(const Table& table) {
  check_table(table);
  const bool many = is_of_many_models(table);
  // The style needs to know how many columns have to fit on a printed page.
  const std::string kind =
      many ? fmt::format(" class=\"many\" style=\"--columns: {}\"", table.columns.size()) : "";
  std::string out = "<figure class=\"table\" id=\"" + escape_html(table.id) +
                    "\"><div class=\"scroll\"><table" + kind + ">\n<caption>" + escape_html(table.caption) +
                    "</caption>\n<thead><tr>";
  for (const TableColumn& column : table.columns) {
    out += "<th scope=\"col\"" + class_list(column, nullptr) + ">" +
           (many && column.numeric ? "<span>" + breakable(escape_html(column.title)) + "</span>"
                                   : breakable(escape_html(column.title))) +
           "</th>";
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const TableRow& row : table.rows) {
    out += row.rule_above ? "<tr class=\"rule\"" : "<tr";
    out += (row.about.empty() ? "" : " data-row=\"" + escape_html(row.about) + "\"") + ">";
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

std::string to_html(const Document& document, const std::filesystem::path& folder, const std::string& data) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Nothing is loaded, and nothing runs but the page's own script, whatever a name in the tables might
      // say.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'" +
      (data.empty() ? "" : "; script-src " + script_source()) +
      "\">\n"
      "<title>" +
      escape_html(document.title) + "</title>\n<style>\n" + std::string(embedded_styles().front().bytes) +
      "</style>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#main\">Skip to the tables</a>\n<div class=\"page\">\n" +
      navigation(document) + "<header><h1>" + escape_html(document.title) + "</h1>" +
      (document.subtitle.empty() ? "" : "<p>" + escape_html(document.subtitle) + "</p>") +
      (document.warning.empty()
           ? ""
           : "<p class=\"warning\" role=\"note\">" + escape_html(document.warning) + "</p>") +
      "</header>\n<main id=\"main\">\n";
  // Filled and shown by the script.
  if (!data.empty()) out += "<section id=\"explorer\" hidden><h2>All results</h2></section>\n";
  const Printer printer{folder};
  for (const Section& section : document.sections) {
    const std::string heading = fmt::format("<h{0} id=\"{1}\">{2}</h{0}>", section.level,
                                            escape_html(section.id), escape_html(section.title));
    out +=
        "<section>\n" + (section.folded ? "<details><summary>" + heading + "</summary>\n" : heading + "\n");
    for (const auto& block : section.blocks) out += std::visit(printer, block);
    out += section.folded ? "</details></section>\n" : "</section>\n";
  }
  return out + "</main>\n<footer>Made by SynerBench. This page holds everything it shows; " +
         escape_html(document.files) + "</footer>\n</div>\n" +
         (data.empty() ? ""
                       : "<script type=\"application/json\" id=\"data\">" + data + "</script>\n<script>" +
                             std::string(script_text()) + "</script>\n") +
         "</body>\n</html>\n";
}

ReportFormat html_format() {
  return {"html", "the page in one file, with its pictures",
          [](const ReportContent& content) -> std::vector<ReportFile> {
            return {{"leaderboard.html",
                     to_html(content.document, content.folder, page_data(content.board, content.images))}};
          },
          [](const HistoryContent& content) -> std::vector<ReportFile> {
            return {{"history.html", to_html(content.document, content.folder)}};
          }};
}

}  // namespace synerbench
