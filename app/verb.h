// A verb of the command line. One file per verb; app/verbs.cpp lists them all.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/json.h"

namespace synerbench {

struct Verb {
  std::string name;
  std::string audience;  // help is grouped by who you are: "Start here", "Regenerate", ...
  std::string summary;
  std::string examples;  // two, they work when pasted
  /// Adds options to its subcommand and returns what to do once the line is parsed.
  std::function<std::function<ExitCode()>(CLI::App&)> setup;
};

const std::vector<Verb>& verbs();
/// Names of verbs that this build lacks (they need ITK).
const std::vector<std::string>& verbs_left_out();

// One per file app/verb_<name>.cpp.
Verb verb_demo();
Verb verb_doctor();
Verb verb_phantom();
Verb verb_import();
Verb verb_store();
Verb verb_tasks();
Verb verb_models();
Verb verb_metrics();
Verb verb_plan();
Verb verb_train();
Verb verb_run();
Verb verb_merge();
Verb verb_score();
Verb verb_export();
Verb verb_synth();
Verb verb_report();
Verb verb_compare();
Verb verb_gate();
Verb verb_weights();
Verb verb_checkpoint();
Verb verb_understanding();
Verb verb_study();
Verb verb_ask();
Verb verb_completion();
Verb verb_man();

/// Parses a command line (without the program's name) and does it. What is wrong with the line is thrown as
/// Error(kUsage), and so is what the verb throws.
ExitCode run_command_line(const std::vector<std::string>& arguments);

/// Results go to stdout: text as it is, JSON in one document.
void print_result(const std::string& text);
void print_result(const Json& json);

/// Error(kUsage) at `place`: the program was built without LibTorch, which this needs.
[[noreturn]] void refuse_without_torch(const std::string& place);

/// Number of threads for work of our own: --threads, else all cores.
int default_threads();

}  // namespace synerbench
