#include "tests/app/damage/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "harness/core/file.h"

namespace synerbench::damage {

namespace fs = std::filesystem;

/// Does its first thread run, or wait for its turn? On a machine with other work that may take minutes, and
/// is no fault.
static bool wants_the_processor(pid_t pid) {
  std::string text;
  std::getline(std::ifstream(fmt::format("/proc/{}/stat", pid)), text, '\0');
  const size_t name_end = text.rfind(')');
  return name_end != std::string::npos && name_end + 2 < text.size() && text[name_end + 2] == 'R';
}

Outcome Program::start(const Words& words, const fs::path& folder, const fs::path& until) const {
  const fs::path log = desk / "output.txt";
  const pid_t pid = ::fork();
  if (pid == 0) {
    const rlimit cpu{kMostSeconds, kMostSeconds + 5};
    ::setrlimit(RLIMIT_CPU, &cpu);
    ::setenv("OMP_NUM_THREADS", "1", 1);
    if (::chdir(folder.c_str()) != 0) ::_exit(127);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644),
              none = ::open("/dev/null", O_RDONLY);
    ::dup2(none, 0), ::dup2(out, 1), ::dup2(out, 2);
    std::string own = executable.string();
    std::vector<char*> argv{own.data()};
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(executable.c_str(), argv.data());
    ::_exit(127);
  }
  Outcome outcome;
  using Clock = std::chrono::steady_clock;
  Clock::duration asleep{};
  Clock::time_point last = Clock::now();
  int status = 0;
  rusage usage{};
  bool told = false;
  while (::wait4(pid, &status, WNOHANG, &usage) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    if (!told && !until.empty() && fs::exists(until)) told = ::kill(pid, SIGTERM) == 0;
    const Clock::time_point now = Clock::now();
    if (!wants_the_processor(pid)) asleep += now - last;
    last = now;
    if (asleep > std::chrono::seconds(kMostSecondsAsleep)) {
      outcome.hung = true;
      ::kill(pid, SIGKILL);
    }
  }
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  if (outcome.signal == SIGXCPU) outcome.hung = true;
  outcome.peak_kb = usage.ru_maxrss;
  outcome.text = read_file(log);
  return outcome;
}

void Program::must(const Words& words, const fs::path& folder) const {
  const Outcome outcome = start(words, folder);
  if (outcome.code == 0) return;
  throw std::runtime_error(fmt::format("the fixture cannot be made: {} {}: exit code {}\n{}",
                                       executable.string(), fmt::join(words, " "), outcome.code,
                                       outcome.text));
}

}  // namespace synerbench::damage
