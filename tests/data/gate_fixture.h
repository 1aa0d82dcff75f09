// Files that the gate accepts, and how it refuses others.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "harness/core/error.h"
#include "harness/data/gate.h"
#include "tests/data/image_builder.h"

namespace synerbench::testing {

inline const double kNaN = std::nan("");
inline const double kInfinity = std::numeric_limits<double>::infinity();

/// The message with which the gate refuses `path`; empty when it accepts.
inline std::string refusal(const std::filesystem::path& path, const GateLimits& limits = {}) {
  try {
    verify_image_file(path, limits);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_EQ(error.place(), path.string());
    EXPECT_FALSE(error.hint().empty()) << error.what();
    return error.what();
  }
}

inline NiftiBuilder good_nifti() {
  NiftiBuilder nifti;
  nifti.set_voxels(sample_voxels<int16_t>(60));
  return nifti;
}

inline Geometry plain_grid(std::array<int64_t, 3> size = {5, 4, 3}) {
  return {size, {1, 2, 3}, {10, -20, 30}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
}

inline MetaImageBuilder good_metaimage(bool compressed = false) {
  return MetaImageBuilder::of(plain_grid(), sample_voxels<int16_t>(60), compressed);
}

}  // namespace synerbench::testing
