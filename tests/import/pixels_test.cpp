// The pure parts of the pixel work: SUV, body masks, lattices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "harness/core/error.h"
#include "harness/data/import/body_mask.h"
#include "harness/data/import/import_case.h"
#include "harness/data/suv.h"

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
  EXPECT_EQ(union_of_nonzero({a, b}, grid_of(4, 1, 1)), (std::vector<uint8_t>{0, 1, 1, 1}));
}

TEST(BodyMask, KeepsArmsAndLegsButNoCouch) {
  // 2 mm pixels: a trunk, an arm of 40 mm beside it, a couch of 8 mm below, a speck.
  Geometry grid = grid_of(120, 90, 3);
  grid.spacing = {2, 2, 2};
  std::vector<float> hu(static_cast<size_t>(grid.count()), -1000.F);
  const auto box = [&](int64_t i0, int64_t i1, int64_t j0, int64_t j1) {
    for (int64_t k = 0; k < 3; ++k) {
      for (int64_t j = j0; j < j1; ++j) {
        for (int64_t i = i0; i < i1; ++i) hu[static_cast<size_t>((k * 90 + j) * 120 + i)] = 50;
      }
    }
  };
  box(20, 80, 20, 60);
  box(90, 110, 30, 50);
  box(5, 115, 70, 74);
  box(2, 3, 2, 3);
  hu[static_cast<size_t>(40 * 120 + 100)] = -1000;  // one voxel of noise in the arm
  const auto mask = body_mask(hu, grid, -300);
  const auto at = [&](int64_t i, int64_t j) { return mask[static_cast<size_t>((90 + j) * 120 + i)]; };
  EXPECT_TRUE(at(50, 40) && at(100, 45));
  EXPECT_FALSE(at(50, 72)) << "the couch";
  EXPECT_FALSE(at(2, 2)) << "the speck";
  EXPECT_TRUE(mask[static_cast<size_t>(40 * 120 + 100)]) << "a hole is filled";
}

TEST(UnionOfNonzero, DoesNotHangOnValuesThatNobodySees) {
  // A brain, with a faint voxel in it, in air that resampling left at 1e-6.
  const Geometry grid = grid_of(9, 9, 1);
  std::vector<float> values(81, 1e-6F), hollow;
  for (int64_t j = 2; j < 7; ++j) {
    for (int64_t i = 2; i < 7; ++i) values[static_cast<size_t>(j * 9 + i)] = 500;
  }
  values[4 * 9 + 4] = 0.01F;
  const auto mask = union_of_nonzero({values}, grid);
  EXPECT_EQ(std::count(mask.begin(), mask.end(), 1), 25) << "the faint voxel is inside, the air is not";
  values[4 * 9 + 4] = 0;
  const auto without = union_of_nonzero({values}, grid);
  EXPECT_EQ(std::count(without.begin(), without.end(), 1), 24) << "zero is outside, enclosed or not";
}

// A disc of 1 with its edge smoothed `passes` times.
std::vector<float> soft_disc(int passes) {
  std::vector<float> values(40 * 40);
  for (int64_t j = 0; j < 40; ++j) {
    for (int64_t i = 0; i < 40; ++i)
      values[static_cast<size_t>(j * 40 + i)] = (i - 20) * (i - 20) + (j - 20) * (j - 20) < 150;
  }
  for (; passes > 0; --passes) {
    std::vector<float> from = values;
    for (size_t v = 41; v + 41 < values.size(); ++v)
      values[v] = (4 * from[v] + from[v - 1] + from[v + 1] + from[v - 40] + from[v + 40]) / 8;
  }
  return values;
}

size_t inside(const std::vector<float>& values) {
  const auto mask = mask_from_file(values, "mask.nii").mask;
  return static_cast<size_t>(std::count(mask.begin(), mask.end(), 1));
}

std::vector<float> changed(std::vector<float> values, const std::function<float(float)>& change) {
  for (float& value : values) value = change(value);
  return values;
}

