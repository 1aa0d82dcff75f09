// NIfTI-1 and NIfTI-2 headers, single-file form. Source: nifti1.h (2007) and nifti2.h (2015) of the NIfTI
// Data Format Working Group; offsets below are theirs.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>

#include "harness/core/error.h"
#include "harness/data/detail/image_header.h"

namespace synerbench::detail {
namespace {

constexpr int64_t kMaxGap = int64_t{1} << 26;  // extensions and padding before the voxels

/// Fields of a header in either byte order.
class Fields {
 public:
  Fields(std::span<const std::byte> bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}
  template <class T>
  T at(size_t offset) const {
    std::array<std::byte, sizeof(T)> raw;
    std::memcpy(raw.data(), bytes_.data() + offset, sizeof(T));
    if (big_endian_ != (std::endian::native == std::endian::big)) std::reverse(raw.begin(), raw.end());
    return std::bit_cast<T>(raw);
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_endian_;
};

/// The fields that matter, from either version.
struct Header {
  int version = 1;
  bool big_endian = false;
  std::array<int64_t, 8> dim{};
  std::array<double, 8> pixdim{};
  int datatype = 0, bitpix = 0;
  double vox_offset = 0, slope = 0, intercept = 0;
  int qform_code = 0, sform_code = 0, units = 0;
  std::array<double, 3> quatern{}, qoffset{};
  std::array<double, 12> srow{};
  int64_t bytes = 348;  // sizeof_hdr
  std::string note;     // aux_file
};

struct TypeCode {
  int code, bits;
  StoredType type;
};
constexpr std::array<TypeCode, 10> kTypes{{{2, 8, StoredType::kUInt8},
                                           {4, 16, StoredType::kInt16},
                                           {8, 32, StoredType::kInt32},
                                           {16, 32, StoredType::kFloat32},
                                           {64, 64, StoredType::kFloat64},
                                           {256, 8, StoredType::kInt8},
                                           {512, 16, StoredType::kUInt16},
                                           {768, 32, StoredType::kUInt32},
                                           {1024, 64, StoredType::kInt64},
                                           {1280, 64, StoredType::kUInt64}}};

template <class Real, class Length>
void read_version(const Fields& f, Header& header, size_t dim, size_t pixdim) {
  for (size_t i = 0; i < 8; ++i) {
    header.dim[i] = f.at<Length>(dim + i * sizeof(Length));
    header.pixdim[i] = f.at<Real>(pixdim + i * sizeof(Real));
  }
}

Header read_fields(ByteSource& bytes, const std::string& place) {
  std::array<std::byte, 540> raw{};
  const auto read_exactly = [&](size_t begin, size_t end) {
    const size_t got = bytes.read(std::span(raw).subspan(begin, end - begin));
    if (raw[0] == std::byte{0x1f} && raw[1] == std::byte{0x8b}) {
      throw input_error(place, "the content of the gzip file is gzip again: it was compressed twice",
                        "unpack it once: gunzip it, and name the result .nii.gz");
    }
    if (got < end - begin) {
      throw input_error(place, fmt::format("{} bytes of header expected, {} found", end, begin + got),
                        kCutOffHint);
    }
  };
  read_exactly(0, 348);
  Header header;
  const int32_t little = Fields(raw, false).at<int32_t>(0), big = Fields(raw, true).at<int32_t>(0);
  header.big_endian = big == 348 || big == 540;
  header.bytes = header.big_endian ? big : little;
  // aux_file: 24 bytes of text, filled up with zeros.
  const auto aux_file = [&](size_t begin) {
    const std::string text(reinterpret_cast<const char*>(raw.data()) + begin, 24);
    header.note = text.substr(0, text.find('\0'));
  };
  if (header.bytes != 348 && header.bytes != 540) {
    throw input_error(place, fmt::format("the first field (sizeof_hdr) is {}, 348 or 540 is wanted", little),
                      "this is no NIfTI file, or its header is damaged; copy it again from its source");
  }
  const Fields f(raw, header.big_endian);
  if (header.bytes == 540) {
    header.version = 2;
    read_exactly(348, 540);
    // Behind the name stand four bytes that any change of line ends spoils; some writers leave them zero.
    if (std::memcmp(raw.data() + 4, "n+2\0\r\n\032\n", 8) != 0 &&
        std::memcmp(raw.data() + 4, "n+2\0\0\0\0\0", 8) != 0) {
      if (std::memcmp(raw.data() + 4, "ni2", 4) == 0) {
        throw input_error(place,
                          "the header belongs to a .hdr/.img pair (magic \"ni2\"), a single file is wanted",
                          "convert the pair to one .nii.gz file");
      }
      throw input_error(place, "no NIfTI-2 single-file magic (\"n+2\") in the header", kDamagedHint);
    }
    read_version<double, int64_t>(f, header, 16, 104);
    header.datatype = f.at<int16_t>(12);
    header.bitpix = f.at<int16_t>(14);
    header.vox_offset = static_cast<double>(f.at<int64_t>(168));
    header.slope = f.at<double>(176);
    header.intercept = f.at<double>(184);
    header.qform_code = f.at<int32_t>(344);
    header.sform_code = f.at<int32_t>(348);
    for (size_t i = 0; i < 3; ++i) header.quatern[i] = f.at<double>(352 + 8 * i);
    for (size_t i = 0; i < 3; ++i) header.qoffset[i] = f.at<double>(376 + 8 * i);
    for (size_t i = 0; i < 12; ++i) header.srow[i] = f.at<double>(400 + 8 * i);
    header.units = f.at<int32_t>(500);
    aux_file(320);
    return header;
  }
  if (std::memcmp(raw.data() + 344, "ni1", 4) == 0) {
    throw input_error(place,
                      "the header belongs to a .hdr/.img pair (magic \"ni1\"), a single file is wanted",
                      "convert the pair to one .nii.gz file");
  }
  if (std::memcmp(raw.data() + 344, "n+1", 4) != 0) {
    throw input_error(
        place, "no NIfTI-1 single-file magic (\"n+1\") in the header",
        "convert ANALYZE 7.5 files to NIfTI; anything else is damaged, copy it again from its source");
  }
  read_version<float, int16_t>(f, header, 40, 76);
  header.datatype = f.at<int16_t>(70);
  header.bitpix = f.at<int16_t>(72);
  header.vox_offset = f.at<float>(108);
  header.slope = f.at<float>(112);
  header.intercept = f.at<float>(116);
  header.units = std::to_integer<int>(raw[123]);
  header.qform_code = f.at<int16_t>(252);
  header.sform_code = f.at<int16_t>(254);
  for (size_t i = 0; i < 3; ++i) header.quatern[i] = f.at<float>(256 + 4 * i);
  for (size_t i = 0; i < 3; ++i) header.qoffset[i] = f.at<float>(268 + 4 * i);
  for (size_t i = 0; i < 12; ++i) header.srow[i] = f.at<float>(280 + 4 * i);
  aux_file(228);
  return header;
}

std::array<int64_t, 3> size_of(const Header& header, const std::string& place) {
  const int64_t axes = header.dim[0];
  if (axes < 2 || axes > 7) {
    throw input_error(place, fmt::format("dim[0] promises {} axes, 2 to 7 are accepted", axes), kDamagedHint);
  }
  for (size_t axis = 4; axis <= static_cast<size_t>(axes); ++axis) {
    if (header.dim[axis] == 1) continue;
    throw input_error(place,
                      fmt::format("dim[{}] is {}: {}, one 3-D volume is wanted", axis, header.dim[axis],
                                  header.dim[axis] < 1 ? "not a length"
                                  : axis == 4          ? "a series of volumes"
                                                       : "several values per voxel"),
                      header.dim[axis] < 1 ? kDamagedHint : "extract one volume into a file of its own");
  }
  std::array<int64_t, 3> size{1, 1, 1};
  for (size_t axis = 0; axis < std::min<size_t>(3, static_cast<size_t>(axes)); ++axis) {
    size[axis] = header.dim[axis + 1];
  }
  return size;
}

/// NIfTI's world is RAS, ours LPS: the first two rows change sign. 0 - x keeps zeros positive.
void to_lps(Geometry& geometry) {
  for (size_t i = 0; i < 6; ++i) geometry.direction[i] = 0.0 - geometry.direction[i];
  for (size_t i = 0; i < 2; ++i) geometry.origin[i] = 0.0 - geometry.origin[i];
}

// A file without a frame says nothing about left and right. Its axes are taken as L, P, S, so that its voxels
// stay where they are; ITK does the same. (Others take RAS or LAS: such a file cannot be read wrongly or
// rightly.)
Geometry frame_of_pixdim(const Header& header, const std::array<int64_t, 3>& size) {
  Geometry geometry;
  geometry.size = size;
  for (size_t axis = 0; axis < 3; ++axis) geometry.spacing[axis] = header.pixdim[axis + 1];
  return geometry;
}

Geometry frame_of_qform(const Header& header, const std::array<int64_t, 3>& size, const std::string& place) {
  auto [b, c, d] = header.quatern;
  const double squares = b * b + c * c + d * d;
  // The first component is implied by unit length; more than 1 is possible by rounding only.
  if (!(squares <= 1 + kFrameTolerance)) {
    throw input_error(
        place,
        fmt::format("qform: the quaternion ({}, {}, {}) is longer than 1, so it is no rotation", b, c, d),
        kDamagedHint);
  }
  double a = 0;
  if (1 - squares < 1e-7) {  // a turn by 180 degrees, as the NIfTI reference code treats it
    const double scale = 1 / std::sqrt(squares);
    b *= scale, c *= scale, d *= scale;
  } else {
    a = std::sqrt(1 - squares);
  }
  const double qfac = header.pixdim[0] < 0 ? -1 : 1;
  Geometry geometry = frame_of_pixdim(header, size);
  geometry.direction = {
      a * a + b * b - c * c - d * d, 2 * (b * c - a * d),           qfac * 2 * (b * d + a * c),
      2 * (b * c + a * d),           a * a + c * c - b * b - d * d, qfac * 2 * (c * d - a * b),
      2 * (b * d - a * c),           2 * (c * d + a * b),           qfac * (a * a + d * d - b * b - c * c)};
  geometry.origin = header.qoffset;
  to_lps(geometry);
  return geometry;
}

Geometry frame_of_sform(const Header& header, const std::array<int64_t, 3>& size, const std::string& place) {
  Geometry geometry;
  geometry.size = size;
  const auto& s = header.srow;
  for (size_t axis = 0; axis < 3; ++axis) {
    const double length =
        std::sqrt(s[axis] * s[axis] + s[4 + axis] * s[4 + axis] + s[8 + axis] * s[8 + axis]);
    if (!(length > 0) || !std::isfinite(length)) {
      throw input_error(place,
                        fmt::format("sform: column {} is ({}, {}, {}), wanted a voxel's step in mm", axis + 1,
                                    s[axis], s[4 + axis], s[8 + axis]),
                        kDamagedHint);
    }
    geometry.spacing[axis] = length;
    for (size_t row = 0; row < 3; ++row) geometry.direction[3 * row + axis] = s[4 * row + axis] / length;
  }
  geometry.origin = {s[3], s[7], s[11]};
  to_lps(geometry);
  return geometry;
}

void choose_frame(const Header& header, const std::array<int64_t, 3>& size, const std::string& place,
                  ImageHeader& image) {
  for (const int code : {header.qform_code, header.sform_code}) {
    if (code < 0 || code > 5) {
      throw input_error(place,
                        fmt::format("qform_code {} and sform_code {}: codes are 0 to 5", header.qform_code,
                                    header.sform_code),
                        kDamagedHint);
    }
  }
  Geometry by_pixdim = frame_of_pixdim(header, size);
  check_frame(by_pixdim, place, "pixdim");
  Geometry by_qform = by_pixdim, by_sform = by_pixdim;
  if (header.qform_code > 0) {
    by_qform = frame_of_qform(header, size, place);
    check_frame(by_qform, place, "qform");
  }
  if (header.sform_code > 0) {
    by_sform = frame_of_sform(header, size, place);
    check_frame(by_sform, place, "sform");
    // The voxel size is there twice.
    Geometry stretched = by_sform;
    stretched.spacing = by_pixdim.spacing;
    if (!same_grid(by_sform, stretched)) {
      throw input_error(
          place,
          fmt::format("sform has voxels of {:.6g}x{:.6g}x{:.6g} mm, pixdim says {:.6g}x{:.6g}x{:.6g} mm",
                      by_sform.spacing[0], by_sform.spacing[1], by_sform.spacing[2], by_pixdim.spacing[0],
                      by_pixdim.spacing[1], by_pixdim.spacing[2]),
          "find out which is right and write the header again");
    }
  }
  if (header.qform_code > 0 && header.sform_code > 0) {
    const double distance = grid_distance(by_sform, by_qform);
    if (!(distance <= kSameGridTolerance)) {
      throw input_error(
          place,
          fmt::format("qform and sform place the image up to {:.3g} voxels apart, at most {} is accepted",
                      distance, kSameGridTolerance),
          "decide which is right and clear the code (qform_code or sform_code) of the other, or copy it "
          "there: "
          "SPM writes the sform when it registers, and \"fslorient -copysform2qform FILE\" of FSL copies it");
    }
  }
  image.frame = header.sform_code > 0 ? "sform" : header.qform_code > 0 ? "qform" : "pixdim";
  image.geometry = header.sform_code > 0 ? by_sform : header.qform_code > 0 ? by_qform : by_pixdim;
}

/// The extender's four bytes, then extensions up to the voxels: their sizes must stay within what is there,
/// else the offset of the voxels is not to be believed either. The standard wants multiples of 16; the common
/// readers take any size, and zeros where no extension is.
void check_extensions(ByteSource& bytes, const Header& header, int64_t gap, const std::string& place) {
  std::array<std::byte, 4> extender{};
  if (bytes.read(extender) < extender.size()) {
    throw input_error(place, "the file ends right after the header", kCutOffHint);
  }
  int64_t rest = gap - 4;
  std::array<std::byte, 4096> skipped;
  const auto skip = [&](int64_t count) {  // whether all of it was zero
    bool zero = true;
    while (count > 0) {
      const size_t step = static_cast<size_t>(std::min<int64_t>(count, std::ssize(skipped)));
      const auto part = std::span(skipped).first(step);
      if (bytes.read(part) < step) {
        throw input_error(place,
                          fmt::format("the file ends before the voxels, which begin at byte {}",
                                      grouped(header.bytes + gap)),
                          kCutOffHint);
      }
      zero = zero && std::all_of(part.begin(), part.end(), [](std::byte b) { return b == std::byte{0}; });
      count -= static_cast<int64_t>(step);
    }
    return zero;
  };
  constexpr int64_t kHead = 8;  // size and code
  int64_t odd = 0, room = 0;
  while (extender[0] != std::byte{0} && rest >= kHead) {
    std::array<std::byte, kHead> head{};
    if (bytes.read(head) < head.size()) {
      throw input_error(place, "the file ends inside a header extension", kCutOffHint);
    }
    const int64_t size = Fields(head, header.big_endian).at<int32_t>(0);
    const bool padding = size == 0 && Fields(head, header.big_endian).at<int32_t>(4) == 0;
    if (padding && skip(rest - kHead)) return;
    if (odd == 0 && size % 16 != 0) odd = size, room = rest;
    if (size < kHead || size > rest) {
      // The first that is no multiple of 16 is the likely culprit.
      throw input_error(
          place,
          fmt::format("a header extension of {} bytes, wanted a multiple of 16 within the {} bytes "
                      "before the voxels",
                      odd != 0 ? odd : size, odd != 0 ? room : rest),
          kDamagedHint);
    }
    skip(size - kHead);
    rest -= size;
  }
  skip(rest);
}

}  // namespace

ImageHeader read_nifti_header(ByteSource& bytes, const std::string& place, const GateLimits& limits) {
  const Header header = read_fields(bytes, place);
  ImageHeader image;
  image.format = header.version == 2 ? "nifti-2" : "nifti-1";
  image.big_endian = header.big_endian;
  image.note = header.note;

  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [&](const TypeCode& known) { return known.code == header.datatype; });
  if (type == kTypes.end()) {
    throw input_error(
        place,
        fmt::format("datatype {} is not a plain integer or real type of 8 to 64 bits", header.datatype),
        "convert complex and color images to one real value per voxel first");
  }
  // Some writers leave bitpix 0; the datatype says it all, and the count of bytes has to fit.
  if (header.bitpix != 0 && type->bits != header.bitpix) {
    throw input_error(place,
                      fmt::format("datatype {} ({}) has {} bits, bitpix says {}", header.datatype,
                                  name_of(type->type), type->bits, header.bitpix),
                      kDamagedHint);
  }
  image.type = type->type;

