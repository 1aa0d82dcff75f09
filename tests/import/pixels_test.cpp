// The pure parts of the pixel work: SUV, body masks, lattices.
#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/error.h"
#include "harness/data/import/body_mask.h"
#include "harness/data/import/import_case.h"
#include "harness/data/import/suv.h"

namespace synerbench {
namespace {

TEST(SuvFactor, IsBodyWeightOverTheDecayedDose) {
  PetMeta meta;
  meta.weight_kg = 70;
  meta.injected_dose_bq = 350e6;
  meta.injection_seconds = 10 * 3600;
  meta.acquisition_seconds = 10 * 3600;
  EXPECT_DOUBLE_EQ(suv_factor(meta), 70000.0 / 350e6);
  // half the dose is left, so the same activity is twice the uptake
  meta.acquisition_seconds += meta.half_life_seconds;
  EXPECT_NEAR(suv_factor(meta), 2 * 70000.0 / 350e6, 1e-18);
  meta.acquisition_seconds = 11 * 3600;
  // 1000 * 70 / (350e6 * 0.5 ** (3600 / 6586.2)), in Python.
  EXPECT_NEAR(suv_factor(meta), 0.00029212734924436573, 1e-18);
}

TEST(SuvFactor, RefusesMetadataThatCannotBe) {
  const PetMeta good{70, 350e6, 36000, 39600, 6586.2};
  for (int field = 0; field < 5; ++field) {
    PetMeta bad = good;
    if (field == 0) bad.weight_kg = 0;
    if (field == 1) bad.injected_dose_bq = -1;
    if (field == 2) bad.acquisition_seconds = 0;  // before the injection: across midnight
    if (field == 3) bad.half_life_seconds = NAN;
    if (field == 4) bad.injection_seconds = NAN;
    EXPECT_THROW(suv_factor(bad), Error) << field;
  }
  EXPECT_GT(suv_factor(good), 0);
}

Geometry grid_of(int64_t ni, int64_t nj, int64_t nk) {
  Geometry grid;
  grid.size = {ni, nj, nk};
  return grid;
}

// Slices as text, '#' = 100 HU, '.' = air.
std::vector<float> hu_of(const std::vector<std::string>& rows) {
  std::vector<float> values;
  for (const auto& row : rows) {
    for (const char c : row) values.push_back(c == '#' ? 100.F : -1000.F);
  }
  return values;
}

std::string text_of(const std::vector<uint8_t>& mask, size_t width) {
  std::string text;
  for (size_t v = 0; v < mask.size(); ++v) {
    text += mask[v] ? '#' : '.';
    if ((v + 1) % width == 0) text += '\n';
  }
  return text;
}

TEST(BodyMask, DropsTheCouchAndFillsTheLungs) {
  const auto hu = hu_of({".......", ".#####.", ".#..##.", ".#.###.", ".#####.", ".......", "..###.."});
  EXPECT_EQ(text_of(body_mask(hu, grid_of(7, 7, 1), -300), 7),
            ".......\n.#####.\n.#####.\n.#####.\n.#####.\n.......\n.......\n");
}

TEST(BodyMask, ConnectsThroughSlicesButNotThroughCorners) {
  // One row per slice (nj = 1).
  const auto apart = hu_of({"###.###.", ".......#", "...#....", "........"});
  EXPECT_EQ(text_of(body_mask(apart, grid_of(8, 1, 4), -300), 8), "###.....\n........\n........\n........\n")
      << "edges do not connect; of equal components the first in voxel order";
  const auto joined = hu_of({"###.###.", "..#####.", "........", "####...#"});
  EXPECT_EQ(text_of(body_mask(joined, grid_of(8, 1, 4), -300), 8),
            "###.###.\n..#####.\n........\n........\n");
}

TEST(BodyMask, AHoleThatReachesTheBorderIsNoHole) {
  const auto hu = hu_of({"#####", "#...#", "#.###", "#.###", "#.###"});
  EXPECT_EQ(text_of(body_mask(hu, grid_of(5, 5, 1), -300), 5), "#####\n#...#\n#.###\n#.###\n#.###\n");
}

TEST(BodyMask, OfNothingIsEmpty) {
  const std::vector<float> air(27, -1000.F);
  EXPECT_EQ(body_mask(air, grid_of(3, 3, 3), -300), std::vector<uint8_t>(27, 0));
}

TEST(UnionOfNonzero, CountsNegativeValuesAsInside) {
  const std::vector<float> a{0, -3, 0, 1}, b{0, 0, 0.001F, 0};
  EXPECT_EQ(union_of_nonzero({a, b}), (std::vector<uint8_t>{0, 1, 1, 1}));
}

TEST(LatticeOffset, IsFoundWithinTheTolerance) {
  Geometry image = grid_of(20, 30, 10), grid = grid_of(7, 8, 12);
  image.spacing = grid.spacing = {0.9766, 0.9766, 3.27};
  grid.origin = image.to_world(4, 20, -3);
  EXPECT_EQ(lattice_offset(image, grid), (std::array<int64_t, 3>{4, 20, -3}));
  grid.origin = image.to_world(4, 20, -2.982);  // as STS_003's header
  EXPECT_EQ(lattice_offset(image, grid), (std::array<int64_t, 3>{4, 20, -3}));
  grid.origin = image.to_world(4, 20, -2.97);
  EXPECT_FALSE(lattice_offset(image, grid)) << "0.03 voxels are too many";
}

TEST(LatticeOffset, NeedsTheSameSpacingAndDirection) {
  Geometry image = grid_of(20, 30, 10), grid = image;
  grid.spacing[0] = 1.002;  // 0.038 voxels off at the last voxel
  EXPECT_FALSE(lattice_offset(image, grid));
  grid = image;
  grid.spacing[0] = 1.0005;
  EXPECT_TRUE(lattice_offset(image, grid));
  grid = image;
  grid.direction = {-1, 0, 0, 0, 1, 0, 0, 0, 1};
  EXPECT_FALSE(lattice_offset(image, grid)) << "a flipped lattice is another one";
}

TEST(VoxelsInside, CountsCentersInTheBox) {
  Geometry image = grid_of(10, 10, 10), grid = grid_of(10, 10, 10);
  EXPECT_EQ(voxels_inside(image, grid), 1000);
  grid.origin = {5, 0, 0};
  EXPECT_EQ(voxels_inside(image, grid), 500);
  grid.origin = {-0.01, 0, 0};
  EXPECT_EQ(voxels_inside(image, grid), 1000) << "within the tolerance";
  grid.origin = {-0.5, 0, 0};
  EXPECT_EQ(voxels_inside(image, grid), 900);
  grid.origin = {40, 0, 0};
  EXPECT_EQ(voxels_inside(image, grid), 0);
}

}  // namespace
}  // namespace synerbench
