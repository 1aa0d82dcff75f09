#include "harness/data/zip.h"

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/letters.h"
#include "harness/core/utf8.h"
#include "harness/data/detail/byte_source.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

// Signatures and sizes of the format's records (PKWARE's APPNOTE, 4.3).
constexpr uint64_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                   kLocator64 = 0x07064b50;
constexpr uint64_t kNarrow32 = 0xFFFFFFFF, kNarrow16 = 0xFFFF;

struct Entry {
  std::string name;
  uint64_t method = 0, flags = 0, crc = 0, packed = 0, unpacked = 0, local_at = 0;
};

class Archive {
 public:
  Archive(const fs::path& path) : place_(path.string()), stream_(path, std::ios::binary) {
    std::error_code code;
    size_ = fs::file_size(path, code);
    if (code || !stream_)
      throw input_error(place_, "cannot be opened", "check that the file is there and may be read");
  }

  std::vector<Entry> directory(const ZipLimits& limits) {
    const auto [at, count, length] = find_directory();
    if (count > static_cast<uint64_t>(limits.files))
      throw input_error(place_, fmt::format("holds {} files, more than {}", count, limits.files),
                        "unpack it yourself");
    const std::vector<unsigned char> bytes = read(at, length);
    std::vector<Entry> entries;
    size_t next = 0;
    for (uint64_t i = 0; i < count; ++i) {
      if (bytes.size() - next < 46 || number(bytes, next, 4) != kCentral)
        throw damaged("its directory is cut off");
      Entry entry;
      entry.flags = number(bytes, next + 8, 2);
      entry.method = number(bytes, next + 10, 2);
      entry.crc = number(bytes, next + 16, 4);
      entry.packed = number(bytes, next + 20, 4);
      entry.unpacked = number(bytes, next + 24, 4);
      entry.local_at = number(bytes, next + 42, 4);
      const uint64_t name = number(bytes, next + 28, 2), extra = number(bytes, next + 30, 2),
                     comment = number(bytes, next + 32, 2);
      if (bytes.size() - next - 46 < name + extra + comment) throw damaged("its directory is cut off");
      entry.name.assign(reinterpret_cast<const char*>(bytes.data()) + next + 46, name);
      widen(entry, std::span(bytes).subspan(next + 46 + name, extra));
      next += 46 + name + extra + comment;
      entries.push_back(std::move(entry));
    }
    return entries;
  }

