// What long work says while it runs: a bar on a terminal, a line now and then elsewhere; always on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace synerbench {

/// --quiet: no chatter. Errors are still printed by app/.
void set_quiet(bool quiet);
bool quiet();

/// Bytes to stderr. A stderr that is closed or full is no reason to lose work: what cannot be written is
/// dropped.
void write_to_stderr(std::string_view text);

/// One line of chatter to stderr: "plan    4 tasks, 6 cases": `word` padded to 8 columns, then text.
void say(const std::string& word, const std::string& text);

/// A counter with rate and time left. Thread-safe. Ends its line when destroyed. While several live at a time
/// they speak in lines, so that they do not overwrite each other.
class Progress {
 public:
  Progress(std::string what, int64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void advance(int64_t steps = 1, const std::string& note = "");

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Set by SIGINT/SIGTERM once install_interrupt_handler was called: long loops look at it between items and
/// stop cleanly (exit code 130).
void install_interrupt_handler();
bool interrupted();
/// Error(kInterrupted); `hint` says what goes on from here.
void throw_if_interrupted(const char* hint = "start the same command again to go on");

}  // namespace synerbench