TEST(MaskFromFile, IsTheSameInEveryCoding) {
  const auto hard = soft_disc(0), soft = soft_disc(3);
  const size_t all = inside(hard);
  for (const float scale : {255.F, 0.999F, -1.F, 1000.F}) {
    EXPECT_EQ(inside(changed(hard, [=](float v) { return scale < 0 ? v + 1 : scale * v; })), all) << scale;
  }
  const auto half =
      static_cast<size_t>(std::count_if(soft.begin(), soft.end(), [](float v) { return v >= 0.5F; }));
  EXPECT_NEAR(static_cast<double>(half), static_cast<double>(all), 0.05 * static_cast<double>(all));
  EXPECT_EQ(inside(soft), half) << "a resampled mask";
  EXPECT_NEAR(inside(changed(soft, [](float v) { return std::round(255 * v); })), half, 2) << "and in 8 bits";
  EXPECT_EQ(inside(changed(soft, [](float v) { return 1 / (1 + std::exp(-12 * (v - 0.5F))); })), half)
      << "probabilities, nowhere 0";
  std::vector<float> labels = hard;
  // Five voxels in a row have one.
  for (size_t v = 0; v < labels.size(); ++v) labels[v] *= static_cast<float>(1 + v / 5 % 90);
  EXPECT_EQ(inside(labels), all) << "labels of organs";
  EXPECT_THAT(mask_from_file(labels, "m").rule, testing::HasSubstr("labels"));
}

TEST(MaskFromFile, RefusesNothingAndImages) {
  EXPECT_THROW(mask_from_file(std::vector<float>(64, 0.F), "m"), Error);
  std::vector<float> image;
  for (int v = 0; v < 1600; ++v) image.push_back(static_cast<float>((v * 7919) % 1601) - 1000);
  EXPECT_THROW(mask_from_file(image, "m"), Error) << "HU";
  EXPECT_THROW(mask_from_file(changed(image, [](float v) { return v + 1000; }), "m"), Error) << "MR";
  // MR of 8 bits: whole numbers, at most 256 of them.
  EXPECT_THROW(
      mask_from_file(changed(image, [](float v) { return std::round((v + 1000) / 1600 * 200); }), "m"),
      Error);
  EXPECT_EQ(mask_from_file(std::vector<float>(64, 1.F), "m").mask, std::vector<uint8_t>(64, 1));
}

