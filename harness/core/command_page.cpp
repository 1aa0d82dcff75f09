#include "harness/core/command_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "harness/core/command_line.h"
#include "harness/core/utf8.h"

namespace synerbench {
namespace {

/// Calls visit(path, command) for a command and all words behind it; the path of the command itself is "".
template <class Visit>
void walk(const CommandPage& command, const std::string& path, Visit visit) {
  visit(path, command);
  for (const CommandPage& inner : command.inner)
    walk(inner, path.empty() ? inner.name : path + " " + inner.name, visit);
}

/// A branch of the script's `case`: nothing where there are no words.
std::string branch(const std::string& pattern, const std::vector<std::string>& words) {
  if (words.empty()) return "";
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(shell_word(word));
  return fmt::format("    {}) printf '%s\\n' {} ;;\n", pattern, fmt::join(quoted, " "));
}

std::vector<std::string> names_of_inner(const CommandPage& command) {
  std::vector<std::string> names;
  for (const CommandPage& inner : command.inner) names.push_back(inner.name);
  return names;
}

/// The options of `command`; a word behind a verb takes the verb's, too.
std::vector<std::string> option_names_of(const CommandPage& command) {
  std::vector<std::string> names;
  for (const CommandOption& option : command.options) {
    if (option.positional) continue;
    for (const std::string& name : option.names) {
      if (name.starts_with("--")) names.push_back(name);
    }
  }
  return names;
}

// What follows the tables. COMP_WORDBREAKS cuts "--option=value" at the sign, in every bash.
constexpr const char* kBashMachine = R"sh(
# Whether a word is a line of a text.
_synerbench_has() {
  local line
  while IFS= read -r line; do
    [ "$line" = "$1" ] && return 0
  done <<<"$2"
  return 1
}
_synerbench() {
  local word=${COMP_WORDS[COMP_CWORD]} option= path= next i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    next=${COMP_WORDS[i]}
    if [ -n "$option" ]; then  # the value of the option before
      [ "$next" = = ] && continue
      option=
      continue
    fi
    case $next in
      -*) _synerbench_takes_value "$path" "$next" && option=$next ;;
      *) _synerbench_has "$next" "$(_synerbench_inner "$path")" && path=${path:+$path }$next ;;
    esac
  done
  [ "$word" = = ] && word=
  local IFS=$'\n'
  if [ -n "$option" ]; then
    COMPREPLY=($(compgen -W "$(_synerbench_choices "$path" "$option")" -- "$word"))
    return
  fi
  if [ "${word:0:1}" = - ]; then
    COMPREPLY=($(compgen -W "$(_synerbench_options "$path")" -- "$word"))
    return
  fi
  COMPREPLY=($(compgen -W "$(_synerbench_inner "$path"; _synerbench_choices "$path" -)" -- "$word"))
}

# Where nothing is known, files.
complete -o bashdefault -o default -F _synerbench synerbench ./synerbench
)sh";

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

std::string bash_completion(const CommandPage& command, const std::string& version) {
  std::string inner, options, values, choices;
  walk(command, "", [&](const std::string& path, const CommandPage& page) {
    const std::string quoted = "'" + path + "'";
    inner += branch(quoted, names_of_inner(page));
    std::vector<std::string> names = option_names_of(page);
    // `synerbench store info --quiet`: what the verb takes may stand behind its words.
    const size_t blank = path.find(' ');
    if (blank != std::string::npos) {
      for (const CommandPage& verb : command.inner) {
        if (verb.name != path.substr(0, blank)) continue;
        for (const std::string& name : option_names_of(verb)) {
          if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        }
      }
    }
    options += branch(quoted, names);
    std::vector<std::string> with_value, offered;
    for (const CommandOption& option : page.options) {
      if (option.positional) {
        offered.insert(offered.end(), option.choices.begin(), option.choices.end());
        continue;
      }
      if (option.value.empty()) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) {
        with_value.push_back(name);
        patterns.push_back("'" + (path.empty() ? name : path + " " + name) + "'");
      }
      choices += branch(fmt::format("{}", fmt::join(patterns, "|")), option.choices);
    }
    choices += branch("'" + (path.empty() ? "-" : path + " -") + "'", offered);
    values += branch(quoted, with_value);
  });
  const auto table = [](const char* name, const char* about, const char* subject, const std::string& rows) {
    return fmt::format("# {}\n{}() {{\n  case {} in\n{}  esac\n}}\n", about, name, subject, rows);
  };
  return fmt::format("# bash completion for synerbench {}, made by: synerbench completion bash\n", version) +
         table("_synerbench_inner", "The words that may follow a path of words.", "$1", inner) +
         table("_synerbench_options", "The options of a path.", "$1", options) +
         table("_synerbench_values", "Those of them that take a value.", "$1", values) +
         table("_synerbench_choices_of", "The values of an option, or (-) of what stands without one.",
               "${1:+$1 }$2", choices) +
         "# A word behind a verb takes the verb's options, too.\n"
         "_synerbench_choices() {\n"
         "  _synerbench_choices_of \"$1\" \"$2\"\n"
         "  [ \"${1%% *}\" = \"$1\" ] || [ \"$2\" = - ] || _synerbench_choices_of \"${1%% *}\" \"$2\"\n}\n"
         "_synerbench_takes_value() {\n"
         "  _synerbench_has \"$2\" \"$(_synerbench_values \"$1\"; _synerbench_values \"${1%% *}\")\"\n}\n" +
         kBashMachine;
}

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
