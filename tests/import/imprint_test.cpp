// Copies on another grid have one imprint; scans of different patients have different ones.
#include "harness/data/imprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/core/random.h"
#include "harness/data/content.h"
#include "harness/data/slice_store.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;

struct Scan {
  Geometry geometry;
  std::vector<float> voxels;
};

/// A head of 150 x 180 x 120 mm in 190 x 220 x 140 mm of air, with 150 soft lumps that follow from `seed`: a
/// function of space, looked at on a grid. `from`: mm from the corner of the field to that of the grid.
Scan head(uint64_t seed, const std::array<double, 3>& spacing, const std::array<double, 3>& from = {0, 0, 0},
          const std::array<double, 3>& field = {190, 220, 140}) {
  struct Lump {
    std::array<double, 3> center;
    double width, height;
  };
  Random random(seed);
  std::vector<Lump> lumps(150);
  for (Lump& lump : lumps) {
    lump = {{random.uniform(20, 170), random.uniform(20, 200), random.uniform(10, 130)},
            random.uniform(4, 10),
            random.uniform(-1, 1)};
  }
  Scan scan;
  scan.geometry.spacing = spacing;
  for (size_t a = 0; a < 3; ++a)
    scan.geometry.size[a] = static_cast<int64_t>(std::floor((field[a] - from[a]) / spacing[a]));
  const auto [ni, nj, nk] = scan.geometry.size;
  scan.voxels.resize(static_cast<size_t>(scan.geometry.count()));
  const auto place = [&](size_t axis, int64_t index) {
    return from[axis] + (static_cast<double>(index) + 0.5) * spacing[axis];
  };
  size_t at = 0;
  for (int64_t k = 0; k < nk; ++k) {
    for (int64_t j = 0; j < nj; ++j) {
      for (int64_t i = 0; i < ni; ++i, ++at) {
        const double x = (place(0, i) - 95) / 75, y = (place(1, j) - 110) / 90, z = (place(2, k) - 70) / 60;
        const double edge = 20 * (1 - std::sqrt(x * x + y * y + z * z));
        scan.voxels[at] = static_cast<float>(500 / (1 + std::exp(-edge)));
      }
    }
  }
  for (const Lump& lump : lumps) {
    std::array<std::vector<double>, 3> along;
    std::array<int64_t, 3> begin{}, end{};
    for (size_t a = 0; a < 3; ++a) {
      for (int64_t index = 0; index < scan.geometry.size[a]; ++index) {
        const double distance = (place(a, index) - lump.center[a]) / lump.width;
        along[a].push_back(std::exp(-distance * distance / 2));
        if (distance < -4) begin[a] = index + 1;
        if (distance < 4) end[a] = index + 1;
      }
    }
    for (int64_t k = begin[2]; k < end[2]; ++k) {
      for (int64_t j = begin[1]; j < end[1]; ++j) {
        for (int64_t i = begin[0]; i < end[0]; ++i) {
          scan.voxels[static_cast<size_t>((k * nj + j) * ni + i)] +=
              static_cast<float>(300 * lump.height * along[0][static_cast<size_t>(i)] *
                                 along[1][static_cast<size_t>(j)] * along[2][static_cast<size_t>(k)]);
        }
      }
    }
  }
  return scan;
}

std::vector<uint64_t> imprint(const Scan& scan) { return imprint_of(scan.voxels, scan.geometry); }

TEST(Imprint, IsThatOfACopyOnAnotherGrid) {
  const auto own = imprint(head(1, {1.5, 1.5, 2}));
  ASSERT_EQ(own.size(), kImprintBits / 64);
  EXPECT_EQ(agreement(own, own), 1);
  EXPECT_GT(agreement(own, imprint(head(1, {2.25, 2.25, 3}))), 0.93) << "half as fine again";
  EXPECT_GT(agreement(own, imprint(head(1, {2, 2, 2}))), 0.93) << "cubes";
  EXPECT_GT(agreement(own, imprint(head(1, {1.5, 1.5, 2}, {0.7, 0.4, 0.9}))), 0.93)
      << "the grid moved by half a voxel";
  EXPECT_GT(agreement(own, imprint(head(1, {2, 2, 3}, {8, 6, 4}, {185, 210, 137}))), 0.93)
      << "less air around";
  Scan scaled = head(1, {2.25, 2.25, 3});
  for (float& value : scaled.voxels) value = 0.37F * value + 1024;
  EXPECT_GT(agreement(own, imprint(scaled)), 0.93) << "another unit";
}

