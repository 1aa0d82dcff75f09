#include "harness/train/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "harness/core/error.h"

namespace synerbench {

TrainLog::TrainLog(const std::filesystem::path& path, int64_t length) : path_(path), length_(length) {
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0)
    throw input_error(path.string(), fmt::format("cannot be opened: {}", std::strerror(errno)));
  const int64_t size = ::lseek(descriptor_, 0, SEEK_END);
  if (size < length) {
    ::close(descriptor_);
    throw input_error(path.string(),
                      fmt::format("{} bytes found, the checkpoint was made at {}", size, length),
                      "the log was cut; restore it or start the training anew in another folder");
  }
  if (::ftruncate(descriptor_, length) != 0 || ::lseek(descriptor_, length, SEEK_SET) < 0) {
    const int error = errno;
    ::close(descriptor_);
    throw input_error(path.string(),
                      fmt::format("cannot be cut to {} bytes: {}", length, std::strerror(error)));
  }
}

TrainLog::~TrainLog() { ::close(descriptor_); }

void TrainLog::append(const Json& line) {
  const std::string text = to_text(line, -1) + "\n";
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(descriptor_, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      throw input_error(path_.string(), fmt::format("cannot be written: {}", std::strerror(errno)),
                        "make room, then go on with --resume");
    }
    written += static_cast<size_t>(n);
  }
  length_ += static_cast<int64_t>(text.size());
}

void TrainLog::sync() {
  if (::fsync(descriptor_) != 0) {
    throw input_error(path_.string(), fmt::format("cannot be flushed: {}", std::strerror(errno)));
  }
}

}  // namespace synerbench
