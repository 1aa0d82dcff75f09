// Image files made byte by byte, so that tests depend neither on ITK nor on the code under test.
#pragma once

#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/core/random.h"
#include "harness/data/volume.h"
#include "tests/support/temp_folder.h"

namespace synerbench::testing {

inline std::string deflated(const std::string& bytes, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
inline std::string gzipped(const std::string& bytes) { return deflated(bytes, 15 + 16); }
inline std::string zlibbed(const std::string& bytes) { return deflated(bytes, 15); }

template <class T>
std::string raw_bytes(T value, bool big_endian = false) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  if (big_endian != (std::endian::native == std::endian::big)) std::reverse(bytes.begin(), bytes.end());
  return bytes;
}
template <class T>
std::string raw_bytes(const std::vector<T>& values, bool big_endian = false) {
  std::string bytes;
  for (const T value : values) bytes += raw_bytes(value, big_endian);
  return bytes;
}

template <class T>
constexpr int nifti_code() {
  if constexpr (std::is_same_v<T, uint8_t>) return 2;
  if constexpr (std::is_same_v<T, int16_t>) return 4;
  if constexpr (std::is_same_v<T, int32_t>) return 8;
  if constexpr (std::is_same_v<T, float>) return 16;
  if constexpr (std::is_same_v<T, double>) return 64;
  if constexpr (std::is_same_v<T, int8_t>) return 256;
  if constexpr (std::is_same_v<T, uint16_t>) return 512;
  if constexpr (std::is_same_v<T, uint32_t>) return 768;
  if constexpr (std::is_same_v<T, int64_t>) return 1024;
  if constexpr (std::is_same_v<T, uint64_t>) return 1280;
}

template <class T>
std::string metaimage_type() {
  if constexpr (std::is_same_v<T, uint8_t>) return "MET_UCHAR";
  if constexpr (std::is_same_v<T, int16_t>) return "MET_SHORT";
  if constexpr (std::is_same_v<T, int32_t>) return "MET_INT";
  if constexpr (std::is_same_v<T, float>) return "MET_FLOAT";
  if constexpr (std::is_same_v<T, double>) return "MET_DOUBLE";
  if constexpr (std::is_same_v<T, int8_t>) return "MET_CHAR";
  if constexpr (std::is_same_v<T, uint16_t>) return "MET_USHORT";
  if constexpr (std::is_same_v<T, uint32_t>) return "MET_UINT";
  if constexpr (std::is_same_v<T, int64_t>) return "MET_LONG_LONG";
  if constexpr (std::is_same_v<T, uint64_t>) return "MET_ULONG_LONG";
}

/// A rotation from a random unit quaternion (a, b, c, d), a >= 0, as NIfTI's qform wants it, and its matrix.
struct Rotation {
  std::array<double, 4> quaternion;
  std::array<double, 9> matrix;
};
inline Rotation random_rotation(Random& random) {
  std::array<double, 4> q;
  double squares = 0;
  for (double& x : q) {
    x = random.normal();
    squares += x * x;
  }
  for (double& x : q) x /= std::sqrt(squares) * (q[0] < 0 ? -1 : 1);
  if (q[0] < 0) q[0] = -q[0];
  const auto [a, b, c, d] = q;
  return {q,
          {a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c),  //
           2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b),  //
           2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c}};
}

/// A grid anywhere, in any orientation.
inline Geometry random_geometry(Random& random, std::array<int64_t, 3> size) {
  Geometry geometry;
  geometry.size = size;
  geometry.direction = random_rotation(random).matrix;
  for (size_t axis = 0; axis < 3; ++axis) {
    geometry.spacing[axis] = random.uniform(0.4, 5);
    geometry.origin[axis] = random.uniform(-300, 300);
  }
  return geometry;
}

/// A NIfTI file field by field. Defaults: a little-endian int16 volume of 5 x 4 x 3 voxels with both codes 0.
struct NiftiBuilder {
  int version = 1;
  bool big_endian = false;
  std::vector<int64_t> dim{3, 5, 4, 3, 1, 1, 1, 1};
  std::vector<double> pixdim{1, 1, 1, 1, 0, 0, 0, 0};
  int datatype = 4, bitpix = 16;
  double vox_offset = -1;  // -1: right behind the extender
  double slope = 1, intercept = 0;
  int units = 2, qform_code = 0, sform_code = 0;
  std::array<double, 3> quatern{0, 0, 0}, qoffset{0, 0, 0};
  std::array<double, 12> srow{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};
  std::string magic;                              // empty: the right one
  std::string extensions = std::string(4, '\0');  // extender and what follows
  std::string voxels;

  template <class T>
  NiftiBuilder& set_voxels(const std::vector<T>& values) {
    datatype = nifti_code<T>();
    bitpix = static_cast<int>(8 * sizeof(T));
    voxels = raw_bytes(values, big_endian);
    return *this;
  }
  NiftiBuilder& set_size(int64_t i, int64_t j, int64_t k) {
    dim = {3, i, j, k, 1, 1, 1, 1};
    return *this;
  }
  /// sform (RAS) of an LPS geometry.
  NiftiBuilder& set_sform(const Geometry& g, int code = 1) {
    sform_code = code;
    for (size_t row = 0; row < 3; ++row) {
      const double sign = row < 2 ? -1 : 1;
      for (size_t axis = 0; axis < 3; ++axis) {
        srow[4 * row + axis] = sign * g.direction[3 * row + axis] * g.spacing[axis];
        pixdim[axis + 1] = g.spacing[axis];
      }
      srow[4 * row + 3] = sign * g.origin[row];
    }
    return *this;
  }

