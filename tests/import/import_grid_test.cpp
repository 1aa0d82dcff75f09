// Imports of volumes that lie otherwise than each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include "tests/import/import_fixture.h"

namespace synerbench {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using namespace testing_support;

using Import = ImportFixture;

/// A body with lumps that follow from `seed`, 0 to about 3; -1 outside of it. No two turns of it are alike.
Volume lumps(const Geometry& grid, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> place(0, 1);
  std::vector<std::array<double, 3>> centers(80);
  for (auto& center : centers) center = {place(random), place(random), place(random)};
  return make_volume(grid, [&](int64_t i, int64_t j, int64_t k) {
    if (!in_body(grid, i, j)) return -1.F;
    const std::array<int64_t, 3> index{i, j, k};
    double value = 0;
    for (const auto& center : centers) {
      double squared = 0;
      for (size_t axis = 0; axis < 3; ++axis) {
        const double off =
            (static_cast<double>(index[axis]) - center[axis] * static_cast<double>(grid.size[axis])) *
            grid.spacing[axis] / 8;
        squared += off * off;
      }
      value += std::exp(-squared);
    }
    return static_cast<float>(value);
  });
}

Volume mapped(Volume volume, float (*map)(float)) {
  for (float& v : volume.voxels) v = map(v);
  return volume;
}

/// The volume with its voxels in another order along an axis, and the header as it was.
Volume mirrored(const Volume& volume, int axis) {
  const auto& n = volume.geometry.size;
  return make_volume(volume.geometry, [&](int64_t i, int64_t j, int64_t k) {
    return volume.at(axis == 0 ? n[0] - 1 - i : i, axis == 1 ? n[1] - 1 - j : j,
                     axis == 2 ? n[2] - 1 - k : k);
  });
}

TEST_F(Import, AMirroredVolumeOfAPairIsNoted) {
  const Geometry grid = axis_grid({80, 60, 20});
  const Volume shown = lumps(grid, 1);
  const Volume ct = mapped(shown, [](float v) { return v < 0 ? -1000.F : std::round(-50 + 500 * v); });
  const Volume mr = mapped(shown, [](float v) { return v < 0 ? 0.F : 300 + 200 * std::cos(3 * v); });
  const auto remarks = [&](const std::string& name, const Volume& source) {
    write_volume(tree(name + "/mr.nii.gz"), source, PixelType::kFloat32);
    write_volume(tree(name + "/ct.nii.gz"), ct, PixelType::kInt16);
    write_list(
        fmt::format("case,patient,split,region,modality,path\n"
                    "{0},{0},test,brain,CT,{0}/ct.nii.gz\n{0},{0},test,brain,MRI,{0}/mr.nii.gz\n",
                    name));
    options_.out = folder_.path() / ("store-" + name);
    return import("pairs").remarks;
  };
  EXPECT_THAT(remarks("sound", mr), Not(Contains(HasSubstr("fits"))));
  const std::array<const char*, 3> axes{"left-right", "front-back", "head-foot"};
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_THAT(remarks(fmt::format("turned{}", axis), mirrored(mr, axis)),
                Contains(AllOf(HasSubstr("mr.nii.gz fits"), HasSubstr("ct.nii.gz better mirrored along the "),
                               HasSubstr(axes[static_cast<size_t>(axis)]))));
  }
}

TEST_F(Import, PlaneCanBeChosenForAll) {
  make_synthrad2023(options_.root, 1);
  options_.pixels.plane = "coronal";
  import("synthrad2023");
  EXPECT_EQ(store().cases()[0].plane, "coronal");
}

// --- grids -------------------------------------------------------------------------------------------------

TEST_F(Import, AGridWithinTheToleranceIsTheSameGrid) {
  auto grid = axis_grid({9, 8, 4});
  write_volume(tree("1BA001/ct.nii.gz"), made_ct(grid), PixelType::kInt16);
  grid.origin[0] += 0.018;  // what real headers show
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  import("synthrad2023");
  const auto store = this->store();
  EXPECT_EQ(stored_voxels(store, store.cases()[0], Modality::kMRI), made_mr(grid).voxels)
      << "not interpolated";
  EXPECT_TRUE(store.cases()[0].find(Modality::kMRI)->source["transforms"].empty());
}

