// A command of this program as a list of words, and how it is written for people and shells.
#pragma once

#include <string>
#include <vector>

namespace synerbench {

/// The words of a command line, without the program's name: {"report", "runs/a", "--out", "report"}.
using CommandLine = std::vector<std::string>;

/// One word as a POSIX shell reads it back: in single quotes where it holds anything that a shell could
/// change.
std::string shell_word(const std::string& word);
/// The words of a command, each as a shell reads it back, with spaces between.
std::string shell_text(const CommandLine& command);

}  // namespace synerbench
