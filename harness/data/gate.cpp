#include "harness/data/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "harness/core/error.h"
#include "harness/data/detail/byte_source.h"
#include "harness/data/detail/image_header.h"
#include "harness/data/detail/image_scan.h"
#include "harness/data/tree.h"

// Note [Why a gate]
// ITK 5.2.1, asked to read these files, returns an image and throws nothing (tests/data/itk_alone_test.cpp):
//   - .nii, .nii.gz or .mha with half of the voxels missing: the rest is zero, or what the memory held
//     before;
//   - .mha with a flipped bit or a wrong checksum in its zlib stream, or without CompressedDataSize: garbage;
//   - something appended, or a header that promises fewer or more voxels than there are;
//   - a series of volumes: the first; NaN and infinite voxels: zero; an infinite slope: none;
//   - a spacing of zero or NaN in NIfTI: 1 mm; meters: the spacing is converted, the origin is not;
//   - qform and sform that contradict each other: one of the two;
//   - a.nii.gz beside a.nii: the header of the one with the voxels of the other.
// Each of these would end as a number in a table. So every file is first read here, to its last byte, by code
// that knows the three formats and nothing else, and what ITK returns is then compared with what was found.
// What no gate can see: a flipped bit among the voxels of an uncompressed file. The SHA-256 in the store
// names the bytes that were read; compare it with the one published by the source of the data.

namespace synerbench {
namespace detail {
namespace {

constexpr int64_t kChunk = int64_t{1} << 15;  // voxels decoded at a time

/// Stored bytes -> values after slope and intercept, computed in double.
template <class Stored>
void decode_as(std::span<const std::byte> bytes, bool swap, double slope, double intercept,
               std::span<double> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    std::array<std::byte, sizeof(Stored)> raw;
    std::memcpy(raw.data(), bytes.data() + i * sizeof(Stored), sizeof(Stored));
    if (swap) std::reverse(raw.begin(), raw.end());
    out[i] = static_cast<double>(std::bit_cast<Stored>(raw)) * slope + intercept;
  }
}

void decode(const ImageHeader& header, std::span<const std::byte> bytes, std::span<double> out) {
  const bool swap = header.big_endian != (std::endian::native == std::endian::big);
  const auto run = [&]<class Stored>(Stored) {
    decode_as<Stored>(bytes, swap, header.slope, header.intercept, out);
  };
  switch (header.type) {
    case StoredType::kInt8:
      return run(int8_t{});
    case StoredType::kUInt8:
      return run(uint8_t{});
    case StoredType::kInt16:
      return run(int16_t{});
    case StoredType::kUInt16:
      return run(uint16_t{});
    case StoredType::kInt32:
      return run(int32_t{});
    case StoredType::kUInt32:
      return run(uint32_t{});
    case StoredType::kInt64:
      return run(int64_t{});
    case StoredType::kUInt64:
      return run(uint64_t{});
    case StoredType::kFloat32:
      return run(float{});
    case StoredType::kFloat64:
      return run(double{});
  }
}

ValueSummary scan_voxels(ByteSource& source, const ImageHeader& header, const std::string& place,
                         const VoxelSink& sink) {
  const int64_t count = header.geometry.count(), width = bytes_of(header.type), expected = count * width;
  const size_t chunk_size = static_cast<size_t>(std::min(kChunk, count));
  std::vector<std::byte> bytes(chunk_size * static_cast<size_t>(width));
  std::vector<double> values(chunk_size);
  ValueCollector collector;
  for (int64_t first = 0; first < count;) {
    const size_t wanted = static_cast<size_t>(std::min(kChunk, count - first));
    const size_t wanted_bytes = wanted * static_cast<size_t>(width);
    const size_t got = source.read(std::span(bytes).first(wanted_bytes));
    if (got < wanted_bytes) {
      throw input_error(place,
                        fmt::format("{} bytes of voxels expected from the header, {} found",
                                    grouped(expected), grouped(first * width + static_cast<int64_t>(got))),
                        kCutOffHint);
    }
    const auto chunk = std::span(values).first(wanted);
    decode(header, bytes, chunk);
    for (const double value : chunk) collector.add(value);
    if (sink) sink(first, chunk);
    first += static_cast<int64_t>(wanted);
  }
  // The end mark and the checksum of a compressed stream are read, and checked, by asking for more. One more
  // byte is enough to know: a stream that goes on is never inflated further.
  if (source.read(std::span(bytes).first(1)) != 0) {
    throw input_error(
        place, fmt::format("{} bytes of voxels expected from the header, more found", grouped(expected)),
        header.long_of_4 ? "MET_LONG is read as 4 bytes; write the image again as MET_INT or MET_LONG_LONG"
                         : "header and voxels do not belong together; copy the file again from its source");
  }
  if (source.cut_off()) {
    throw input_error(place, "the compressed stream ends without its end mark and checksum", kCutOffHint);
  }
  return collector.summary();
}

/// The size of the header, in either byte order, of either version.
bool begins_like_nifti(std::span<const std::byte> bytes) {
  int32_t size = 0;
  if (bytes.size() < sizeof size) return false;
  std::memcpy(&size, bytes.data(), sizeof size);
  const auto swapped = static_cast<int32_t>(__builtin_bswap32(static_cast<uint32_t>(size)));
  return size == 348 || size == 540 || swapped == 348 || swapped == 540;
}

/// Compression is told by the name. A file whose content says otherwise was renamed or half converted.
void check_compression(FileSource& file, FileFormat format) {
  const auto bytes = file.peek();
  if (bytes.empty()) throw input_error(file.place(), "the file is empty", kCutOffHint);
  const std::string content = known_content(bytes);
  const bool gzip = bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
  if (format == FileFormat::kNiftiGz && !gzip) {
    throw input_error(
        file.place(),
        "the name says gzip, the first two bytes do not" +
            (content.empty() ? "" : "; the content is " + content),
        content.empty() ? "if it is an uncompressed image, rename it; otherwise copy it again from its source"
                        : "unpack, convert or download it again: of all compressions only gzip is read");
  }
  if (format != FileFormat::kNiftiGz && gzip) {
    throw input_error(file.place(), "the file is gzip-compressed, its name does not say so",
                      format == FileFormat::kNifti ? "rename it to .nii.gz, or unpack it"
                                                   : "unpack it; .mha compresses its voxels by itself");
  }
  if (format == FileFormat::kNifti && !content.empty() && !begins_like_nifti(bytes)) {
    throw input_error(file.place(), fmt::format("the content is {}, not a NIfTI file", content),
                      "its name is wrong: unpack, convert or download it again");
  }
}

/// The part of a MetaImage behind its header: raw, or one zlib stream.
std::unique_ptr<InflateSource> open_metaimage_voxels(FileSource& file, const ImageHeader& header) {
  if (!header.zlib_voxels) return nullptr;
  const int64_t found = file.size() - file.position();
  if (header.compressed_bytes != found) {
    throw input_error(
        file.place(),
        fmt::format("{} bytes of compressed voxels expected from the header (CompressedDataSize), {} found",
                    grouped(header.compressed_bytes), grouped(found)),
        found < header.compressed_bytes ? kCutOffHint : kDamagedHint);
  }
  // MetaIO inflates either.
  const auto start = file.peek();
  const bool gzip = start.size() >= 2 && start[0] == std::byte{0x1f} && start[1] == std::byte{0x8b};
  return std::make_unique<InflateSource>(
      file, gzip ? InflateSource::Wrapper::kGzip : InflateSource::Wrapper::kZlib);
}

}  // namespace

FileFormat format_of_name(const std::filesystem::path& path) {
  const std::string ending = image_ending(path.filename().string());
  if (ending == ".nii.gz") return FileFormat::kNiftiGz;
  if (ending == ".nii") return FileFormat::kNifti;
  if (ending == ".mha") return FileFormat::kMetaImage;
  throw input_error(path.string(), "the name does not end in .nii, .nii.gz or .mha",
                    why_not_read(path.filename().string()));
}

void ValueCollector::add(double value) {
  ValueSummary& s = summary_;
  const auto index = static_cast<uint64_t>(s.count++);
  if (!std::isfinite(value)) {
    if (s.not_finite++ == 0) s.first_not_finite = static_cast<int64_t>(index);
    return;
  }
  const bool first = s.count - s.not_finite == 1;
  s.minimum = first ? value : std::min(s.minimum, value);
  s.maximum = first ? value : std::max(s.maximum, value);
  s.sum += value;
  s.absolute_sum += std::abs(value);
  // 24 well mixed bits of the index (Fibonacci hashing): a weight in [0, 1).
  s.weighted_sum += value * (static_cast<double>((index * 0x9E3779B97F4A7C15u) >> 40) * 0x1p-24);
}

namespace {

/// An image file whose header has been read.
struct OpenedImage {
  FileFormat format;
  FileSource file;
  std::unique_ptr<InflateSource> inflated;
  ImageHeader header;