TEST_F(Import, AnotherGridIsRefusedUnlessTheRuleSaysOtherwise) {
  auto grid = axis_grid({9, 8, 4});
  write_volume(tree("1BA001/ct.nii.gz"), made_ct(grid), PixelType::kInt16);
  grid.origin[0] += 0.5;
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  const auto message = error_of("synthrad2023");
  EXPECT_THAT(message, HasSubstr("mr.nii.gz"));
  EXPECT_THAT(message, HasSubstr("is not on the grid of 1BA001/ct.nii.gz: "));
  EXPECT_THAT(message, HasSubstr("a corner is 0.5 voxels away"));
  EXPECT_THAT(message, HasSubstr("--resample linear"));

  options_.pixels.resample = ResampleRule::kLinear;
  options_.out = folder_.path() / "linear";
  import("synthrad2023");
  const auto store = this->store();
  const auto& stored = store.cases()[0];
  const auto& transform = stored.find(Modality::kMRI)->source["transforms"][0];
  EXPECT_EQ(transform["kind"], "resample");
  EXPECT_EQ(transform["method"], "linear");
  EXPECT_EQ(transform["grid_of"], "1BA001/ct.nii.gz");
  EXPECT_EQ(transform["voxels_inside"], 8 * 8 * 4);
  EXPECT_TRUE(stored.find(Modality::kCT)->source["transforms"].empty());
  const auto mr = made_mr(grid);
  const auto values = stored_voxels(store, stored, Modality::kMRI);
  const auto voxel = [&](int64_t i, int64_t j, int64_t k) {
    return values[static_cast<size_t>((k * 8 + j) * 9 + i)];
  };
  EXPECT_NEAR(voxel(5, 4, 2), (mr.at(4, 4, 2) + mr.at(5, 4, 2)) / 2, 1e-3);
  EXPECT_EQ(voxel(0, 4, 2), 0) << "outside the MR: nothing";
}

TEST_F(Import, OnTheSameLatticeACropIsExact) {
  // The MR reaches beyond the CT on every side, so every border of the crop shows.
  const auto ct_grid = axis_grid({7, 6, 5});
  auto mr_grid = axis_grid({12, 10, 8});
  mr_grid.origin = ct_grid.to_world(-2, -3, -1.012);  // off by less than the tolerance, as real headers are
  const auto ct = make_volume(
      ct_grid, [](int64_t i, int64_t j, int64_t k) { return static_cast<float>(100 * k + 10 * j + i); });
  write_volume(tree("1BA001/ct.nii.gz"), ct, PixelType::kInt16);
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(mr_grid), PixelType::kFloat32);
  write_list(
      "case,patient,region,modality,path,grid\n"
      "c,p,sts,CT,1BA001/ct.nii.gz,\n"
      "c,p,sts,MRI,1BA001/mr.nii.gz,MRI\n");
  options_.pixels.resample = ResampleRule::kLinear;
  import("pairs");
  const auto store = this->store();
  const auto& stored = store.cases()[0];
  EXPECT_EQ(stored.geometry.size, mr_grid.size);
  const auto& transform = stored.find(Modality::kCT)->source["transforms"][0];
  EXPECT_EQ(transform["kind"], "crop");
  EXPECT_EQ(transform["offset"], (Json{-2, -3, -1}));
  EXPECT_EQ(transform["outside"], -1000);
  EXPECT_EQ(transform["voxels_inside"], 7 * 6 * 5);
  EXPECT_EQ(stored.find(Modality::kCT)->dtype, DType::kI16) << "still whole HU";
  const auto view = store.volume(stored, Modality::kCT);
  for (int64_t k = 0; k < 8; ++k) {
    for (int64_t j = 0; j < 10; ++j) {
      for (int64_t i = 0; i < 12; ++i) {
        const bool inside = i >= 2 && i < 9 && j >= 3 && j < 9 && k >= 1 && k < 6;
        ASSERT_EQ(view.value(k, j, i), inside ? 100 * (k - 1) + 10 * (j - 3) + i - 2 : -1000) << i << j << k;
      }
    }
  }
}

