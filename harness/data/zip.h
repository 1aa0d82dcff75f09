// Zip archives that data come in.
#pragma once

#include <cstdint>
#include <filesystem>

namespace synerbench {

struct ZipLimits {
  int64_t files = 1'000'000;
  int64_t bytes = int64_t{1} << 36;  // unpacked, of all files together
};

/// Writes every file of the archive below `folder`, which is there, and holds each against its length and
/// check sum (ZipFile, harness/core/zip.h). Error(kBadInput): a damaged or cut-off archive, a name that leads
/// out of the folder or stands twice, an encrypted file, a kind of compression that is not known, more than
/// the limits allow. What was unpacked by then stays in the folder.
void unpack_zip(const std::filesystem::path& archive, const std::filesystem::path& folder,
                const ZipLimits& limits = {});

/// A folder, or a zip unpacked into a folder of its own (below TMPDIR), which goes with this.
class FolderOrZip {
 public:
  explicit FolderOrZip(const std::filesystem::path& place);
  ~FolderOrZip();
  FolderOrZip(const FolderOrZip&) = delete;
  FolderOrZip& operator=(const FolderOrZip&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool temporary_ = false;
};
/// By the name's ending, in any case.
bool is_zip(const std::filesystem::path& path);

}  // namespace synerbench
