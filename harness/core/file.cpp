#include "harness/core/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <vector>

#include "harness/core/error.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

std::mutex fault_mutex;
std::string fault_step;
std::atomic<int> writes_left{-1};

bool fault_at(const char* step) {
  std::lock_guard lock(fault_mutex);
  return fault_step == step;
}

[[noreturn]] void write_failed(const fs::path& path, const char* step, int error) {
  throw input_error(path.string(), fmt::format("cannot write ({}: {})", step, std::strerror(error)),
                    "check free space and permissions of the folder; nothing was changed");
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void reset(int fd) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "a socket";
}

/// An open regular file and its size when it was opened. Non-blocking, so that a named pipe is refused
/// instead of waited for.
struct RegularFile {
  Descriptor file;
  uint64_t size = 0;

  explicit RegularFile(const fs::path& path) : file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    const std::string place = path.string();
    if (file.get() < 0) {
      if (errno == ENOENT) throw input_error(place, "no such file", "check the path");
      const std::error_code code(errno, std::generic_category());
      throw input_error(place, fmt::format("cannot be opened ({})", code.message()), path_hint(code));
    }
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0)
      throw input_error(place, fmt::format("cannot be read ({})", std::strerror(errno)), "check the disk");
    if (!S_ISREG(facts.st_mode)) {
      throw input_error(
          place, fmt::format("is {}, a file is wanted", kind_of(facts.st_mode)),
          S_ISDIR(facts.st_mode) ? "check the path" : "write its content into a file and give that");
    }
    size = static_cast<uint64_t>(facts.st_size);
  }

  /// Bytes read, 0 at the end.
  size_t read(char* out, size_t count, const fs::path& path) const {
    ssize_t got = -1;
    do {
      got = ::read(file.get(), out, count);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
      throw input_error(path.string(), fmt::format("cannot be read ({})", std::strerror(errno)),
                        "check the disk and copy the file again");
    }
    return static_cast<size_t>(got);
  }
};

[[noreturn]] void path_failed(const fs::path& path, const std::error_code& code) {
  throw input_error(path.string(), fmt::format("cannot be looked at ({})", code.message()), path_hint(code));
}

fs::file_status status_of(const fs::path& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::status_known(status)) path_failed(path, code);
  return status;
}

// Note [Temporary files] What is written to "x" stands in ".tmp-0-x" until it is complete. The name is the
// same every time, so that what a killed process leaves is replaced by the process that does its work again.
// A lock on the file says that somebody is at work on it; another writer of the same file then takes
// ".tmp-1-x". The lock ends with the process.

/// A temporary file that is locked by us. Its real name's ending stays last: image libraries choose the
/// format by it.
class TemporaryFile {
 public:
  TemporaryFile(const fs::path& folder, const fs::path& target) : lock_(-1) {
    constexpr int kMostWriters = 1000;
    for (int number = 0; number < kMostWriters; ++number) {
      path_ = folder / fmt::format("{}{}-{}", kTemporaryPrefix, number, target.filename().string());
      if (take(target)) return;
    }
    throw input_error(target.string(), "too many processes write this file", "end them, then try again");
  }
  const fs::path& path() const { return path_; }

 private:
  bool take(const fs::path& target) {
    for (;;) {
      lock_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
      if (lock_.get() < 0) write_failed(target, "open", errno);
      // A disk without locks: nothing tells who is at work. One process is the rule there.
      if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
      struct stat mine {
      }, there{};
      if (::fstat(lock_.get(), &mine) != 0) write_failed(target, "open", errno);
      // Its last owner may have renamed or removed it between our two calls.
      if (::stat(path_.c_str(), &there) == 0 && mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
        return true;
    }
  }

  fs::path path_;
  Descriptor lock_;
};

void flush_to_disk(const fs::path& path, const fs::path& shown, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0) write_failed(shown, "open", errno);
  // Some file systems cannot flush a folder and say so; the file itself must be flushed.
  if (::fsync(file.get()) != 0 && !(flags & O_DIRECTORY)) write_failed(shown, "flush", errno);
}

}  // namespace

void set_write_limit_for_testing(int writes) { writes_left = writes; }

void set_write_fault_for_testing(std::string step) {
  std::lock_guard lock(fault_mutex);
  fault_step = std::move(step);
}

void write_file_with(const fs::path& path, const std::function<void(const fs::path&)>& produce) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) write_failed(path, "make folder", code.value());
  if (fault_at("open")) write_failed(path, "open", EACCES);
  const TemporaryFile owned(folder, path);
  const fs::path& temporary = owned.path();
  try {
    produce(temporary);
    if (writes_left >= 0 && writes_left-- == 0) ::raise(SIGKILL);
    if (fault_at("write")) write_failed(path, "write", ENOSPC);
    if (fault_at("sync")) write_failed(path, "flush", EIO);
    flush_to_disk(temporary, path, O_RDONLY);
    if (fault_at("rename")) write_failed(path, "rename", EXDEV);
    if (::rename(temporary.c_str(), path.c_str()) != 0) write_failed(path, "rename", errno);
  } catch (...) {
    fs::remove(temporary, code);
    throw;
  }
  flush_to_disk(folder, path, O_RDONLY | O_DIRECTORY);
}

