#include "harness/data/detail/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libdeflate.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>

#include "harness/core/error.h"

namespace synerbench::detail {
namespace {

constexpr int64_t kBufferBytes = int64_t{1} << 18;

}  // namespace

std::string grouped(int64_t number) {
  const std::string digits =
      fmt::format("{}", number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number));
  std::string text = number < 0 ? "-" : "";
  for (size_t at = 0; at < digits.size(); ++at) {
    if (at > 0 && (digits.size() - at) % 3 == 0) text += ' ';
    text += digits[at];
  }
  return text;
}

struct FileSource::Handle {
  int descriptor = -1;
  ~Handle() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

FileSource::FileSource(const std::filesystem::path& path)
    : place_(path.string()), handle_(std::make_unique<Handle>()) {
  // Non-blocking, so that a named pipe is refused below instead of waited for.
  handle_->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (handle_->descriptor < 0) {
    throw input_error(place_, fmt::format("cannot be opened ({})", std::strerror(errno)),
                      "check the path and its permissions");
  }
  struct stat facts {};
  if (::fstat(handle_->descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    throw input_error(place_,
                      S_ISDIR(facts.st_mode) ? "is not a regular file but a folder" : "is not a regular file",
                      "give the path of an image file");
  }
  size_ = facts.st_size;
  buffer_.resize(static_cast<size_t>(std::clamp<int64_t>(size_, 1, kBufferBytes)));
}

FileSource::~FileSource() = default;

size_t FileSource::read_some(std::span<std::byte> out) {
  ssize_t count = -1;
  do {
    count = ::read(handle_->descriptor, out.data(), out.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    throw input_error(place_, fmt::format("cannot be read ({})", std::strerror(errno)),
                      "check the disk and copy the file again");
  }
  return static_cast<size_t>(count);
}

std::span<const std::byte> FileSource::peek() {
  if (begin_ == end_) {
    end_ = read_some(buffer_);
    begin_ = 0;
  }
  return std::span<const std::byte>(buffer_).subspan(begin_, end_ - begin_);
}

std::span<const std::byte> FileSource::peek_all(int64_t limit) {
  const int64_t unread = size_ - position_;
  if (unread > limit) return {};
  std::vector<std::byte> all(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                             buffer_.begin() + static_cast<std::ptrdiff_t>(end_));
  size_t filled = all.size();
  all.resize(std::max(filled, static_cast<size_t>(std::max<int64_t>(unread, 1))));
  while (filled < all.size()) {
    const size_t count = read_some(std::span(all).subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  buffer_ = std::move(all);
  begin_ = 0;
  end_ = filled;
  return peek();
}

void FileSource::skip(size_t count) {
  SB_CHECK(count <= end_ - begin_);
  hash_.update(std::span<const std::byte>(buffer_).subspan(begin_, count));
  begin_ += count;
  position_ += static_cast<int64_t>(count);
}

size_t FileSource::read(std::span<std::byte> out) {
  size_t filled = 0;
  while (filled < out.size()) {
    const auto bytes = peek();
    if (bytes.empty()) break;
    const size_t count = std::min(bytes.size(), out.size() - filled);
    std::memcpy(out.data() + filled, bytes.data(), count);
    skip(count);
    filled += count;
  }
  return filled;
}

std::string FileSource::sha256() { return hash_.hex(); }

// Note [Two inflaters]
// zlib unpacks through one buffer, knows the words for what is wrong, and where. libdeflate needs the whole
// stream and the length of what is inside, and is more than twice as fast. So zlib unpacks the header. When
// header, length field and file size then agree on a single stream within the limits, libdeflate unpacks it
// as a whole, checksum included. When they do not, or libdeflate finds anything wrong, zlib goes on where it
// was, and what it says is what counts. What a header promises is never allocated before the file can keep
// it: DEFLATE makes at most 1032 bytes of one.

struct InflateSource::State {
  z_stream stream{};
};

InflateSource::InflateSource(FileSource& file, Wrapper wrapper)
    : file_(file),
      wrapper_(wrapper),
      state_(std::make_unique<State>()),
      start_(file.position()),
      packed_(file.peek_all(kWholePackedBytes)) {
  const int window_bits = wrapper == Wrapper::kGzip ? 15 + 16 : 15;
  SB_CHECK(inflateInit2(&state_->stream, window_bits) == Z_OK);
}

InflateSource::~InflateSource() { inflateEnd(&state_->stream); }

void InflateSource::expect(int64_t count) {
  constexpr int64_t kLargestRatio = 1032;
  const int64_t total = produced_ + count;
  const auto packed_size = static_cast<int64_t>(packed_.size());
  if (ended_ || packed_.empty() || total > kWholeUnpackedBytes || total / kLargestRatio > packed_size) return;
  if (wrapper_ == Wrapper::kGzip) {
    // The last four bytes of the only member are the length inside. Another length, and there are more
    // members, or other voxels than promised, or something follows. A header with a checksum of its own is
    // for zlib, which checks it.
    constexpr int64_t kSmallestMember = 18;
    constexpr auto kHeaderChecksum = std::byte{2};
    if (packed_size < kSmallestMember || (packed_[3] & kHeaderChecksum) != std::byte{0}) return;
    uint32_t length = 0;
    for (size_t i = 4; i > 0; --i)
      length = length << 8 | std::to_integer<uint32_t>(packed_[packed_.size() - 5 + i]);
    if (length != total) return;
  }
  auto unpacked = std::make_unique_for_overwrite<std::byte[]>(static_cast<size_t>(total));
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  SB_CHECK(decompressor != nullptr);
  const auto unpack =
      wrapper_ == Wrapper::kGzip ? libdeflate_gzip_decompress_ex : libdeflate_zlib_decompress_ex;
  size_t used = 0, made = 0;
  if (unpack(decompressor.get(), packed_.data(), packed_.size(), unpacked.get(), static_cast<size_t>(total),
             &used, &made) != LIBDEFLATE_SUCCESS ||
      used != packed_.size() || made != static_cast<size_t>(total))
    return;
  unpacked_ = std::move(unpacked);
  unpacked_size_ = total;
  file_.skip(packed_.size() - static_cast<size_t>(file_.position() - start_));
  ended_ = at_end();
}

bool InflateSource::at_end() {
  const auto rest = file_.peek();
  if (rest.empty()) return true;
  if (wrapper_ == Wrapper::kGzip && rest[0] == std::byte{0x1f}) {
    // Another member; a wrong second byte is found by its own header check.
    SB_CHECK(inflateReset(&state_->stream) == Z_OK);
    return false;
  }
  throw input_error(file_.place(),
                    fmt::format("{} bytes follow the end of the compressed stream, none are expected",
                                grouped(file_.size() - file_.position())),
                    kDamagedHint);
}

size_t InflateSource::read(std::span<std::byte> out) {
  z_stream& stream = state_->stream;
  size_t filled = 0;
  if (produced_ < unpacked_size_) {
    filled = std::min(out.size(), static_cast<size_t>(unpacked_size_ - produced_));
    std::memcpy(out.data(), unpacked_.get() + produced_, filled);
  }
  while (filled < out.size() && !ended_) {
    const auto input = file_.peek();
    if (input.empty()) {
      ended_ = cut_off_ = true;
      break;
    }
    const size_t room = std::min<size_t>(out.size() - filled, std::numeric_limits<uInt>::max() / 2);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    filled += room - stream.avail_out;
    file_.skip(input.size() - stream.avail_in);
    if (code == Z_STREAM_END) {
      ended_ = at_end();
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      produced_ += static_cast<int64_t>(filled);
      throw input_error(
          file_.place(),
          fmt::format("the compressed stream is damaged at byte {} of the file, after {} bytes unpacked: {}",
                      grouped(file_.position()), grouped(produced_),
                      stream.msg != nullptr ? stream.msg : "zlib gives no reason"),
          kDamagedHint);
    }
  }
  produced_ += static_cast<int64_t>(filled);
  return filled;
}

std::string known_content(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto begins = [&](std::string_view start) { return text.starts_with(start); };
  using namespace std::string_view_literals;
  if (begins("\x1f\x8b")) return "gzip";
  if (begins("BZh")) return "bzip2";
  if (begins("\xFD"
             "7zXZ"))
    return "xz";
  if (begins("\x28\xB5\x2F\xFD")) return "zstd";
  if (begins("\x04\x22\x4D\x18")) return "lz4";
  if (begins("PK\x03\x04") || begins("PK\x05\x06")) return "a zip archive";
  if (begins("7z\xBC\xAF")) return "a 7z archive";
  if (begins("Rar!")) return "a rar archive";
  if (text.size() > 262 && text.substr(257, 5) == "ustar") return "a tar archive";
  if (text.size() > 132 && text.substr(128, 4) == "DICM") return "a DICOM file";
  if (begins("NRRD000")) return "an NRRD file";
  if (begins("\x89HDF")) return "an HDF5 file";
  if (begins("CDF\x01"sv) || begins("CDF\x02"sv)) return "a NetCDF file (MINC 1)";
  if (begins("\x93NUMPY")) return "a NumPy array";
  if (begins("version https://git-lfs"))
    return "a pointer of git-lfs; the content was not fetched (git lfs pull)";
  if (begins("/annex/objects/") || text.substr(0, 200).find("/annex/objects/") != std::string_view::npos)
    return "a pointer of git-annex; the content was not fetched (git annex get)";
  if (text.size() > 348 && (text.substr(344, 4) == "n+1\0"sv || text.substr(344, 4) == "ni1\0"sv))
    return "a NIfTI file";
  if (begins("ObjectType") || begins("NDims")) return "a MetaImage file";
  std::string start(text.substr(0, 200));
  for (char& c : start) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  start.erase(0, std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  if (start.rfind("<!doctype html", 0) == 0 || start.rfind("<html", 0) == 0)
    return "a web page, perhaps of a failed download";
  if (start.rfind("<?xml", 0) == 0) return "an XML text, perhaps of a failed download";
  return "";
}

}  // namespace synerbench::detail
