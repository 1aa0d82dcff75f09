#include "app/streams.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "harness/core/error.h"

namespace synerbench {

void prepare_streams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one. Read-only, so that writing to a stream that was closed stays an
    // error.
    if (::open("/dev/null", O_RDONLY) < 0) return;
  }
  std::signal(SIGPIPE, SIG_IGN);
}

void write_to_stdout(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      throw input_error("standard output",
                        fmt::format("the result cannot be written ({})", std::strerror(errno)),
                        "what was finished is on disk; give the output a place and start the command again");
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace synerbench
