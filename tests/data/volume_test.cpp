#include "harness/data/volume.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "tests/data/image_builder.h"

namespace synerbench {
namespace {

using testing::random_geometry;
using testing::random_rotation;

/// Voxels that are all different, so that every misplaced one shows.
Volume numbered(const Geometry& geometry) {
  Volume volume{geometry, std::vector<float>(static_cast<size_t>(geometry.count()))};
  for (size_t i = 0; i < volume.voxels.size(); ++i) volume.voxels[i] = static_cast<float>(i);
  return volume;
}

/// The 48 frames whose axes run along the world's, in some order, each forwards or backwards; and their
/// letters.
struct AlignedFrame {
  std::array<double, 9> direction{};
  std::string letters;
};
std::vector<AlignedFrame> aligned_frames() {
  std::vector<AlignedFrame> frames;
  std::array<size_t, 3> world{0, 1, 2};
  do {
    for (int flips = 0; flips < 8; ++flips) {
      AlignedFrame frame;
      for (size_t axis = 0; axis < 3; ++axis) {
        const bool backwards = (flips >> axis & 1) != 0;
        frame.direction[3 * world[axis] + axis] = backwards ? -1 : 1;
        frame.letters += (backwards ? "RAI" : "LPS")[world[axis]];
      }
      frames.push_back(frame);
    }
  } while (std::next_permutation(world.begin(), world.end()));
  return frames;
}

double distance(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// Every voxel of `a` is found in `b` at the same place of the world with the same value.
void expect_same_world(const Volume& a, const Volume& b) {
  ASSERT_EQ(a.geometry.count(), b.geometry.count());
  for (int64_t k = 0; k < a.geometry.size[2]; ++k) {
    for (int64_t j = 0; j < a.geometry.size[1]; ++j) {
      for (int64_t i = 0; i < a.geometry.size[0]; ++i) {
        const auto world =
            a.geometry.to_world(static_cast<double>(i), static_cast<double>(j), static_cast<double>(k));
        const auto voxel = b.geometry.to_voxel(world);
        std::array<int64_t, 3> index;
        for (size_t axis = 0; axis < 3; ++axis) {
          index[axis] = std::llround(voxel[axis]);
          ASSERT_NEAR(voxel[axis], static_cast<double>(index[axis]), 1e-9);
          ASSERT_GE(index[axis], 0);
          ASSERT_LT(index[axis], b.geometry.size[axis]);
        }
        ASSERT_EQ(a.at(i, j, k), b.at(index[0], index[1], index[2]));
      }
    }
  }
}

TEST(Geometry, MapsTheOriginAndTheAxesAsWritten) {
  Geometry g{{10, 20, 30}, {2, 3, 4}, {100, 200, 300}, {0, 0, 1, 1, 0, 0, 0, -1, 0}};
  EXPECT_EQ(g.to_world(0, 0, 0), (std::array{100.0, 200.0, 300.0}));
  EXPECT_EQ(g.to_world(1, 0, 0), (std::array{100.0, 202.0, 300.0}));  // i runs along +y
  EXPECT_EQ(g.to_world(0, 1, 0), (std::array{100.0, 200.0, 297.0}));  // j runs along -z
  EXPECT_EQ(g.to_world(0, 0, 1), (std::array{104.0, 200.0, 300.0}));  // k runs along +x
}

TEST(Geometry, ToVoxelUndoesToWorldInAnyFrame) {
  Random random(1);
  for (int trial = 0; trial < 500; ++trial) {
    Geometry g = random_geometry(random, {7, 8, 9});
    if (trial % 2 == 1)
      std::swap(g.direction[0], g.direction[1]), g.direction[4] += 0.3;  // not even a rotation
    const double i = random.uniform(-50, 500), j = random.uniform(-50, 500), k = random.uniform(-50, 500);
    const auto back = g.to_voxel(g.to_world(i, j, k));
    EXPECT_LT(distance(back, {i, j, k}), 1e-8) << "trial " << trial;
  }
}

TEST(GridDistance, IsZeroForEqualGridsAndInfiniteForOtherSizes) {
  Random random(2);
  const Geometry a = random_geometry(random, {30, 40, 50});
  EXPECT_NEAR(grid_distance(a, a), 0, 1e-12);
  Geometry b = a;
  b.size[2] = 51;
  EXPECT_EQ(grid_distance(a, b), std::numeric_limits<double>::infinity());
  EXPECT_FALSE(same_grid(a, b));
}

TEST(GridDistance, OfAShiftIsTheShiftInVoxelsOfTheFirst) {
  Random random(3);
  const Geometry a = random_geometry(random, {30, 40, 50});
  Geometry b = a;
  b.origin = a.to_world(0, 0, 0.25);
  EXPECT_NEAR(grid_distance(a, b), 0.25, 1e-9);
}

TEST(GridDistance, SeesWhatOnlyTheFarCornerShows) {
  Geometry a{{101, 101, 101}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  Geometry b = a;
  b.spacing[1] = 1.001;  // 0.1 voxel at the far end, 0 at the origin
  EXPECT_NEAR(grid_distance(a, b), 0.1, 1e-9);
  EXPECT_FALSE(same_grid(a, b));
}

TEST(GridDistance, ToleratesTheRoundingOfRealHeaders) {
  Geometry a{{59, 59, 59}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  Geometry b = a;
  b.origin[2] = 0.018;
  EXPECT_TRUE(same_grid(a, b));
  b.origin[2] = 0.022;
  EXPECT_FALSE(same_grid(a, b));
}

TEST(GridDistance, NeverTakesNaNForNear) {
  Geometry a{{5, 5, 5}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  Geometry b = a;
  b.origin[0] = std::nan("");
  EXPECT_FALSE(same_grid(a, b));
  EXPECT_FALSE(same_grid(b, a));
}

TEST(Describe, SaysSizeAndSpacing) {
  Geometry g{{185, 164, 59}, {0.9765625, 0.9765625, 3.27}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  EXPECT_EQ(describe(g), "185x164x59 at 0.977x0.977x3.27 mm");
}

TEST(AxesOf, NamesAll48AlignedFrames) {
  std::set<std::string> seen;
  for (const AlignedFrame& frame : aligned_frames()) {
    Geometry g{{2, 3, 4}, {1, 1, 1}, {0, 0, 0}, frame.direction};
    EXPECT_EQ(axes_of(g), frame.letters);
    seen.insert(axes_of(g));
  }
  EXPECT_EQ(seen.size(), 48u);
}

TEST(AxesOf, UsesEveryWorldAxisOnceEvenAt45Degrees) {
  const double h = std::sqrt(0.5);
  for (const double tilt : {-1e-9, 0.0, 1e-9}) {
    Geometry g{{2, 2, 2}, {1, 1, 1}, {0, 0, 0}, {h + tilt, h, 0, h, -h - tilt, 0, 0, 0, 1}};
    const std::string axes = axes_of(g);
    EXPECT_TRUE(axes == "LAS" || axes == "PLS") << axes;
  }
  Random random(4);
  for (int trial = 0; trial < 2000; ++trial) {
    std::string axes = axes_of(random_geometry(random, {2, 2, 2}));
    for (char& letter : axes)
      letter = letter == 'R' ? 'L' : letter == 'A' ? 'P' : letter == 'I' ? 'S' : letter;
    std::sort(axes.begin(), axes.end());
    EXPECT_EQ(axes, "LPS");
  }
}

TEST(Canonical, OfEveryAlignedFrameIsLpsAndKeepsEveryVoxelInItsPlace) {
  for (const AlignedFrame& frame : aligned_frames()) {
    const Volume volume = numbered({{3, 4, 5}, {0.5, 2, 3.27}, {-10, 20.5, 7}, frame.direction});
    std::string axes;
    const Volume canonical = to_canonical(volume, &axes);
    EXPECT_EQ(axes, frame.letters);
    EXPECT_EQ(axes_of(canonical.geometry), "LPS");
    expect_same_world(volume, canonical);
  }
}

TEST(Canonical, IsUndoneExactlyFromEveryAlignedFrame) {
  for (const AlignedFrame& frame : aligned_frames()) {
    const Volume volume = numbered({{3, 4, 5}, {0.5, 2, 3.27}, {-10, 20.5, 7}, frame.direction});
    std::string axes;
    const Volume back = from_canonical(to_canonical(volume, &axes), axes);
    EXPECT_EQ(back.voxels, volume.voxels);
    EXPECT_EQ(back.geometry.size, volume.geometry.size);
    EXPECT_EQ(back.geometry.spacing, volume.geometry.spacing);
    EXPECT_EQ(back.geometry.direction, volume.geometry.direction);
    EXPECT_LT(distance(back.geometry.origin, volume.geometry.origin), 1e-12);  // two roundings of a sum
  }
}

TEST(Canonical, HoldsInRandomObliqueFrames) {
  Random random(5);
  for (int trial = 0; trial < 200; ++trial) {
    Geometry g = random_geometry(random, {3, 4, 5});
    if (trial % 2 == 1) {
      for (size_t row = 0; row < 3; ++row) g.direction[3 * row] = -g.direction[3 * row];  // left-handed
    }
    const Volume volume = numbered(g);
    std::string axes;
    const Volume canonical = to_canonical(volume, &axes);
    EXPECT_EQ(axes, axes_of(g));
    EXPECT_EQ(axes_of(canonical.geometry), "LPS");
    expect_same_world(volume, canonical);
    const Volume back = from_canonical(canonical, axes);
    EXPECT_EQ(back.voxels, volume.voxels);
    EXPECT_LT(grid_distance(volume.geometry, back.geometry), 1e-10);
  }
}

TEST(Canonical, LeavesACanonicalVolumeBitForBitAlone) {
  Geometry g{{3, 4, 5}, {0.9765625, 0.1, 3.27}, {0.1, -0.2, 1e-17}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  const Volume volume = numbered(g);
  const Volume canonical = to_canonical(volume);
  EXPECT_EQ(canonical.geometry.origin, g.origin);
  EXPECT_EQ(canonical.voxels, volume.voxels);
}

TEST(Canonical, RefusesAxesThatAreNone) {
  const Volume volume = numbered({{2, 2, 2}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}});
  for (const char* axes : {"", "LP", "LPX", "LLS", "LRS", "LPSI"}) {
    EXPECT_THROW(from_canonical(volume, axes), std::logic_error) << axes;
  }
}

}  // namespace
}  // namespace synerbench