TEST(Imprint, DiffersBetweenPatientsOfOneKind) {
  std::vector<std::vector<uint64_t>> imprints;
  for (uint64_t seed = 1; seed <= 6; ++seed) imprints.push_back(imprint(head(seed, {3, 3, 4})));
  for (size_t a = 0; a < imprints.size(); ++a) {
    for (size_t b = 0; b < a; ++b) EXPECT_LT(agreement(imprints[a], imprints[b]), 0.85) << a << " and " << b;
  }
}

TEST(Imprint, OfFlatSmallOrThinImagesIsEmpty) {
  const Geometry grid{{64, 64, 40}, {3, 3, 3}, {}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  EXPECT_TRUE(imprint_of(std::vector<float>(static_cast<size_t>(grid.count()), 7), grid).empty());
  Scan scan = head(1, {3, 3, 4});
  scan.geometry.spacing = {0.5, 0.5, 0.5};
  EXPECT_TRUE(imprint(scan).empty()) << "smaller than 64 ml";
  scan = head(1, {3, 3, 4}, {0, 0, 66}, {190, 220, 74});
  EXPECT_EQ(scan.geometry.size[2], 2);
  scan.geometry.spacing[2] = 3;
  EXPECT_TRUE(imprint(scan).empty()) << "6 mm thick";
  EXPECT_EQ(agreement({}, {}), 0);
}

TEST(Imprint, IsKeptByAStore) {
  const TempFolder folder;
  testing_support::MakeStoreOptions options;
  options.size = {64, 72, 20};
  options.patients = 2;
  testing_support::make_store(folder.path(), options);
  const SliceStore store(folder.path());
  for (const StoredCase& one : store.cases()) {
    for (const StoredVolume& volume : one.volumes) {
      const std::vector<double> slices = store.volume(one, volume.modality).read_all();
      const auto values = from_plane<double>(slices, one.geometry, one.plane);
      const std::vector<float> voxels(values.begin(), values.end());
      EXPECT_EQ(volume.imprint.size(), kImprintBits / 64);
      EXPECT_EQ(volume.imprint, imprint_of(voxels, one.geometry));
    }
  }
}

StoredCase stored(const std::string& name, const std::string& patient, const Scan& scan) {
  StoredCase c;
  c.id = {"a", name, patient};
  StoredVolume volume;
  volume.modality = Modality::kCT;
  volume.source = Json{{"path", name + ".nii"}};
  volume.voxels_sha256 = voxels_sha256(scan.voxels, scan.geometry.size);
  volume.imprint = imprint(scan);
  c.volumes.push_back(std::move(volume));
  return c;
}

TEST(Copies, OnAnotherGridAreNotedBetweenPatients) {
  const std::vector<StoredCase> cases{stored("c1", "p1", head(1, {2, 2, 2})),
                                      stored("c2", "p1", head(1, {3, 3, 3})),  // p1 again: nothing to say
                                      stored("c3", "p2", head(1, {3, 3, 4})),
                                      stored("c4", "p3", head(2, {2, 2, 2}))};
  const auto copies = copies_in(cases);
  ASSERT_EQ(copies.size(), 2u);
  for (const Copy& copy : copies) {
    EXPECT_EQ(copy.second, &cases[2]);
    EXPECT_TRUE(!copy.exact && copy.resampled && !copy.allowed());
  }
  EXPECT_THAT(
      copies[0].text(),
      HasSubstr("a/c1 CT (c1.nii) and a/c3 CT (c3.nii) hold the same image, or two of one patient, on "
                "different grids ("));
}

TEST(Copies, KnownByTheirSketchAreNotCalledResampled) {
  std::vector<StoredCase> cases{stored("c1", "p1", head(1, {2, 2, 2})),
                                stored("c2", "p2", head(1, {2.5, 2, 2}))};
  cases[0].volumes[0].sketch = cases[1].volumes[0].sketch = std::vector<uint64_t>(kSketchSize, 0);
  for (size_t i = 0; i < kSketchSize; ++i)
    cases[0].volumes[0].sketch[i] = cases[1].volumes[0].sketch[i] = i + 1;
  const auto copies = copies_in(cases);
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_FALSE(copies[0].resampled);
}

}  // namespace
}  // namespace synerbench