  /// Unpacks one file, checks it, and writes it.
  void unpack(const Entry& entry, const fs::path& target) {
    const std::vector<unsigned char> local = read(entry.local_at, 30);
    if (number(local, 0, 4) != kLocal)
      throw damaged(fmt::format("no file begins where \"{}\" is said to", entry.name));
    const uint64_t begin = entry.local_at + 30 + number(local, 26, 2) + number(local, 28, 2);
    if (begin > size_ || entry.packed > size_ - begin)
      throw damaged(fmt::format("\"{}\" reaches beyond the end of the archive", entry.name));
    fs::create_directories(target.parent_path());
    std::ofstream out(target, std::ios::binary);
    uint64_t written = 0;
    uLong crc = crc32(0, nullptr, 0);
    const auto write = [&](const unsigned char* data, size_t count) {
      written += count;
      if (written > entry.unpacked)
        throw damaged(
            fmt::format("\"{}\" holds more than the {} bytes that are promised", entry.name, entry.unpacked));
      crc = crc32(crc, data, static_cast<uInt>(count));
      out.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(count));
    };
    entry.method == 0 ? copy(entry, begin, write) : inflate(entry, begin, write);
    out.close();
    if (!out) throw input_error(target.string(), "cannot be written", "check free space and permissions");
    if (written != entry.unpacked || crc != entry.crc) {
      throw damaged(fmt::format("\"{}\": {} bytes with checksum {:08x} came out, {} with {:08x} are promised",
                                entry.name, written, crc, entry.unpacked, entry.crc));
    }
  }

  Error damaged(const std::string& problem) const {
    return input_error(place_, problem, "the archive is damaged or cut off; copy it again from its source");
  }

 private:
  struct Place {
    uint64_t at, count, length;
  };
  static constexpr size_t kChunk = 1 << 16;

  template <class Bytes>
  static uint64_t number(const Bytes& bytes, size_t at, size_t width) {
    uint64_t value = 0;
    for (size_t i = width; i-- > 0;) value = value << 8 | bytes[at + i];
    return value;
  }
  std::vector<unsigned char> read(uint64_t at, uint64_t count) {
    if (at > size_ || count > size_ - at) throw damaged("ends before what its directory promises");
    std::vector<unsigned char> bytes(count);
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(at));
    stream_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
    if (!stream_) throw input_error(place_, "cannot be read", "check the disk");
    return bytes;
  }

  // The record of the end is the last one; a comment of up to 65535 bytes may follow it.
  Place find_directory() {
    const uint64_t tail = std::min<uint64_t>(size_, 22 + 65535);
    if (tail < 22) throw damaged("is no zip archive: it has no directory at its end");
    const auto bytes = read(size_ - tail, tail);
    size_t at = bytes.size() - 22 + 1;
    bool found = false;
    while (at-- > 0 && !found)
      found = number(bytes, at, 4) == kEnd && at + 22 + number(bytes, at + 20, 2) == bytes.size();
    if (!found) throw damaged("is no zip archive, or its end is missing");
    ++at;
    Place place{number(bytes, at + 16, 4), number(bytes, at + 10, 2), number(bytes, at + 12, 4)};
    if (place.at != kNarrow32 && place.count != kNarrow16 && place.length != kNarrow32) return checked(place);
    const uint64_t end_at = size_ - tail + at;
    if (end_at < 20) throw damaged("its directory for large archives is missing");
    const auto locator = read(end_at - 20, 20);
    if (number(locator, 0, 4) != kLocator64) return checked(place);
    const auto wide = read(number(locator, 8, 8), 56);
    if (number(wide, 0, 4) != kEnd64) throw damaged("its directory for large archives is missing");
    return checked({number(wide, 48, 8), number(wide, 32, 8), number(wide, 40, 8)});
  }
  Place checked(const Place& place) const {
    if (place.at > size_ || place.length > size_ - place.at)
      throw damaged("its directory lies beyond its end");
    if (place.count > place.length / 46)
      throw damaged("its directory is too short for the files it promises");
    return place;
  }

  // Numbers that do not fit into 32 bits stand in an extra field.
  void widen(Entry& entry, std::span<const unsigned char> extra) const {
    for (size_t at = 0; at + 4 <= extra.size();) {
      const uint64_t id = number(extra, at, 2), length = number(extra, at + 2, 2);
      if (length > extra.size() - at - 4) throw damaged("its directory is damaged");
      size_t next = at + 4;
      const size_t end = next + length;
      if (id == 1) {
        for (uint64_t* field : {&entry.unpacked, &entry.packed, &entry.local_at}) {
          if (*field != kNarrow32) continue;
          if (end - next < 8) throw damaged("its directory is damaged");
          *field = number(extra, next, 8);
          next += 8;
        }
      }
      at = end;
    }
  }

  template <class Write>
  void copy(const Entry& entry, uint64_t at, const Write& write) {
    if (entry.packed != entry.unpacked) throw damaged(fmt::format("\"{}\" has two lengths", entry.name));
    for (uint64_t done = 0; done < entry.packed;) {
      const uint64_t count = std::min<uint64_t>(kChunk, entry.packed - done);
      const auto bytes = read(at + done, count);
      write(bytes.data(), bytes.size());
      done += count;
    }
  }

  template <class Write>
  void inflate(const Entry& entry, uint64_t at, const Write& write) {
    struct Stream : z_stream {
      Stream() : z_stream{} { inflateInit2(this, -MAX_WBITS); }
      ~Stream() { inflateEnd(this); }
    } stream;
    std::vector<unsigned char> out(kChunk), in;
    uint64_t read_so_far = 0;
    for (int state = Z_OK; state != Z_STREAM_END;) {
      if (stream.avail_in == 0) {
        const uint64_t count = std::min<uint64_t>(kChunk, entry.packed - read_so_far);
        if (count == 0)
          throw damaged(fmt::format("\"{}\" ends before its compressed stream does", entry.name));
        in = read(at + read_so_far, count);
        read_so_far += count;
        stream.next_in = in.data();
        stream.avail_in = static_cast<uInt>(count);
      }
      stream.next_out = out.data();
      stream.avail_out = static_cast<uInt>(out.size());
      state = ::inflate(&stream, Z_NO_FLUSH);
      if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
        throw damaged(fmt::format("\"{}\" does not unpack", entry.name));
      write(out.data(), out.size() - stream.avail_out);
    }
  }

  std::string place_;
  std::ifstream stream_;
  uint64_t size_ = 0;
};

// A path below the folder, or an error.
fs::path checked_name(const Archive& archive, const std::string& name) {
  const bool odd = name.empty() || replace_invalid_utf8(name) != name ||
                   name.find('\\') != std::string::npos || printable(name, name.size() + 1) != name;
  const fs::path path(name);
  const bool climbs = std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (odd || path.is_absolute() || climbs)
    throw archive.damaged(fmt::format("\"{}\" is no name of a file inside an archive", name));
  return path.lexically_normal();
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
  Archive archive(archive_path);
  std::set<fs::path> names;
  uint64_t total = 0;
  const auto entries = archive.directory(limits);
  for (const Entry& entry : entries) {
    if (entry.name.ends_with('/')) continue;
    if (!names.insert(checked_name(archive, entry.name)).second)
      throw archive.damaged(fmt::format("\"{}\" is in it twice", entry.name));
    const std::string place = archive_path.string();
    if ((entry.flags & 1) != 0)
      throw input_error(place, fmt::format("\"{}\" is encrypted", entry.name),
                        "unpack it yourself, with its password");
    if (entry.method != 0 && entry.method != 8) {
      throw input_error(place, fmt::format("\"{}\" is compressed by method {}", entry.name, entry.method),
                        "only deflate is read; pack it again with zip");
    }
    total += std::min<uint64_t>(entry.unpacked, uint64_t{1} << 62);
    if (total > static_cast<uint64_t>(limits.bytes)) {
      throw input_error(place,
                        fmt::format("would unpack to more than {} bytes", detail::grouped(limits.bytes)),
                        "unpack it yourself");
    }
  }
  for (const Entry& entry : entries) {
    if (!entry.name.ends_with('/')) archive.unpack(entry, folder / checked_name(archive, entry.name));
  }
}

}  // namespace synerbench
