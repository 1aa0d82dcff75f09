// A command line described as data, and what is made from the description: completion for a shell, a page of
// the manual. The program describes its own parser (app/describe.h), so all of them say what --help says.
#pragma once

#include <string>
#include <vector>

namespace synerbench {

struct CommandOption {
  std::vector<std::string> names;  // "-q", "--quiet"; of a positional its name alone: "runs"
  bool positional = false;
  bool required = false;
  bool repeats = false;
  std::string value;                 // "TEXT", "INT"; empty: a flag, which takes none
  std::vector<std::string> choices;  // all values that there are, or those worth offering
  std::string meaning;
  std::string fallback;  // the default as shown; empty: none
};

/// A command, or a word behind one: `synerbench`, `synerbench run`, `synerbench store info`.
struct CommandPage {
  std::string name, summary;
  std::string group;   // heading under which it is listed
  std::string footer;  // examples, exit codes: printed as they are
  std::vector<CommandOption> options;
  std::vector<CommandPage> inner;
};

/// Calls visit(path, command) for a command and all words behind it; the path of the command itself is "".
template <class Visit>
void walk(const CommandPage& command, const std::string& path, Visit visit) {
  visit(path, command);
  for (const CommandPage& inner : command.inner)
    walk(inner, path.empty() ? inner.name : path + " " + inner.name, visit);
}

/// A script for bash (4.0 or later; nothing else needed): verbs, the words behind them, options, and values
/// where they are known; files elsewhere.
std::string bash_completion(const CommandPage& command, const std::string& version);
/// The same for zsh (5.0 or later), to be sourced after compinit or to stand in $fpath as _synerbench.
std::string zsh_completion(const CommandPage& command, const std::string& version);

/// A page of section 1 in the `man` macros, which groff and mandoc read.
std::string man_page(const CommandPage& command, const std::string& version);

}  // namespace synerbench