  const auto size = size_of(header, place);
  check_size(size, place, limits);
  image.axes = static_cast<int>(std::min<int64_t>(3, header.dim[0]));

  // The lowest three bits are the unit of length: 0 unknown, 2 mm.
  if (const int unit = header.units & 7; unit != 0 && unit != 2) {
    throw input_error(place,
                      fmt::format("the unit of length has code {} ({}), mm (2) is wanted", unit,
                                  unit == 1   ? "meter"
                                  : unit == 3 ? "micrometer"
                                              : "not defined"),
                      "write the image again in mm");
  }
  Header in_three = header;
  if (header.dim[0] == 2) in_three.pixdim[3] = 1;  // one slice: the file has no third spacing
  choose_frame(in_three, size, place, image);

  // "If the scl_slope field is nonzero, then each voxel value should be scaled" (nifti1.h); a NaN means none,
  // too.
  if (header.slope != 0 && !std::isnan(header.slope)) {
    if (!std::isfinite(header.slope) || !std::isfinite(header.intercept)) {
      throw input_error(
          place,
          fmt::format("scl_slope {} and scl_inter {}, wanted finite numbers", header.slope, header.intercept),
          kDamagedHint);
    }
    image.slope = header.slope;
    image.intercept = header.intercept;
  } else {
    image.idle_intercept = std::isfinite(header.intercept) && header.intercept != 0;
  }

  const int64_t lowest = header.bytes + 4;
  if (!(header.vox_offset >= static_cast<double>(lowest) &&
        header.vox_offset <= static_cast<double>(lowest + kMaxGap)) ||
      header.vox_offset != std::floor(header.vox_offset)) {
    throw input_error(place,
                      fmt::format("vox_offset is {}, wanted a whole number from {} to {}", header.vox_offset,
                                  lowest, lowest + kMaxGap),
                      kDamagedHint);
  }
  check_extensions(bytes, header, static_cast<int64_t>(header.vox_offset) - header.bytes, place);
  return image;
}

}  // namespace synerbench::detail