TEST_F(Import, VolumesOfDifferentPlacesInTheWorldAreNoPair) {
  auto grid = axis_grid({9, 8, 4});
  write_volume(tree("1BA001/ct.nii.gz"), made_ct(grid), PixelType::kInt16);
  grid.origin[0] += 500;
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  options_.pixels.resample = ResampleRule::kLinear;
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("does not overlap"));
}

TEST_F(Import, AMaskOnAnotherGridIsResampledByNearestNeighbor) {
  const auto grid = axis_grid({8, 8, 4});
  auto fine = grid;
  for (size_t axis = 0; axis < 3; ++axis) {
    fine.size[axis] *= 2;
    fine.spacing[axis] /= 2;
    fine.origin[axis] -= fine.spacing[axis] / 4;  // between two fine voxels, nearer to one
  }
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  write_volume(tree("1BA001/mask.nii.gz"),
               make_volume(fine, [](int64_t i, int64_t, int64_t) { return i < 8 ? 1.F : 0.F; }),
               PixelType::kUInt8);
  options_.pixels.resample = ResampleRule::kLinear;
  import("synthrad2023");
  const auto store = this->store();
  const auto mask = store.mask(store.cases()[0]);
  for (size_t v = 0; v < mask.size(); ++v) ASSERT_EQ(mask[v], v % 8 < 4) << v;
  EXPECT_EQ(store.cases()[0].mask_source["transforms"][0]["method"], "nearest");
}

// The same lattice with its axes in another order, as programs that reorient one of two files leave it.
TEST_F(Import, FilesOfOneLatticeMayHaveTheirAxesInAnyOrder) {
  const auto grid = axis_grid({8, 9, 5});
  const auto ct = made_ct(grid), mr = made_mr(grid);
  const auto mask = make_volume(
      grid, [&](int64_t i, int64_t j, int64_t k) { return in_body(grid, i, j) && i + k > 4 ? 1.F : 0.F; });
  write_volume(tree("1BA001/ct.nii.gz"), from_canonical(ct, "RAS"), PixelType::kInt16);
  write_volume(tree("1BA001/mr.nii.gz"), from_canonical(mr, "LAS"), PixelType::kFloat32);
  write_volume(tree("1BA001/mask.nii.gz"), from_canonical(mask, "SPL"), PixelType::kUInt8);
  import("synthrad2023");
  const auto store = this->store();
  const auto& stored = store.cases()[0];
  EXPECT_EQ(stored_voxels(store, stored, Modality::kCT), ct.voxels);
  EXPECT_EQ(stored_voxels(store, stored, Modality::kMRI), mr.voxels);
  const auto inside = store.mask(stored);
  for (size_t v = 0; v < inside.size(); ++v) ASSERT_EQ(inside[v], mask.voxels[v] > 0) << v;
  EXPECT_EQ(stored.find(Modality::kCT)->source["axes"], "RAS");
  EXPECT_EQ(stored.find(Modality::kMRI)->source["axes"], "LAS") << "what it was";
  EXPECT_EQ(stored.mask_source["axes"], "SPL");
  EXPECT_TRUE(stored.find(Modality::kMRI)->source["transforms"].empty()) << "nothing was interpolated or cut";
}

TEST_F(Import, ACropOnALatticeOfOtherAxesIsExactToo) {
  const auto grid = axis_grid({8, 9, 5});
  const auto ct = made_ct(grid);
  auto larger = axis_grid({10, 11, 7});
  larger.origin = grid.to_world(-1, -1, -1);
  const auto mr = made_mr(larger);
  write_volume(tree("1BA001/ct.nii.gz"), ct, PixelType::kInt16);
  write_volume(tree("1BA001/mr.nii.gz"), from_canonical(mr, "RSA"), PixelType::kFloat32);
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("is not on the grid of"))
      << "other voxels are refused still";
  options_.pixels.resample = ResampleRule::kLinear;
  import("synthrad2023");
  const auto store = this->store();
  const auto& transform = store.cases()[0].find(Modality::kMRI)->source["transforms"][0];
  EXPECT_EQ(transform["kind"], "crop");
  EXPECT_EQ(transform["offset"], (Json{1, 1, 1})) << "along the axes of the grid";
  const auto view = store.volume(store.cases()[0], Modality::kMRI);
  EXPECT_EQ(view.value(2, 4, 4), mr.at(5, 5, 3));
}

}  // namespace
}  // namespace synerbench
