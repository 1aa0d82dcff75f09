#include "harness/data/detail/image_header.h"

#include <fmt/format.h>

#include <cmath>

#include "harness/core/error.h"

namespace synerbench::detail {

int bytes_of(StoredType type) {
  switch (type) {
    case StoredType::kInt8:
    case StoredType::kUInt8:
      return 1;
    case StoredType::kInt16:
    case StoredType::kUInt16:
      return 2;
    case StoredType::kInt32:
    case StoredType::kUInt32:
    case StoredType::kFloat32:
      return 4;
    case StoredType::kInt64:
    case StoredType::kUInt64:
    case StoredType::kFloat64:
      return 8;
  }
  SB_CHECK(false);
}

const char* name_of(StoredType type) {
  switch (type) {
    case StoredType::kInt8:
      return "int8";
    case StoredType::kUInt8:
      return "uint8";
    case StoredType::kInt16:
      return "int16";
    case StoredType::kUInt16:
      return "uint16";
    case StoredType::kInt32:
      return "int32";
    case StoredType::kUInt32:
      return "uint32";
    case StoredType::kInt64:
      return "int64";
    case StoredType::kUInt64:
      return "uint64";
    case StoredType::kFloat32:
      return "float32";
    case StoredType::kFloat64:
      return "float64";
  }
  SB_CHECK(false);
}

void check_size(const std::array<int64_t, 3>& size, const std::string& place, const GateLimits& limits) {
  int64_t count = 1;
  for (const int64_t length : size) {
    if (length < 1) {
      throw input_error(place,
                        fmt::format("size {}x{}x{} has an axis without voxels", size[0], size[1], size[2]),
                        kDamagedHint);
    }
    if (length > limits.max_voxels / count) {
      throw input_error(place,
                        fmt::format("the header promises {}x{}x{} voxels, at most {} are accepted", size[0],
                                    size[1], size[2], grouped(limits.max_voxels)),
                        "the header looks damaged; crop or resample the image if it is really that large");
    }
    count *= length;
  }
}

void check_frame(const Geometry& geometry, const std::string& place, const std::string& field) {
  const auto& d = geometry.direction;
  for (size_t axis = 0; axis < 3; ++axis) {
    const double spacing = geometry.spacing[axis];
    if (!(spacing >= kMinSpacing && spacing <= kMaxSpacing)) {
      throw input_error(
          place,
          fmt::format("{}: spacing along axis {} is {} mm, wanted a number in [{}, {}]", field, axis + 1,
                      spacing, kMinSpacing, kMaxSpacing),
          "the header looks damaged, or its unit is not mm; write the image again with its true spacing");
    }
    if (!(std::abs(geometry.origin[axis]) <= kMaxOrigin)) {
      throw input_error(
          place,
          fmt::format("{}: the origin's coordinate {} is {} mm, wanted a number within {} mm of 0", field,
                      axis + 1, geometry.origin[axis], kMaxOrigin),
          kDamagedHint);
    }
    const double length =
        std::sqrt(d[axis] * d[axis] + d[3 + axis] * d[3 + axis] + d[6 + axis] * d[6 + axis]);
    if (!(std::abs(length - 1) <= kFrameTolerance)) {
      throw input_error(
          place,
          fmt::format("{}: the direction of axis {} is ({}, {}, {}), wanted a vector of length 1", field,
                      axis + 1, d[axis], d[3 + axis], d[6 + axis]),
          kDamagedHint);
    }
    const size_t other = (axis + 1) % 3;
    const double cosine = d[axis] * d[other] + d[3 + axis] * d[3 + other] + d[6 + axis] * d[6 + other];
    if (!(std::abs(cosine) <= kFrameTolerance)) {
      throw input_error(
          place,
          fmt::format("{}: axes {} and {} are not perpendicular (cosine {:.4g}, at most {} is accepted)",
                      field, axis + 1, other + 1, cosine, kFrameTolerance),
          "resample the image onto a rectangular grid first");
    }
  }
}

}  // namespace synerbench::detail
