#include "harness/core/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>

#include "harness/core/error.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

std::mutex fault_mutex;
std::string fault_step;

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

 private:
  int fd_;
};

void flush_to_disk(const fs::path& path, const fs::path& shown, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0) write_failed(shown, "open", errno);
  // Some file systems cannot flush a folder and say so; the file itself must be flushed.
  if (::fsync(file.get()) != 0 && !(flags & O_DIRECTORY)) write_failed(shown, "flush", errno);
}

}  // namespace

void set_write_fault_for_testing(std::string step) {
  std::lock_guard lock(fault_mutex);
  fault_step = std::move(step);
}

void write_file_with(const fs::path& path, const std::function<void(const fs::path&)>& produce) {
  static std::atomic<uint64_t> counter{0};
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) write_failed(path, "make folder", code.value());
  // The real name's ending stays last: image libraries choose the format by it.
  const fs::path temporary =
      folder / fmt::format(".tmp-{}-{}-{}", ::getpid(), counter.fetch_add(1), path.filename().string());
  try {
    if (fault_at("open")) write_failed(path, "open", EACCES);
    produce(temporary);
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

std::string read_file(const fs::path& path) {
  std::error_code code;
  if (!fs::exists(path, code)) throw input_error(path.string(), "no such file", "check the path");
  if (fs::is_directory(path, code))
    throw input_error(path.string(), "is a folder, a file is wanted", "check the path");
  std::ifstream stream(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!stream) throw input_error(path.string(), "cannot be read", "check its permissions");
  return bytes;
}

MappedFile::MappedFile(const fs::path& path) : path_(path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    throw input_error(path.string(), fmt::format("cannot be opened ({})", std::strerror(errno)),
                      "check the path");
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    throw input_error(path.string(), "is not a regular file", "check the path");
  }
  size_ = static_cast<size_t>(facts.st_size);
  if (size_ == 0) return;
  void* data = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) {
    throw input_error(path.string(), fmt::format("cannot be memory-mapped ({})", std::strerror(errno)),
                      "copy it to a local disk");
  }
  data_ = static_cast<const std::byte*>(data);
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
  const MappedFile file(path);
  Sha256 hash;
  hash.update(file.bytes());
  return hash.hex();
}

}  // namespace synerbench
