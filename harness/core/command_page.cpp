#include "harness/core/command_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "harness/core/command_line.h"
#include "harness/core/utf8.h"

namespace synerbench {
namespace {

/// Text for troff: nothing in it is a request, an escape or a hyphen that may be broken.
std::string roff(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      const char c = text[at++];
      const bool at_start = out.empty() || out.back() == '\n';
      if (at_start && (c == '.' || c == '\'')) out += "\\&";
      if (c == '\\') {
        out += "\\(rs";
      } else if (c == '-') {
        out += "\\-";
      } else if (c == '\'') {
        out += "\\(aq";
      } else if (c == '`') {
        out += "\\(ga";
      } else if (c == '^') {
        out += "\\(ha";
      } else if (c == '~') {
        out += "\\(ti";
      } else {
        out += c;
      }
      continue;
    }
    size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    length = std::min(length, text.size() - at);
    uint32_t code = byte & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; ++i)
      code = (code << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
    out += fmt::format("\\[u{:04X}]", code);
    at += length;
  }
  return out;
}

/// Lines as they are, which troff may not fill.
std::string roff_literal(const std::string& text) {
  return ".nf\n" + roff(text) + (text.empty() || text.back() != '\n' ? "\n" : "") + ".fi\n";
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string man_option(const CommandOption& option) {
  std::string head;
  for (const std::string& name : option.names)
    head += (head.empty() ? "" : ", ") + std::string("\\fB") + roff(name) + "\\fR";
  if (!option.positional && !option.value.empty()) head += " \\fI" + roff(option.value) + "\\fR";
  std::string text = option.meaning;
  if (!option.choices.empty() && option.choices.size() <= 12)
    text += fmt::format("{}Known: {}.",
                        text.empty()         ? ""
                        : text.back() == '.' ? " "
                                             : ". ",
                        fmt::join(option.choices, ", "));
  std::string remarks;
  if (option.required) remarks += "required";
  if (option.repeats) remarks += std::string(remarks.empty() ? "" : ", ") + "several may be given";
  if (!option.fallback.empty())
    remarks += std::string(remarks.empty() ? "" : ", ") + "default " + option.fallback;
  if (!remarks.empty()) text += (text.empty() ? "(" : " (") + remarks + ")";
  return ".TP\n" + head + "\n" + (text.empty() ? "\\&" : roff(text)) + "\n";
}

}  // namespace

std::string man_page(const CommandPage& command, const std::string& version) {
  std::string out = fmt::format(
      ".\\\" Made by: {0} man\n.TH {1} 1 \"\" \"{0} {2}\" \"User Commands\"\n.SH NAME\n{0} \\- {3}\n"
      ".SH SYNOPSIS\n.B {0}\n\\fIVERB\\fR [\\fIOPTIONS\\fR]\n.br\n.B {0}\n\\fIVERB\\fR \\-\\-help\n",
      roff(command.name), upper(command.name), roff(version), roff(command.summary));
  out += ".SH OPTIONS\n";
  for (const CommandOption& option : command.options) out += man_option(option);
  std::string group;
  for (const CommandPage& verb : command.inner) {
    if (verb.group != group) out += ".SH \"" + upper(roff(verb.group)) + "\"\n";
    group = verb.group;
    walk(verb, verb.name, [&](const std::string& path, const CommandPage& page) {
      out += ".SS \"" + roff(command.name + " " + path) + "\"\n" + roff(page.summary) + ".\n";
      for (const CommandOption& option : page.options) out += man_option(option);
      if (!page.footer.empty()) out += ".PP\n" + roff_literal(page.footer);
    });
  }
  if (!command.footer.empty()) out += ".SH \"EXIT STATUS\"\n" + roff_literal(command.footer);
  return out;
}

}  // namespace synerbench
