// Completion for a shell: tables of words, written from the description of the command line, and a small
// function of the shell's own language that looks them up.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/core/command_line.h"
#include "harness/core/command_page.h"

namespace synerbench {
namespace {

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

/// The tables, as functions that both shells read.
std::string tables_of(const CommandPage& command) {
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
  return table("_synerbench_inner", "The words that may follow a path of words.", "$1", inner) +
         table("_synerbench_options", "The options of a path.", "$1", options) +
         table("_synerbench_values", "Those of them that take a value.", "$1", values) +
         table("_synerbench_choices_of", "The values of an option, or (-) of what stands without one.",
               "${1:+$1 }$2", choices) +
         R"sh(# A word behind a verb takes the verb's options, too.
_synerbench_choices() {
  _synerbench_choices_of "$1" "$2"
  [ "${1%% *}" = "$1" ] || [ "$2" = - ] || _synerbench_choices_of "${1%% *}" "$2"
}
_synerbench_takes_value() {
  _synerbench_has "$2" "$(_synerbench_values "$1"; _synerbench_values "${1%% *}")"
}
# Whether a word is a line of a text.
_synerbench_has() {
  local line
  while IFS= read -r line; do
    [ "$line" = "$1" ] && return 0
  done <<<"$2"
  return 1
}
)sh";
}

// What follows the tables. COMP_WORDBREAKS cuts "--option=value" at the sign, in every bash.
constexpr const char* kBashMachine = R"sh(_synerbench() {
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

// `compadd` has the words that may stand there; what does not begin as typed, zsh leaves out itself.
constexpr const char* kZshMachine = R"sh(_synerbench() {
  local option= way= next i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    next=${words[i]}
    if [ -n "$option" ]; then  # the value of the option before
      option=
      continue
    fi
    case $next in
      -*=*) ;;
      -*) _synerbench_takes_value "$way" "$next" && option=$next ;;
      *) _synerbench_has "$next" "$(_synerbench_inner "$way")" && way=${way:+$way }$next ;;
    esac
  done
  if [ -z "$option" ]; then
    case ${words[CURRENT]} in
      -*=*)
        option=${words[CURRENT]%%=*}
        compset -P '*='
        ;;
      -*)
        found=(${(f)"$(_synerbench_options "$way")"})
        compadd -a found
        return
        ;;
      *) found=(${(f)"$(_synerbench_inner "$way"; _synerbench_choices "$way" -)"}) ;;
    esac
  fi
  [ -n "$option" ] && found=(${(f)"$(_synerbench_choices "$way" "$option")"})
  # Where nothing is known, files.
  if [ $#found -gt 0 ]; then compadd -a found; else _files; fi
}

# Read by compinit it is the function's first call; sourced, it only binds.
if [ "$funcstack[1]" = _synerbench ]; then _synerbench "$@"; else compdef _synerbench synerbench ./synerbench; fi
)sh";

}  // namespace

std::string bash_completion(const CommandPage& command, const std::string& version) {
  return fmt::format("# bash completion for synerbench {}, made by: synerbench completion bash\n", version) +
         tables_of(command) + kBashMachine;
}

std::string zsh_completion(const CommandPage& command, const std::string& version) {
  return fmt::format(
             "#compdef synerbench\n# zsh completion for synerbench {}, made by: synerbench completion zsh\n",
             version) +
         tables_of(command) + kZshMachine;
}

}  // namespace synerbench
