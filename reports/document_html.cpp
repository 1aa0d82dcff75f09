#include <fmt/format.h>

#include "harness/core/base64.h"
#include "harness/core/file.h"
#include "reports/detail/embedded.h"
#include "reports/document.h"
#include "reports/text.h"

namespace synerbench {
namespace {

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

}  // namespace

std::string to_html(const Document& document, const std::filesystem::path& folder) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Nothing is loaded and nothing runs, whatever a name in the tables might say.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'\">\n"
      "<title>" +
      escape_html(document.title) + "</title>\n<style>\n" + std::string(detail::embedded_style()) +
      "</style>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#main\">Skip to the tables</a>\n<div class=\"page\">\n" +
      navigation(document) + "<header><h1>" + escape_html(document.title) + "</h1>" +
      (document.subtitle.empty() ? "" : "<p>" + escape_html(document.subtitle) + "</p>") +
      "</header>\n<main id=\"main\">\n";
  const Printer printer{folder};
  for (const Section& section : document.sections) {
    const std::string heading = fmt::format("<h{0} id=\"{1}\">{2}</h{0}>", section.level,
                                            escape_html(section.id), escape_html(section.title));
    out +=
        "<section>\n" + (section.folded ? "<details><summary>" + heading + "</summary>\n" : heading + "\n");
    for (const auto& block : section.blocks) out += std::visit(printer, block);
    out += section.folded ? "</details></section>\n" : "</section>\n";
  }
  return out +
         "</main>\n<footer>Made by SynerBench. This page holds everything it shows; the numbers behind it "
         "are in leaderboard.csv, "
         "averages.csv, cases.csv and leaderboard.json beside it.</footer>\n</div>\n</body>\n</html>\n";
}

}  // namespace synerbench
