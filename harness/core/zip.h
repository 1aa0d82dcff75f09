// Zip archives from outside, held against their check sums.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace synerbench {

struct ZipEntry {
  std::string name;    // as the archive has it: "a/b.nii", "a/" for a folder
  uint64_t bytes = 0;  // uncompressed
  uint64_t index = 0;
  bool folder() const { return name.ends_with('/'); }
};

/// An archive that is open for reading. Not to be used by several threads at a time.
class ZipFile {
 public:
  /// Error(kBadInput): no such file, no zip archive, a directory of it that is damaged, or names twice.
  explicit ZipFile(const std::filesystem::path& path);
  ~ZipFile();
  ZipFile(ZipFile&&) noexcept;
  ZipFile& operator=(ZipFile&&) noexcept;

  const std::filesystem::path& path() const { return path_; }
  const std::vector<ZipEntry>& entries() const { return entries_; }

  /// Hands the content of an entry to `take`, piece by piece. Error(kBadInput), which names the entry, when
  /// its bytes are damaged, encrypted, of another length than stated, or do not have their check sum.
  void read(const ZipEntry& entry, const std::function<void(std::span<const std::byte>)>& take) const;
  /// Reads every entry to its end.
  void check() const;

 private:
  struct Archive;
  std::filesystem::path path_;
  std::unique_ptr<Archive> archive_;
  std::vector<ZipEntry> entries_;
};

}  // namespace synerbench