  std::string bytes() const {
    const size_t header = version == 2 ? 540 : 348;
    std::string out(header, '\0');
    const auto put = [&](size_t offset, const std::string& field) {
      std::copy(field.begin(), field.end(), out.begin() + static_cast<std::ptrdiff_t>(offset));
    };
    const auto real = [&](size_t offset, double value) {
      put(offset,
          version == 2 ? raw_bytes(value, big_endian) : raw_bytes(static_cast<float>(value), big_endian));
    };
    const auto i16 = [&](size_t offset, int64_t value) {
      put(offset, raw_bytes(static_cast<int16_t>(value), big_endian));
    };
    const auto i32 = [&](size_t offset, int64_t value) {
      put(offset, raw_bytes(static_cast<int32_t>(value), big_endian));
    };
    const double offset = vox_offset >= 0 ? vox_offset : static_cast<double>(header + extensions.size());
    i32(0, static_cast<int64_t>(header));
    if (version == 2) {
      put(4, magic.empty() ? std::string("n+2\0\r\n\032\n", 8) : magic);
      i16(12, datatype), i16(14, bitpix);
      for (size_t i = 0; i < 8; ++i)
        put(16 + 8 * i, raw_bytes(dim[i], big_endian)), real(104 + 8 * i, pixdim[i]);
      put(168, raw_bytes(static_cast<int64_t>(offset), big_endian));
      real(176, slope), real(184, intercept);
      i32(344, qform_code), i32(348, sform_code), i32(500, units);
      for (size_t i = 0; i < 3; ++i) real(352 + 8 * i, quatern[i]), real(376 + 8 * i, qoffset[i]);
      for (size_t i = 0; i < 12; ++i) real(400 + 8 * i, srow[i]);
    } else {
      for (size_t i = 0; i < 8; ++i) i16(40 + 2 * i, dim[i]), real(76 + 4 * i, pixdim[i]);
      i16(70, datatype), i16(72, bitpix);
      real(108, offset), real(112, slope), real(116, intercept);
      out[123] = static_cast<char>(units);
      i16(252, qform_code), i16(254, sform_code);
      for (size_t i = 0; i < 3; ++i) real(256 + 4 * i, quatern[i]), real(268 + 4 * i, qoffset[i]);
      for (size_t i = 0; i < 12; ++i) real(280 + 4 * i, srow[i]);
      put(344, magic.empty() ? std::string("n+1\0", 4) : magic);
    }
    return out + extensions + voxels;
  }
};

/// A MetaImage file: header lines in order, then the voxels.
struct MetaImageBuilder {
  std::vector<std::pair<std::string, std::string>> lines;
  std::string voxels;
  bool compressed = false;
  int64_t size_error = 0;  // CompressedDataSize is off by this

  template <class T>
  static MetaImageBuilder of(const Geometry& g, const std::vector<T>& values, bool compressed = false,
                             bool big_endian = false) {
    const auto three = [](const auto& v) {
      return fmt::format("{}", fmt::join(v, " "));
    };                             // round-trip digits
    std::array<double, 9> matrix;  // one line per axis
    for (size_t row = 0; row < 3; ++row) {
      for (size_t axis = 0; axis < 3; ++axis) matrix[3 * axis + row] = g.direction[3 * row + axis];
    }
    MetaImageBuilder builder;
    builder.compressed = compressed;
    builder.voxels = raw_bytes(values, big_endian);
    builder.lines = {{"ObjectType", "Image"},
                     {"NDims", "3"},
                     {"BinaryData", "True"},
                     {"BinaryDataByteOrderMSB", big_endian ? "True" : "False"},
                     {"CompressedData", compressed ? "True" : "False"},
                     {"TransformMatrix", three(matrix)},
                     {"Offset", three(g.origin)},
                     {"CenterOfRotation", "0 0 0"},
                     {"AnatomicalOrientation", "RAI"},
                     {"ElementSpacing", three(g.spacing)},
                     {"DimSize", three(g.size)},
                     {"ElementType", metaimage_type<T>()},
                     {"ElementDataFile", "LOCAL"}};
    return builder;
  }
  MetaImageBuilder& set(const std::string& key, const std::string& value) {
    for (auto& [known, text] : lines) {
      if (known == key) {
        text = value;
        return *this;
      }
    }
    lines.insert(lines.end() - 1, {key, value});
    return *this;
  }
  MetaImageBuilder& remove(const std::string& key) {
    std::erase_if(lines, [&](const auto& line) { return line.first == key; });
    return *this;
  }
  std::string bytes() const {
    const std::string data = compressed ? zlibbed(voxels) : voxels;
    MetaImageBuilder copy = *this;
    if (compressed) {
      copy.set("CompressedDataSize", std::to_string(static_cast<int64_t>(data.size()) + size_error));
    }
    std::string out;
    for (const auto& [key, value] : copy.lines) out += key + " = " + value + "\n";
    return out + data;
  }
};

/// 0, 1, 2, ... as far as the type goes, with both ends of its range in between.
template <class T>
std::vector<T> sample_voxels(int64_t count) {
  std::vector<T> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<T>(static_cast<double>(i % 97) - (std::is_signed_v<T> ? 40 : 0));
  return values;
}

}  // namespace synerbench::testing