  OpenedImage(const std::filesystem::path& path, const GateLimits& limits)
      : format(format_of_name(path)), file(path) {
    check_compression(file, format);
    if (format == FileFormat::kNiftiGz)
      inflated = std::make_unique<InflateSource>(file, InflateSource::Wrapper::kGzip);
    header = format == FileFormat::kMetaImage ? read_metaimage_header(file, limits)
                                              : read_nifti_header(source(), file.place(), limits);
  }
  ByteSource& source() { return inflated ? static_cast<ByteSource&>(*inflated) : file; }
};

}  // namespace

VerifiedFile scan_image_file(const std::filesystem::path& path, const GateLimits& limits,
                             const VoxelSink& sink) {
  OpenedImage opened(path, limits);
  auto& [format, file, inflated, header] = opened;
  if (format == FileFormat::kMetaImage) inflated = open_metaimage_voxels(file, header);

  if (inflated) inflated->expect(header.geometry.count() * bytes_of(header.type));
  VerifiedFile verified;
  verified.values = scan_voxels(opened.source(), header, file.place(), sink);
  verified.path = path;
  verified.format = header.format;
  verified.compressed = inflated != nullptr;
  verified.big_endian = header.big_endian;
  verified.stored_type = name_of(header.type);
  verified.sha256 = file.sha256();
  verified.file_bytes = file.position();
  verified.geometry = header.geometry;
  verified.slope = header.slope;
  verified.intercept = header.intercept;
  verified.idle_intercept = header.idle_intercept;
  verified.frame = header.frame;
  verified.axes = header.axes;
  return verified;
}

}  // namespace detail

VerifiedFile verify_image_file(const std::filesystem::path& path, const GateLimits& limits) {
  return detail::scan_image_file(path, limits, {});
}

Geometry read_image_grid(const std::filesystem::path& path, const GateLimits& limits) {
  return detail::OpenedImage(path, limits).header.geometry;
}

std::string read_image_note(const std::filesystem::path& path, const GateLimits& limits) {
  return detail::OpenedImage(path, limits).header.note;
}

}  // namespace synerbench
