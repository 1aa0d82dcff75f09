#include "reports/document.h"
#include "reports/text.h"

namespace synerbench {
namespace {

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

std::string to_markdown(const Document& document) {
  std::string out =
      "# " + escape_markdown(document.title) + "\n\n" + escape_markdown(document.subtitle) + "\n\n";
  for (const Section& section : document.sections) {
    out +=
        std::string(static_cast<size_t>(section.level), '#') + " " + escape_markdown(section.title) + "\n\n";
    for (const auto& block : section.blocks) out += std::visit(Printer{}, block);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace synerbench
