// What the header of an image file promises, before any voxel is looked at. For harness/data only.
#pragma once

#include <cstdint>
#include <string>

#include "harness/data/detail/byte_source.h"
#include "harness/data/gate.h"

namespace synerbench::detail {

enum class StoredType {
  kInt8,
  kUInt8,
  kInt16,
  kUInt16,
  kInt32,
  kUInt32,
  kInt64,
  kUInt64,
  kFloat32,
  kFloat64
};
int bytes_of(StoredType type);
const char* name_of(StoredType type);  // "int16"

struct ImageHeader {
  std::string format;  // as VerifiedFile::format
  StoredType type = StoredType::kInt16;
  bool big_endian = false;
  bool zlib_voxels = false;      // MetaImage: the voxels alone are compressed
  int64_t compressed_bytes = 0;  // MetaImage with zlib_voxels: CompressedDataSize
  bool long_of_4 = false;        // MetaImage: MET_LONG, which is 8 bytes to some writers
  double slope = 1, intercept = 0;
  bool idle_intercept = false;  // as in VerifiedFile
  Geometry geometry;
  std::string frame;
  std::string note;  // as read_image_note() gives it
  int axes = 3;      // number of axes that the file itself has
};

/// Reads exactly the header from `bytes` (NIfTI: already inflated) and checks everything that can be checked
/// without the voxels. Error(kBadInput) at `place`.
ImageHeader read_nifti_header(ByteSource& bytes, const std::string& place, const GateLimits& limits);
ImageHeader read_metaimage_header(FileSource& file, const GateLimits& limits);

/// Refuses sizes below one voxel and more voxels than the limit, without overflow.
void check_size(const std::array<int64_t, 3>& size, const std::string& place, const GateLimits& limits);
/// Refuses what is no rectangular grid in a body: numbers that are not finite, spacing outside
/// [kMinSpacing, kMaxSpacing], axes that are not perpendicular unit vectors to kFrameTolerance, an origin
/// more than kMaxOrigin away. `field` names the header field that the frame came from.
void check_frame(const Geometry& geometry, const std::string& place, const std::string& field);
inline constexpr double kMinSpacing = 1e-4, kMaxSpacing = 1e4;  // mm
inline constexpr double kMaxOrigin = 1e6;                       // mm
inline constexpr double kFrameTolerance = 1e-3;                 // cosine between two axes; length minus 1

}  // namespace synerbench::detail