TEST(CompareWithImage, FindsMasksThatAreNotTheBody) {
  const auto disc = soft_disc(0);
  Geometry grid = grid_of(40, 40, 1);
  const auto hu = changed(disc, [](float v) { return v > 0 ? 50.F : -1000.F; });
  const auto bits = [&](const std::function<bool(size_t)>& choose) {
    std::vector<uint8_t> mask;
    for (size_t v = 0; v < disc.size(); ++v) mask.push_back(choose(v));
    return mask;
  };
  const auto compare = [&](const std::vector<uint8_t>& mask, bool is_hu) {
    return compare_with_image(mask, is_hu ? hu : disc, is_hu, -300, grid, "m");
  };
  const auto good = bits([&](size_t v) { return disc[v] > 0; });
  for (const bool is_hu : {true, false}) {
    EXPECT_TRUE(compare(good, is_hu).empty());
    EXPECT_THROW(compare(bits([&](size_t v) { return disc[v] == 0; }), is_hu), Error) << "inside out";
    EXPECT_THROW(compare(bits([&](size_t v) { return v < 150; }), is_hu), Error) << "in the air";
  }
  EXPECT_EQ(compare(bits([&](size_t v) { return disc[v] > 0 && v < 800; }), true).size(), 1u)
      << "half of the patient";
  for (const bool is_hu : {true, false}) {
    EXPECT_THAT(
        compare(bits([&](size_t v) { return disc[v] > 0 && !(v > 780 && v < 791) && !(v > 820 && v < 831); }),
                is_hu),
        testing::ElementsAre(testing::HasSubstr("the mask has holes: 4 %")));
  }
  EXPECT_THAT(compare(bits([&](size_t v) { return v % 40 > 2 && v % 40 < 38; }), true),
              testing::ElementsAre(testing::HasSubstr("of the mask lies outside the body")))
      << "a field of view";
  EXPECT_EQ(share_remarks(std::vector<uint8_t>(50, 1)).size(), 1u);
  EXPECT_TRUE(share_remarks(good).empty());
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

/// A body that is lopsided along each axis, and masks of it that lie right and wrong.
class MaskPlaces : public testing::Test {
 protected:
  MaskPlaces() {
    grid_.size = {48, 40, 20};
    grid_.spacing = {2, 2, 3};
    body_ = laid({}, {});
    for (const uint8_t in : body_) image_.push_back(in ? 40.F : -1000.F);
  }
  bool in_body(int64_t i, int64_t j, int64_t k, double wider) const {
    const double x = (static_cast<double>(i) - 23.0) / 15, y = (static_cast<double>(j) - 19.0) / 12,
                 z = (static_cast<double>(k) - 9.5) / 9.5;
    const double size = 1 - 0.25 * z + wider;
    return x * x + y * y + 0.3 * x * x * x + 0.2 * y * y * y < size * size * 0.8 && std::abs(z) < 0.9;
  }
  std::vector<uint8_t> laid(std::array<int64_t, 3> shift, std::array<bool, 3> mirrored,
                            double wider = 0) const {
    std::vector<uint8_t> mask;
    for (int64_t k = 0; k < grid_.size[2]; ++k) {
      for (int64_t j = 0; j < grid_.size[1]; ++j) {
        for (int64_t i = 0; i < grid_.size[0]; ++i) {
          std::array<int64_t, 3> from{i - shift[0], j - shift[1], k - shift[2]};
          for (size_t a = 0; a < 3; ++a)
            if (mirrored[a]) from[a] = grid_.size[a] - 1 - from[a];
          mask.push_back(in_body(from[0], from[1], from[2], wider));
        }
      }
    }
    return mask;
  }
  std::vector<std::string> compare(const std::vector<uint8_t>& mask) const {
    return compare_with_image(mask, image_, true, -300, grid_, "m");
  }
  Geometry grid_;
  std::vector<uint8_t> body_;
  std::vector<float> image_;
};

TEST_F(MaskPlaces, AreFoundWhenTheMaskIsMovedOrMirrored) {
  using testing::ElementsAre;
  using testing::HasSubstr;
  EXPECT_THAT(compare(laid({5, 0, 0}, {})), ElementsAre(HasSubstr("moved by 10 mm to the right")));
  EXPECT_THAT(compare(laid({0, -5, 0}, {})), ElementsAre(HasSubstr("moved by 10 mm to the back")));
  EXPECT_THAT(compare(laid({0, 0, 3}, {})), ElementsAre(HasSubstr("moved by 9 mm to the foot")));
  EXPECT_THAT(compare(laid({}, {false, false, true})),
              ElementsAre(HasSubstr("it fits better with head and foot exchanged")));
}

TEST_F(MaskPlaces, RaiseNoAlarmForMasksThatAreLooseTightOrCut) {
  EXPECT_THAT(compare(body_), testing::IsEmpty());
  EXPECT_THAT(compare(laid({}, {}, 0.08)), testing::IsEmpty()) << "dilated";
  EXPECT_THAT(compare(laid({}, {}, -0.05)), testing::IsEmpty()) << "eroded";
  EXPECT_THAT(compare(laid({1, 0, 0}, {})), testing::IsEmpty()) << "a voxel";
  auto cut = laid({}, {}, 0.1);  // dilated, and of a smaller field of view
  for (size_t v = 0; v < cut.size(); ++v)
    if (v % 48 < 12) cut[v] = 0;
  EXPECT_THAT(compare(cut), testing::IsEmpty());
}

TEST(ShareRemarks, TellWhatIsLeftOfNearlyEverything) {
  std::vector<uint8_t> mask(1000, 1);
  for (size_t v = 0; v < 3; ++v) mask[v] = 0;
  EXPECT_THAT(share_remarks(mask), testing::ElementsAre("the mask covers all but 0.3 % of the volume"));
}

}  // namespace
}  // namespace synerbench
