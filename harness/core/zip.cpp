#include "harness/core/zip.h"

#include <fmt/format.h>
#include <zip.h>

#include <array>
#include <set>

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/core/utf8.h"

namespace synerbench {
namespace {

constexpr const char* kRemedy = "copy or download the archive again";

std::string text_of(zip_error_t* error) {
  std::string text = zip_error_strerror(error);
  zip_error_fini(error);
  return text;
}

std::string reason_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  return text_of(&error);
}

constexpr const char* kMakeAgain =
    "write the archive anew, with each file once; a copy of it has it twice, too";

/// The first name that an archive has twice; "" where it cannot be told.
std::string double_name_in(const std::filesystem::path& path) {
  int code = 0;
  zip_t* zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (zip == nullptr) return "";
  std::set<std::string> names;
  std::string found;
  const zip_int64_t count = zip_get_num_entries(zip, 0);
  for (zip_int64_t i = 0; i < count && found.empty(); ++i) {
    const char* name = zip_get_name(zip, static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr && !names.insert(name).second) found = name;
  }
  zip_discard(zip);
  return found;
}

struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

struct ZipFile::Archive {
  zip_t* zip = nullptr;
  ~Archive() {
    if (zip != nullptr) zip_discard(zip);
  }
};

ZipFile::ZipFile(const std::filesystem::path& path) : path_(path), archive_(std::make_unique<Archive>()) {
  int code = 0;
  // ZIP_CHECKCONS: what the directory and the entries themselves say of each other has to agree.
  archive_->zip = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (archive_->zip == nullptr) {
    if (code == ZIP_ER_NOENT) throw input_error(path.string(), "no such file", "check the path");
    if (code == ZIP_ER_NOZIP)
      throw input_error(path.string(), "is no zip archive, or its end is missing", kRemedy);
    if (code == ZIP_ER_EXISTS) {
      const std::string name = double_name_in(path);
      throw input_error(
          path.string(),
          name.empty() ? "holds an entry twice" : fmt::format("holds \"{}\" twice", printable(name)),
          kMakeAgain);
    }
    throw input_error(path.string(), fmt::format("cannot be read as a zip archive ({})", reason_of(code)),
                      kRemedy);
  }
  std::set<std::string> names;
  const zip_int64_t count = zip_get_num_entries(archive_->zip, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE;
    if (zip_stat_index(archive_->zip, static_cast<zip_uint64_t>(i), 0, &stat) != 0 ||
        (stat.valid & kNeeded) != kNeeded)
      throw input_error(path.string(), fmt::format("entry {} has no name or size", i), kRemedy);
    if (!names.insert(stat.name).second)
      throw input_error(path.string(), fmt::format("holds \"{}\" twice", printable(stat.name)), kMakeAgain);
    entries_.push_back({stat.name, stat.size, static_cast<uint64_t>(i)});
  }
}

ZipFile::~ZipFile() = default;
ZipFile::ZipFile(ZipFile&&) noexcept = default;
ZipFile& ZipFile::operator=(ZipFile&&) noexcept = default;

void ZipFile::read(const ZipEntry& entry, const std::function<void(std::span<const std::byte>)>& take) const {
  const std::string place = fmt::format("{}: {}", path_.string(), printable(entry.name));
  const std::unique_ptr<zip_file_t, CloseEntry> file(zip_fopen_index(archive_->zip, entry.index, 0));
  if (!file) {
    zip_error_t* error = zip_get_error(archive_->zip);
    const bool locked = zip_error_code_zip(error) == ZIP_ER_NOPASSWD;
    throw input_error(place,
                      locked ? "is encrypted" : fmt::format("cannot be read ({})", zip_error_strerror(error)),
                      locked ? "unpack it, and give the folder" : kRemedy);
  }
  std::array<std::byte, size_t{1} << 16> buffer;
  uint64_t sum = 0;
  for (;;) {
    throw_if_interrupted();
    const zip_int64_t got = zip_fread(file.get(), buffer.data(), buffer.size());
    if (got < 0)
      throw input_error(
          place, fmt::format("is damaged ({})", zip_error_strerror(zip_file_get_error(file.get()))), kRemedy);
    if (got == 0) break;
    sum += static_cast<uint64_t>(got);
    if (sum > entry.bytes)
      throw input_error(
          place, fmt::format("is longer than the {} bytes that the archive states", entry.bytes), kRemedy);
    take(std::span(buffer).first(static_cast<size_t>(got)));
  }
  if (sum != entry.bytes)
    throw input_error(place, fmt::format("holds {} bytes, the archive states {}", sum, entry.bytes), kRemedy);
}

void ZipFile::check() const {
  for (const ZipEntry& entry : entries_) read(entry, [](std::span<const std::byte>) {});
}

}  // namespace synerbench