void require_writable(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) write_failed(path, "make folder", code.value());
  if (fs::is_directory(path, code)) write_failed(path, "open", EISDIR);
  const TemporaryFile owned(folder, path);
  fs::remove(owned.path(), code);
}

void write_file(const fs::path& path, std::string_view bytes) {
  write_file_with(path, [&](const fs::path& temporary) {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) write_failed(path, "open", errno);
    while (!bytes.empty()) {
      const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) write_failed(path, "write", errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  });
}

void remove_temporary_files(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> strays;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, options, code), end; !code && at != end;
       at.increment(code)) {
    if (!at->path().filename().string().starts_with(kTemporaryPrefix)) continue;
    strays.push_back(at->path());
    at.disable_recursion_pending();
  }
  for (const fs::path& stray : strays) {
    const Descriptor owner(::open(stray.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (owner.get() >= 0 && ::flock(owner.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) continue;
    fs::remove_all(stray, code);
  }
}

std::string path_hint(const std::error_code& code) {
  if (code == std::errc::permission_denied || code == std::errc::operation_not_permitted)
    return "check the permissions of the path and of the folders above it";
  if (code == std::errc::no_space_on_device) return "make room on the disk";
  if (code == std::errc::read_only_file_system) return "choose a place that may be written";
  if (code == std::errc::too_many_symbolic_link_levels) return "the links lead in a circle; check them";
  if (code == std::errc::filename_too_long) return "choose a shorter name";
  return "check the path";
}

bool path_exists(const fs::path& path) { return fs::exists(status_of(path)); }
bool folder_exists(const fs::path& path) { return fs::is_directory(status_of(path)); }
bool file_exists(const fs::path& path) { return fs::is_regular_file(status_of(path)); }

std::string read_file(const fs::path& path, size_t most) {
  const RegularFile file(path);
  const auto check = [&](uint64_t size) {
    if (size <= most) return;
    throw input_error(path.string(), fmt::format("holds more than the {} bytes that are read at most", most),
                      "the file is damaged or not what it should be");
  };
  check(file.size);
  std::string bytes;
  bytes.resize(file.size);
  size_t filled = 0;
  for (;;) {
    // One more than is expected: the file may have grown, and those of the system say 0.
    if (filled == bytes.size()) bytes.resize(filled + (filled == file.size ? 1 : filled + 4096));
    const size_t got = file.read(bytes.data() + filled, bytes.size() - filled, path);
    if (got == 0) break;
    filled += got;
    check(filled);
  }
  bytes.resize(filled);
  return bytes;
}

std::string read_beginning(const fs::path& path, size_t count) {
  const RegularFile file(path);
  std::string bytes(count, '\0');
  size_t filled = 0;
  while (filled < count) {
    const size_t got = file.read(bytes.data() + filled, count - filled, path);
    if (got == 0) break;
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

MappedFile::MappedFile(const fs::path& path, How how, size_t most) : path_(path) {
  const RegularFile file(path);
  if (file.size == 0) return;
  const auto size = how == How::kCopy ? std::min<size_t>(file.size, most) : static_cast<size_t>(file.size);
  void* data = how == How::kMap
                   ? ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.file.get(), 0)
                   : ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    throw input_error(path.string(), fmt::format("cannot be memory-mapped ({})", std::strerror(errno)),
                      "copy it to a local disk");
  }
  data_ = static_cast<const std::byte*>(data);
  size_ = size;
  if (how == How::kMap) return;
  const auto give_up = [&] {
    ::munmap(data, size);
    data_ = nullptr;
  };
  try {
    for (size_t filled = 0; filled < size;) {
      const size_t got = file.read(static_cast<char*>(data) + filled, size - filled, path);
      if (got == 0)
        throw input_error(path.string(),
                          fmt::format("shrank from {} to {} bytes while it was read", size, filled),
                          "somebody is writing it; wait until it is complete");
      filled += got;
    }
  } catch (...) {
    give_up();
    throw;
  }
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  SB_CHECK(context_ && EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256::update(std::span<const std::byte> bytes) {
  SB_CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1);
}
void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  SB_CHECK(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest, &length) == 1 && length == 32);
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256_hex(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex();
}

std::string sha256_file(const fs::path& path) {
  constexpr size_t kPiece = size_t{1} << 20;
  const RegularFile file(path);
  Sha256 hash;
  std::string piece(kPiece, '\0');
  uint64_t total = 0;
  while (const size_t got = file.read(piece.data(), piece.size(), path)) {
    hash.update(std::string_view(piece).substr(0, got));
    total += got;
    // A file that grows faster than it is read has no hash.
    if (total > 2 * file.size + kPiece)
      throw input_error(path.string(), "grows while it is read", "wait until it is complete");
  }
  return hash.hex();
}

}  // namespace synerbench
