// A program of somebody else's that runs beside this one and is talked to over its standard input and output.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace synerbench {

/// How far a write or a read came.
enum class PipeState {
  kDone,
  kTimedOut,     // the deadline passed
  kClosed,       // the program has closed its end: it ended, or is about to
  kInterrupted,  // interrupted() of progress.h
};

/// Not thread-safe, but for what is said on the standard error: that goes to a thread of its own. The program
/// gets a process group of its own, so that a terminal's Ctrl-C reaches it only through tell_to_stop(), and
/// so that whatever it starts ends with it. SIGPIPE never reaches this process. See child_process.h for
/// programs that are only waited for.
class PipedProgram {
 public:
  using Clock = std::chrono::steady_clock;
  using Deadline = Clock::time_point;
  static Deadline in_seconds(double seconds);  // from now; infinity and what is beyond any clock: never

  /// Starts words[0], looked for in PATH, with the others as arguments, in this process's folder. `said` is
  /// called from another thread with what the program writes to its standard error, until end() returns.
  /// Error(kUsage) at `place` when it cannot be started.
  PipedProgram(const std::vector<std::string>& words, std::function<void(std::string_view)> said,
               const std::string& place);
  ~PipedProgram();  // end(0)
  PipedProgram(const PipedProgram&) = delete;
  PipedProgram& operator=(const PipedProgram&) = delete;

  /// Writes all bytes. What the program writes meanwhile is kept for read(), so that neither waits for the
  /// other for ever.
  PipeState write(std::span<const std::byte> bytes, Deadline deadline);
  /// Fills all of `bytes`. `filled` says how many of them hold something when it is not kDone.
  PipeState read(std::span<std::byte> bytes, Deadline deadline, size_t* filled = nullptr);
  /// Whether it has written something that was not read yet. Does not wait for it.
  bool has_unread();

  /// Hands an interrupt on: SIGINT to the program and to all that it started.
  void tell_to_stop();
  /// Closes both pipes and waits `grace` seconds for the program to end by itself. Then SIGTERM, half a
  /// second, SIGKILL; what it started and left behind is killed, too. Returns how it ended: "exit code 1",
  /// "signal 9 (Killed)". Later calls return the same.
  std::string end(double grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The words of a command line, as a shell takes it apart, without its substitutions: blanks separate, single
/// and double quotes keep blanks, and a backslash (in double quotes: before a quote or a backslash) takes the
/// next character as it is. Error(kUsage) at `place` when a quote is not closed or no word is there.
std::vector<std::string> words_of_command(std::string_view line, const std::string& place);

}  // namespace synerbench
