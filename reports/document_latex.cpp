#include "reports/document.h"
#include "reports/text.h"

namespace synerbench {
namespace {

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

}  // namespace synerbench
