// Files that appear whole or not at all, memory maps, and hashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace synerbench {

/// Writes `bytes` to `path`: temporary sibling, flush to disk, rename, flush the folder. A reader sees the
/// old file or the new one, never a part. Parent folders are made. Throws Error(kBadInput) naming the step
/// that failed (disk full, no permission, ...) and leaves no temporary file behind.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// The same for content that is too large to hold: `produce` writes to the temporary path it is given.
void write_file_with(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path& temporary)>& produce);

/// Whole file as bytes. Error(kBadInput) when it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// Lets tests make write_file fail at a step: "open", "write", "sync", "rename". Empty: no fault.
/// Affects the whole process; only for tests.
void set_write_fault_for_testing(std::string step);

/// A read-only memory map of a whole file. The bytes live as long as the object.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// Incremental SHA-256 (OpenSSL); hex() may be called once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  std::string hex();  // 64 lower-case digits

 private:
  void* context_;
};

std::string sha256_hex(std::string_view text);
std::string sha256_file(const std::filesystem::path& path);

}  // namespace synerbench
