#include <gtest/gtest.h>
#include <itkMultiThreaderBase.h>

#include <cmath>
#include <filesystem>

#include "harness/data/volume_io.h"
#include "tests/data/image_builder.h"

namespace synerbench {
namespace {

using testing::random_geometry;
constexpr float kOutside = -1024;

Volume noise(const Geometry& geometry, Random& random) {
  Volume volume{geometry, std::vector<float>(static_cast<size_t>(geometry.count()))};
  for (float& value : volume.voxels) value = static_cast<float>(random.uniform(-1000, 2000));
  return volume;
}

/// The plain definition, voxel by voxel: map, test against the widened box, clamp, interpolate.
template <class Interpolate>
Volume plainly(const Volume& volume, const Geometry& grid, float outside, Interpolate interpolate) {
  Volume out{grid, {}};
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    for (int64_t j = 0; j < grid.size[1]; ++j) {
      for (int64_t i = 0; i < grid.size[0]; ++i) {
        auto voxel = volume.geometry.to_voxel(
            grid.to_world(static_cast<double>(i), static_cast<double>(j), static_cast<double>(k)));
        bool inside = true;
        for (size_t axis = 0; axis < 3; ++axis) {
          const double last = static_cast<double>(volume.geometry.size[axis] - 1);
          inside = inside && voxel[axis] >= -kSameGridTolerance && voxel[axis] <= last + kSameGridTolerance;
          voxel[axis] = std::clamp(voxel[axis], 0.0, last);
        }
        out.voxels.push_back(inside ? interpolate(volume, voxel) : outside);
      }
    }
  }
  return out;
}

float trilinear(const Volume& volume, const std::array<double, 3>& voxel) {
  double sum = 0;
  for (int corner = 0; corner < 8; ++corner) {
    double weight = 1;
    std::array<int64_t, 3> index;
    for (size_t axis = 0; axis < 3; ++axis) {
      const double low = std::floor(voxel[axis]);
      const bool high = (corner >> axis & 1) != 0;
      weight *= high ? voxel[axis] - low : 1 - (voxel[axis] - low);
      index[axis] = std::min(static_cast<int64_t>(low) + (high ? 1 : 0), volume.geometry.size[axis] - 1);
    }
    sum += weight * volume.at(index[0], index[1], index[2]);
  }
  return static_cast<float>(sum);
}

float nearest(const Volume& volume, const std::array<double, 3>& voxel) {
  return volume.at(std::llround(voxel[0]), std::llround(voxel[1]), std::llround(voxel[2]));
}

TEST(ResampleLinear, OntoItsOwnGridIsTheSame) {
  Random random(1);
  const Volume volume = noise(random_geometry(random, {7, 8, 9}), random);
  const Volume same = resample_linear(volume, volume.geometry, kOutside);
  for (size_t i = 0; i < volume.voxels.size(); ++i) EXPECT_NEAR(same.voxels[i], volume.voxels[i], 1e-3);
}

TEST(ResampleLinear, AgreesWithThePlainDefinitionOnRandomGrids) {
  Random random(2);
  int inside = 0, outside = 0;
  for (int trial = 0; trial < 30; ++trial) {
    const Volume volume = noise(random_geometry(random, {12, 10, 9}), random);
    Geometry grid = random_geometry(random, {9, 11, 13});
    grid.origin = volume.geometry.to_world(random.uniform(0, 8), random.uniform(0, 8), random.uniform(0, 8));
    const Volume fast = resample_linear(volume, grid, kOutside);
    const Volume slow = plainly(volume, grid, kOutside, trilinear);
    ASSERT_EQ(fast.voxels.size(), slow.voxels.size());
    for (size_t i = 0; i < fast.voxels.size(); ++i) {
      // ITK maps points along a scan line, so indices differ by rounding (1e-12 of a voxel times 3000 per
      // voxel).
      ASSERT_NEAR(fast.voxels[i], slow.voxels[i], 1e-3) << "trial " << trial << " voxel " << i;
      ++(slow.voxels[i] == kOutside ? outside : inside);
    }
    EXPECT_EQ(fast.geometry.origin, grid.origin);
  }
  EXPECT_GT(inside, 1000);
  EXPECT_GT(outside, 1000);
}

TEST(ResampleNearest, AgreesWithThePlainDefinitionOnRandomGrids) {
  Random random(3);
  for (int trial = 0; trial < 30; ++trial) {
    const Volume volume = noise(random_geometry(random, {12, 10, 9}), random);
    Geometry grid = random_geometry(random, {9, 11, 13});
    grid.origin = volume.geometry.to_world(random.uniform(0, 8), random.uniform(0, 8), random.uniform(0, 8));
    EXPECT_EQ(resample_nearest(volume, grid, 0).voxels, plainly(volume, grid, 0, nearest).voxels);
  }
}

TEST(Resample, ClampsWithinTheToleranceAndFillsBeyond) {
  const Geometry line{{3, 1, 1}, {2, 2, 2}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  const Volume volume{line, {10, 20, 40}};
  const auto at = [&](double voxel, auto resample) {
    Geometry point = line;
    point.size = {1, 1, 1};
    point.origin[0] = 2 * voxel;
    return resample(volume, point, kOutside).voxels[0];
  };
  EXPECT_EQ(at(-0.019, resample_linear), 10);
  EXPECT_EQ(at(-0.021, resample_linear), kOutside);
  EXPECT_EQ(at(2.019, resample_linear), 40);
  EXPECT_EQ(at(2.021, resample_linear), kOutside);
  EXPECT_EQ(at(0.25, resample_linear), 12.5f);
  EXPECT_EQ(at(1.75, resample_linear), 35);
  EXPECT_EQ(at(2.019, resample_nearest), 40);
  EXPECT_EQ(at(2.021, resample_nearest), kOutside);
  EXPECT_EQ(at(1.4, resample_nearest), 20);
  EXPECT_EQ(at(1.6, resample_nearest), 40);
}

TEST(Resample, OfOneSliceStaysInItsPlane) {
  const Geometry plane{{2, 2, 1}, {1, 1, 5}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  const Volume volume{plane, {1, 2, 3, 4}};
  EXPECT_EQ(resample_linear(volume, plane, kOutside).voxels, volume.voxels);
  Geometry above = plane;
  above.origin[2] = 1;
  EXPECT_EQ(resample_linear(volume, above, kOutside).voxels, std::vector<float>(4, kOutside));
}

TEST(Resample, GivesTheSameBytesForAnyNumberOfThreads) {
  Random random(4);
  const Volume volume = noise(random_geometry(random, {40, 41, 42}), random);
  Geometry grid = random_geometry(random, {50, 31, 47});
  grid.origin = volume.geometry.to_world(5, 5, 5);
  const auto before = itk::MultiThreaderBase::GetGlobalDefaultNumberOfThreads();
  std::vector<std::vector<float>> results;
  for (const unsigned threads : {1u, 2u, 3u, 7u}) {
    itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(threads);
    results.push_back(resample_linear(volume, grid, kOutside).voxels);
    EXPECT_EQ(results.back(), results.front()) << threads << " threads";
  }
  itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(before);
}

// data-and-metrics.md 11.4, to the printed digits. There the arithmetic is float64 throughout; we return
// float32, whose spacing at 1500 is 1.2e-4, so single values are compared to half of that and means more
// closely.
struct PetReference {
  const char* id;
  int64_t inside, all;
  double mean, minimum, maximum, first, second, correlation;
};

TEST(ResampleParity, CtOnThePetGridIsTheReference) {
  const auto folder = std::filesystem::path(SYNERBENCH_SHARED_DIR) / "data/real/ibsi-sts";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real images at " << folder;
  for (const PetReference& expected :
       {PetReference{"STS_010", 56463, 62186, -468.476600, -1000, 1508.5676, 16.357318, -86.404445, 0.440359},
        PetReference{"STS_001", 101598, 104017, -222.116768, -1000, 1358.7318, 13.086756, -108.566976,
                     0.442370},
        PetReference{"STS_050", 46800, 53248, -336.160212, -1000, 1460.9906, 5.885523, 47.724274,
                     0.443753}}) {
    const Volume ct = read_volume(folder / expected.id / "CT_image.nii.gz");
    const Volume pet = read_volume(folder / expected.id / "PET_image.nii.gz");
    const Volume on_pet = resample_linear(ct, pet.geometry, kOutside);
    ASSERT_EQ(pet.geometry.count(), expected.all);
    int64_t inside = 0;
    double sum = 0, low = 1e9, high = -1e9, pet_sum = 0;
    for (size_t i = 0; i < on_pet.voxels.size(); ++i) {
      if (on_pet.voxels[i] == kOutside) continue;  // the CT itself ends at -1000
      ++inside;
      sum += on_pet.voxels[i];
      pet_sum += pet.voxels[i];
      low = std::min<double>(low, on_pet.voxels[i]);
      high = std::max<double>(high, on_pet.voxels[i]);
    }
    const double n = static_cast<double>(inside), mean = sum / n, pet_mean = pet_sum / n;
    double cross = 0, square = 0, pet_square = 0;
    for (size_t i = 0; i < on_pet.voxels.size(); ++i) {
      if (on_pet.voxels[i] == kOutside) continue;
      const double a = on_pet.voxels[i] - mean, b = pet.voxels[i] - pet_mean;
      cross += a * b;
      square += a * a;
      pet_square += b * b;
    }
    EXPECT_EQ(inside, expected.inside) << expected.id;
    EXPECT_NEAR(mean, expected.mean, 1e-6) << expected.id;
    EXPECT_EQ(low, expected.minimum) << expected.id;
    EXPECT_NEAR(high, expected.maximum, 1.2e-4) << expected.id;
    EXPECT_NEAR(on_pet.at(16, 15, 30), expected.first, 2e-6) << expected.id;
    EXPECT_NEAR(on_pet.at(10, 20, 10), expected.second, 8e-6) << expected.id;
    EXPECT_NEAR(cross / std::sqrt(square * pet_square), expected.correlation, 1e-6) << expected.id;
  }
}

}  // namespace
}  // namespace synerbench
