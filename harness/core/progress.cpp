#include "harness/core/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <mutex>

#include "harness/core/error.h"
#include "harness/core/utf8.h"

namespace synerbench {
namespace {

using Clock = std::chrono::steady_clock;

std::atomic<bool> quiet_flag{false};
std::atomic<int> interrupt_count{0};
std::atomic<int> live_counters{0};
std::atomic<bool> bar_is_open{false};  // a bar stands in the terminal's last line, which has no end yet

constexpr const char* kClearLine = "\r\x1b[K";

/// Columns of the terminal behind stderr; 80 where it does not say.
size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

extern "C" void on_interrupt(int) {
  // The second Ctrl-C means it: leave at once. Files appear whole or not at all, so nothing is lost.
  if (interrupt_count.fetch_add(1) > 0) _exit(static_cast<int>(ExitCode::kInterrupted));
}

std::string clock_text(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
                   : fmt::format("{}:{:02}", s / 60, s % 60);
}

}  // namespace

void set_quiet(bool quiet) { quiet_flag = quiet; }
bool quiet() { return quiet_flag; }

void say(const std::string& word, const std::string& text) {
  // Texts hold names of files and cases.
  constexpr size_t kLongestLine = 4000;
  if (quiet()) return;
  // A bar that is being drawn gives its line up, and is drawn again below.
  const char* clear = bar_is_open.exchange(false) ? kClearLine : "";
  write_to_stderr(fmt::format("{}{:<7} {}\n", clear, word, printable(text, kLongestLine)));
}

void write_to_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

struct Progress::State {
  std::mutex mutex;
  std::string what, note;
  int64_t total = 0, done = 0;
  bool terminal = false;
  Clock::time_point start = Clock::now(), last = start;

  void draw(bool final) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    std::string line = fmt::format("{:<7} ", what);
    const bool bar = terminal && live_counters == 1;
    if (bar && total > 0) {
      const int width = 24;
      const int filled = static_cast<int>(width * done / total);
      line += '[' + std::string(static_cast<size_t>(filled), '#') +
              std::string(static_cast<size_t>(width - filled), '.') + "] ";
    }
    line += total > 0 ? fmt::format("{}/{}", done, total) : fmt::format("{}", done);
    if (rate > 0)
      line += rate >= 1 ? fmt::format("  {:.1f}/s", rate) : fmt::format("  {:.1f} s each", 1 / rate);
    if (final) {
      line += fmt::format("  in {}", clock_text(seconds));
    } else if (total > 0 && rate > 0) {
      line += fmt::format("  {} left", clock_text(static_cast<double>(total - done) / rate));
    }
    if (!note.empty()) line += "  " + printable(note, 1000);
    // A line longer than the terminal is wide would wrap, and \r only goes back to the last part of it. The
    // last column stays free: some terminals wrap when it is written.
    if (terminal) line = fit_to_columns(line, terminal_columns() - 1);
    const bool open = bar && !final;
    write_to_stderr(fmt::format("{}{}{}", terminal ? kClearLine : "", line, open ? "" : "\n"));
    bar_is_open = open;
  }
};

Progress::Progress(std::string what, int64_t total) : state_(std::make_unique<State>()) {
  state_->what = std::move(what);
  state_->total = total;
  state_->terminal = ::isatty(STDERR_FILENO) == 1;
  ++live_counters;
}

Progress::~Progress() {
  std::lock_guard lock(state_->mutex);
  if (!quiet()) state_->draw(true);
  --live_counters;
}

void Progress::advance(int64_t steps, const std::string& note) {
  std::lock_guard lock(state_->mutex);
  state_->done += steps;
  if (!note.empty()) state_->note = note;
  const auto now = Clock::now();
  const auto pause =
      state_->terminal && live_counters == 1 ? std::chrono::milliseconds(100) : std::chrono::seconds(15);
  if (quiet() || now - state_->last < pause) return;
  state_->last = now;
  state_->draw(false);
}

void install_interrupt_handler() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

bool interrupted() { return interrupt_count.load() > 0; }

void throw_if_interrupted(const char* hint) {
  if (interrupted())
    throw Error(ExitCode::kInterrupted, "", "interrupted; what was finished is on disk", hint);
}

}  // namespace synerbench
