#include "harness/data/zip.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <fstream>
#include <set>
#include <string>

#include "harness/core/error.h"
#include "harness/core/letters.h"
#include "harness/core/utf8.h"
#include "harness/core/zip.h"
#include "harness/data/detail/byte_source.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

// A path below the folder, or an error.
fs::path checked_name(const fs::path& archive, const std::string& name) {
  const bool odd = name.empty() || replace_invalid_utf8(name) != name ||
                   name.find('\\') != std::string::npos || !is_line(name);
  const fs::path path(name);
  const bool climbs = std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  // "." and "a/.." would stand for folders, and a file system has no place for a name of hundreds of bytes.
  const bool long_part =
      std::any_of(path.begin(), path.end(), [](const auto& part) { return part.string().size() > NAME_MAX; });
  const bool whole = !path.lexically_normal().filename().empty() && path.lexically_normal() != ".";
  constexpr size_t kLongest = 2000;  // bytes; with the folder's own path it has to stay below PATH_MAX
  if (odd || path.is_absolute() || climbs || long_part || !whole || name.size() > kLongest)
    throw input_error(archive.string(),
                      fmt::format("\"{}\" is no name of a file inside an archive", printable(name)),
                      "unpack it yourself, and look at what it is");
  return path.lexically_normal();
}

void check_names_and_size(const ZipFile& archive, const ZipLimits& limits) {
  const std::string place = archive.path().string();
  std::set<fs::path> names, folders;
  uint64_t total = 0;
  for (const ZipEntry& entry : archive.entries()) {
    if (entry.folder()) continue;
    const fs::path name = checked_name(archive.path(), entry.name);
    if (!names.insert(name).second)
      throw input_error(place, fmt::format("\"{}\" is in it twice", entry.name),
                        "make the archive again, with each file once");
    for (fs::path above = name.parent_path(); !above.empty(); above = above.parent_path())
      folders.insert(above);
    total += std::min<uint64_t>(entry.bytes, uint64_t{1} << 62);
    if (total > static_cast<uint64_t>(limits.bytes))
      throw input_error(place,
                        fmt::format("would unpack to more than {} bytes", detail::grouped(limits.bytes)),
                        "unpack it yourself");
  }
  for (const fs::path& folder : folders) {
    if (names.contains(folder))
      throw input_error(place, fmt::format("\"{}\" is a file in it and a folder", folder.string()),
                        "make the archive again");
  }
  if (static_cast<int64_t>(names.size()) > limits.files)
    throw input_error(place, fmt::format("holds {} files, more than {}", names.size(), limits.files),
                      "unpack it yourself");
}

}  // namespace

bool is_zip(const fs::path& path) { return lower(path.filename().string()).ends_with(".zip"); }

FolderOrZip::FolderOrZip(const fs::path& place) : path_(place) {
  std::error_code code;
  if (!is_zip(place) || fs::is_directory(place, code)) return;
  std::string pattern = (fs::temp_directory_path() / "synerbench-zip-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw input_error(fs::temp_directory_path().string(), "a folder for what is unpacked cannot be made",
                      "check space and permissions, or set TMPDIR to another folder");
  }
  path_ = pattern;
  temporary_ = true;
  try {
    unpack_zip(place, path_);
  } catch (...) {
    fs::remove_all(path_, code);
    throw;
  }
}

FolderOrZip::~FolderOrZip() {
  std::error_code ignored;
  if (temporary_) fs::remove_all(path_, ignored);
}

void unpack_zip(const fs::path& archive_path, const fs::path& folder, const ZipLimits& limits) {
  const ZipFile archive(archive_path);
  check_names_and_size(archive, limits);
  for (const ZipEntry& entry : archive.entries()) {
    if (entry.folder()) continue;
    const fs::path target = folder / checked_name(archive_path, entry.name);
    fs::create_directories(target.parent_path());
    std::ofstream out(target, std::ios::binary);
    archive.read(entry, [&](std::span<const std::byte> bytes) {
      out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    });
    out.close();
    if (!out) throw input_error(target.string(), "cannot be written", "check free space and permissions");
  }
}

}  // namespace synerbench
