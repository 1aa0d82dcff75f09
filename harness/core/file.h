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
#include <system_error>

namespace synerbench {

/// Writes `bytes` to `path`: temporary sibling, flush to disk, rename, flush the folder. A reader sees the
/// old file or the new one, never a part. Parent folders are made. Throws Error(kBadInput) naming the step
/// that failed (disk full, no permission, ...) and leaves no temporary file behind. See Note [Temporary
/// files].
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// The same for content that is too large to hold: `produce` writes to the temporary path it is given.
void write_file_with(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path& temporary)>& produce);

/// Asks before long work whether write_file(path) would find its folder open: makes parent folders, and a
/// temporary file that it removes again. Errors as of write_file; a folder of that name is one, too.
void require_writable(const std::filesystem::path& path);

/// Begins the name of every temporary file and of every folder of temporary files.
inline constexpr const char* kTemporaryPrefix = ".tmp-";

/// Removes what killed processes left in `folder` and in the folders below: everything whose name begins with
/// kTemporaryPrefix and that no process has locked. What cannot be removed stays.
void remove_temporary_files(const std::filesystem::path& folder);

/// More is taken for damage, or for a file without an end.
inline constexpr size_t kMostFileBytes = size_t{1} << 34;

/// Whole file as bytes. Error(kBadInput) when it cannot be read, is no regular file (a pipe or a device may
/// never end) or holds more than `most` bytes.
std::string read_file(const std::filesystem::path& path, size_t most = kMostFileBytes);

/// The first bytes of a regular file, `count` of them or as many as there are.
std::string read_beginning(const std::filesystem::path& path, size_t count);

/// Is there anything at this path? Error(kBadInput) with the path when that cannot be told: a folder above
/// that may not be entered, a name too long, links in a circle.
bool path_exists(const std::filesystem::path& path);
/// Is there a folder (a regular file) at this path, followed through links? Errors as above.
bool folder_exists(const std::filesystem::path& path);
bool file_exists(const std::filesystem::path& path);

/// What to do about a path that the system refuses, in words: check permissions, the path, the disk.
std::string path_hint(const std::error_code& code);

/// Lets tests make write_file fail at a step: "open", "write", "sync", "rename". Empty: no fault.
/// Affects the whole process; only for tests.
void set_write_fault_for_testing(std::string step);
/// Lets tests kill this process in the middle of the write after `writes` others, as kill -9 would. Negative:
/// never.
void set_write_limit_for_testing(int writes);

/// The bytes of a whole file, read-only. They live as long as the object. Only regular files.
class MappedFile {
 public:
  /// kMap: pages are read when they are touched. For files of ours, which are replaced and never changed: a
  /// file that somebody cuts while it is mapped ends the process. kCopy: read at once, for files that others
  /// may be writing.
  enum class How { kMap, kCopy };
  /// With kCopy at most the first `most` bytes.
  explicit MappedFile(const std::filesystem::path& path, How how = How::kMap, size_t most = SIZE_MAX);
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
/// Of a regular file, read piece by piece.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace synerbench
