// The one exception type of the project, and the check for our own bugs.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace synerbench {

/// Process exit codes; docs/exit-codes.md explains them to users.
enum class ExitCode : int {
  kOk = 0,
  kUsage = 1,       // wrong command line, suite or configuration
  kBadInput = 2,    // a file is damaged, missing, or not what it should be
  kSomeFailed = 3,  // finished, but some cases failed
  kRegression = 4,  // the gate found a regression
  kInternal = 5,    // a bug of ours
  kInterrupted = 130,
};

/// Expected trouble: bad input or bad usage. Carries the place (file and place in it), what was
/// seen and wanted, and the next step. what() holds all of it, ready to print:
///
///     <place>: <problem>
///       <hint>
///
/// Texts from files end up here. So each of the three is made printable, line breaks apart, and cut where it
/// is longer than any message needs: see printable().
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, std::string place, std::string problem, std::string hint = "");
  ExitCode code() const { return code_; }
  const std::string& place() const { return place_; }
  const std::string& problem() const { return problem_; }
  const std::string& hint() const { return hint_; }

 private:
  ExitCode code_;
  std::string place_, problem_, hint_;
};

/// Shorthands for the two common kinds.
Error usage_error(std::string place, std::string problem, std::string hint = "");
Error input_error(std::string place, std::string problem, std::string hint = "");

/// `text` as a terminal may show it: control characters, bytes that are no UTF-8, marks that turn the
/// direction of writing and characters that cannot be seen (joiners between letters that are written with
/// them apart) become \xNN or \u{NNNN}; tabs stay. Longer than `limit` bytes: the beginning, and how much is
/// left out.
std::string printable(std::string_view text, size_t limit = 200);
/// The same with line breaks kept.
std::string printable_lines(std::string_view text, size_t limit);

/// Whether a text shows all that it holds, on one line: what printable() leaves as it is, without tabs. The
/// one rule for names, labels and titles: two that look alike are equal.
bool is_line(std::string_view text);
/// Error(kUsage) at `place` unless is_line().
void require_line(std::string_view text, const std::string& place);

/// "did you mean "T1c"? known: CBCT CT ..." : the nearest of `known` to `seen`, if one is near, and the list.
/// Names of more than 64 bytes are not compared; a long list ends with how many more there are.
std::string did_you_mean(std::string_view seen, const std::vector<std::string>& known);

/// A failed check is a bug of ours: logic_error with expression, file, line and `detail`.
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& detail);

}  // namespace synerbench

#define SB_CHECK(condition, ...)                                                                            \
  do {                                                                                                      \
    if (!(condition)) ::synerbench::check_failed(#condition, __FILE__, __LINE__, std::string(__VA_ARGS__)); \
  } while (false)
