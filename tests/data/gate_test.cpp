// What the gate accepts, what it makes of it, and how it refuses.
#include "harness/data/gate.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "harness/core/file.h"
#include "tests/data/gate_fixture.h"

namespace synerbench {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

// --- what is accepted ---

template <class T>
class GateOfType : public ::testing::Test {};
using AllTypes =
    ::testing::Types<int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t, float, double>;
TYPED_TEST_SUITE(GateOfType, AllTypes);

TYPED_TEST(GateOfType, ReadsEveryVariantOfBothFormatsAlike) {
  TempFolder folder;
  Random random(11);
  const Geometry grid = random_geometry(random, {5, 4, 3});
  const auto voxels = sample_voxels<TypeParam>(60);
  double sum = 0;
  for (const TypeParam value : voxels) sum += static_cast<double>(value);
  std::vector<VerifiedFile> seen;
  for (const bool big_endian : {false, true}) {
    for (const int version : {1, 2}) {
      NiftiBuilder nifti;
      nifti.version = version;
      nifti.big_endian = big_endian;
      nifti.set_sform(grid).set_voxels(voxels);
      seen.push_back(verify_image_file(folder.write("a.nii", nifti.bytes())));
      EXPECT_EQ(seen.back().format, version == 1 ? "nifti-1" : "nifti-2");
      EXPECT_EQ(seen.back().big_endian, big_endian);
      EXPECT_FALSE(seen.back().compressed);
      EXPECT_EQ(seen.back().frame, "sform");
      seen.push_back(verify_image_file(folder.write("a.nii.gz", gzipped(nifti.bytes()))));
      EXPECT_TRUE(seen.back().compressed);
    }
    for (const bool compressed : {false, true}) {
      const auto mha = MetaImageBuilder::of(grid, voxels, compressed, big_endian);
      seen.push_back(verify_image_file(folder.write("a.mha", mha.bytes())));
      EXPECT_EQ(seen.back().format, "metaimage");
      EXPECT_EQ(seen.back().compressed, compressed);
    }
  }
  for (const VerifiedFile& file : seen) {
    EXPECT_LT(grid_distance(grid, file.geometry), 1e-5);  // NIfTI-1 keeps floats
    EXPECT_EQ(file.values.count, 60);
    EXPECT_EQ(file.values.not_finite, 0);
    EXPECT_EQ(file.values.sum, sum);
    EXPECT_EQ(file.values.minimum, static_cast<double>(*std::min_element(voxels.begin(), voxels.end())));
    EXPECT_EQ(file.values.maximum, static_cast<double>(*std::max_element(voxels.begin(), voxels.end())));
    EXPECT_EQ(file.values.weighted_sum, seen[0].values.weighted_sum);
    EXPECT_EQ(file.stored_type, seen[0].stored_type);
  }
}

TYPED_TEST(GateOfType, KeepsTheEndsOfTheRange) {
  TempFolder folder;
  std::vector<TypeParam> voxels(60, TypeParam{1});
  voxels[7] = std::numeric_limits<TypeParam>::lowest();
  voxels[8] = std::numeric_limits<TypeParam>::max();
  NiftiBuilder nifti;
  nifti.set_voxels(voxels);
  const auto values = verify_image_file(folder.write("a.nii", nifti.bytes())).values;
  EXPECT_EQ(values.minimum, static_cast<double>(std::numeric_limits<TypeParam>::lowest()));
  EXPECT_EQ(values.maximum, static_cast<double>(std::numeric_limits<TypeParam>::max()));
}

TEST(Gate, ReportsTheFilesHashAndSize) {
  TempFolder folder;
  const std::string bytes = gzipped(good_nifti().bytes());
  const auto path = folder.write("a.nii.gz", bytes);
  const VerifiedFile file = verify_image_file(path);
  EXPECT_EQ(file.sha256, sha256_hex(bytes));
  EXPECT_EQ(file.file_bytes, static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(file.path, path);
}

TEST(Gate, CountsValuesAfterSlopeAndIntercept) {
  TempFolder folder;
  NiftiBuilder nifti = good_nifti();
  nifti.slope = 2.5;
  nifti.intercept = -7;
  const VerifiedFile file = verify_image_file(folder.write("a.nii", nifti.bytes()));
  EXPECT_EQ(file.slope, 2.5);
  EXPECT_EQ(file.intercept, -7);
  EXPECT_EQ(file.values.minimum, -40 * 2.5 - 7);
  EXPECT_EQ(file.values.maximum, 19 * 2.5 - 7);
}

TEST(Gate, TakesSlopeZeroOrNaNForNone) {
  TempFolder folder;
  for (const double slope : {0.0, kNaN}) {
    NiftiBuilder nifti = good_nifti();
    nifti.slope = slope;
    nifti.intercept = 100;  // has no meaning without a slope
    const VerifiedFile file = verify_image_file(folder.write("a.nii", nifti.bytes()));
    EXPECT_EQ(file.slope, 1);
    EXPECT_EQ(file.intercept, 0);
    EXPECT_EQ(file.values.maximum, 19);
  }
}

TEST(Gate, CountsNaNAndInfiniteVoxelsAndNamesTheFirst) {
  TempFolder folder;
  std::vector<float> voxels(60, 2.0f);
  voxels[33] = std::numeric_limits<float>::infinity();
  voxels[40] = std::numeric_limits<float>::quiet_NaN();
  NiftiBuilder nifti;
  nifti.set_voxels(voxels);
  const auto values = verify_image_file(folder.write("a.nii", nifti.bytes())).values;
  EXPECT_EQ(values.not_finite, 2);
  EXPECT_EQ(values.first_not_finite, 33);
  EXPECT_EQ(values.sum, 2 * 58);
  EXPECT_EQ(values.maximum, 2);
}

TEST(Gate, NoticesVoxelsThatChangedPlaces) {
  TempFolder folder;
  auto voxels = sample_voxels<int16_t>(60);
  NiftiBuilder nifti;
  const auto before = verify_image_file(folder.write("a.nii", nifti.set_voxels(voxels).bytes())).values;
  std::swap(voxels[3], voxels[40]);
  const auto after = verify_image_file(folder.write("a.nii", nifti.set_voxels(voxels).bytes())).values;
  EXPECT_EQ(before.sum, after.sum);
  EXPECT_GT(std::abs(before.weighted_sum - after.weighted_sum), 1e-3);
}

TEST(Gate, TakesOneSliceAndOneVolumeWithMoreAxes) {
  TempFolder folder;
  NiftiBuilder nifti = good_nifti();
  const std::vector<std::pair<std::vector<int64_t>, std::array<int64_t, 3>>> cases{
      {{2, 10, 6, 0, 0, 0, 0, 0}, {10, 6, 1}},
      {{3, 60, 1, 1, 0, 0, 0, 0}, {60, 1, 1}},
      {{4, 5, 4, 3, 1, 0, 0, 0}, {5, 4, 3}},
      {{7, 5, 4, 3, 1, 1, 1, 1}, {5, 4, 3}},
      {{3, 1, 1, 60, -5, 99, 0, 0}, {1, 1, 60}}};  // what lies beyond dim[0] has no meaning
  for (const auto& [dim, size] : cases) {
    nifti.dim = dim;
    EXPECT_EQ(verify_image_file(folder.write("a.nii", nifti.bytes())).geometry.size, size);
  }
  nifti.dim = {2, 10, 6, 0, 0, 0, 0, 0};
  nifti.pixdim = {1, 2, 3, 0, 0, 0, 0, 0};
  const VerifiedFile slice = verify_image_file(folder.write("a.nii", nifti.bytes()));
  EXPECT_EQ(slice.axes, 2);
  EXPECT_EQ(slice.geometry.spacing, (std::array{2.0, 3.0, 1.0}));

  auto mha = good_metaimage();
  mha.set("NDims", "2").set("DimSize", "10 6").set("Offset", "5 6").set("ElementSpacing", "2 3");
  mha.set("TransformMatrix", "0 1 1 0").remove("CenterOfRotation");
  const VerifiedFile flat = verify_image_file(folder.write("a.mha", mha.bytes()));
  EXPECT_EQ(flat.axes, 2);
  EXPECT_EQ(flat.geometry.size, (std::array<int64_t, 3>{10, 6, 1}));
  EXPECT_EQ(flat.geometry.origin, (std::array{5.0, 6.0, 0.0}));
  EXPECT_EQ(flat.geometry.direction, (std::array<double, 9>{0, 1, 0, 1, 0, 0, 0, 0, 1}));

  mha = good_metaimage();
  mha.set("NDims", "4").set("DimSize", "5 4 3 1").set("Offset", "1 2 3 0").set("ElementSpacing", "1 2 3 1");
  mha.set("TransformMatrix", "0 1 0 0 1 0 0 0 0 0 1 0 0 0 0 1").remove("CenterOfRotation");
  const VerifiedFile single = verify_image_file(folder.write("a.mha", mha.bytes()));
  EXPECT_EQ(single.geometry.size, (std::array<int64_t, 3>{5, 4, 3}));
  EXPECT_EQ(single.geometry.direction, (std::array<double, 9>{0, 1, 0, 1, 0, 0, 0, 0, 1}));
}

TEST(Gate, TakesAVolumeOfOneVoxel) {
  TempFolder folder;
  NiftiBuilder nifti;
  nifti.set_size(1, 1, 1).set_voxels(std::vector<int16_t>{7});
  EXPECT_EQ(verify_image_file(folder.write("a.nii", nifti.bytes())).values.sum, 7);
}

TEST(Gate, SkipsHeaderExtensions) {
  TempFolder folder;
  for (const int version : {1, 2}) {
    for (const bool big_endian : {false, true}) {
      NiftiBuilder nifti;
      nifti.version = version;
      nifti.big_endian = big_endian;
      nifti.set_voxels(sample_voxels<int16_t>(60));
      nifti.extensions = std::string("\1\0\0\0", 4);
      for (const int size : {32, 16}) {
        nifti.extensions += raw_bytes(int32_t{size}, big_endian) + raw_bytes(int32_t{6}, big_endian);
        nifti.extensions += std::string(static_cast<size_t>(size - 8), 'x');
      }
      EXPECT_EQ(refusal(folder.write("a.nii", nifti.bytes())), "");
    }
  }
}

TEST(Gate, TakesGzipInSeveralMembers) {
  TempFolder folder;
  const std::string bytes = good_nifti().bytes();
  const VerifiedFile one = verify_image_file(folder.write("a.nii.gz", gzipped(bytes)));
  for (const size_t split : {size_t{1}, size_t{348}, size_t{352}, size_t{400}, bytes.size()}) {
    const std::string members = gzipped(bytes.substr(0, split)) + gzipped(bytes.substr(split)) + gzipped("");
    const VerifiedFile file = verify_image_file(folder.write("b.nii.gz", members));
    EXPECT_EQ(file.values.weighted_sum, one.values.weighted_sum);
  }
}

TEST(Gate, TakesUnknownMetaImageKeysOtherSpellingsAndWindowsLines) {
  TempFolder folder;
  auto mha = good_metaimage();
  mha.set("SeriesDescription", "a = b").set("acquisition_date", "none").set("ITK_InputFilterName", "Nifti");
  const VerifiedFile plain = verify_image_file(folder.write("a.mha", mha.bytes()));
  EXPECT_EQ(plain.geometry.origin, (std::array{10.0, -20.0, 30.0}));
  for (auto& [key, value] : mha.lines) {
    if (key == "Offset") key = "Position";
    if (key == "TransformMatrix") key = "Orientation";
    if (key != "ElementDataFile") value += "  \r";
  }
  const VerifiedFile other = verify_image_file(folder.write("b.mha", mha.bytes()));
  EXPECT_EQ(other.geometry.origin, plain.geometry.origin);
  EXPECT_EQ(other.values.weighted_sum, plain.values.weighted_sum);
}

// --- which frame ---

TEST(GateFrame, PrefersSformThenQformThenPixdim) {
  TempFolder folder;
  Random random(21);
  for (int trial = 0; trial < 50; ++trial) {
    const Rotation rotation = random_rotation(random);
    Geometry grid = random_geometry(random, {5, 4, 3});
    grid.direction = rotation.matrix;  // of RAS axes for now
    const bool left_handed = trial % 2 == 1;
    if (left_handed) {
      for (size_t row = 0; row < 3; ++row) grid.direction[3 * row + 2] *= -1;
    }
    NiftiBuilder nifti = good_nifti();
    nifti.version = 2;
    nifti.pixdim = {left_handed ? -1.0 : 1.0, grid.spacing[0], grid.spacing[1], grid.spacing[2], 0, 0, 0, 0};
    nifti.quatern = {rotation.quaternion[1], rotation.quaternion[2], rotation.quaternion[3]};
    nifti.qoffset = {-grid.origin[0], -grid.origin[1], grid.origin[2]};
    for (size_t i = 0; i < 6; ++i) grid.direction[i] *= -1;  // now LPS

    const VerifiedFile none = verify_image_file(folder.write("a.nii", nifti.bytes()));
    EXPECT_EQ(none.frame, "pixdim");
    EXPECT_EQ(none.geometry.direction, (std::array<double, 9>{1, 0, 0, 0, 1, 0, 0, 0, 1}));
    EXPECT_EQ(none.geometry.spacing, grid.spacing);

    nifti.qform_code = 1;
    const VerifiedFile qform = verify_image_file(folder.write("a.nii", nifti.bytes()));
    EXPECT_EQ(qform.frame, "qform");
    EXPECT_LT(grid_distance(grid, qform.geometry), 1e-9);

    nifti.set_sform(grid, 2);
    const VerifiedFile both = verify_image_file(folder.write("a.nii", nifti.bytes()));
    EXPECT_EQ(both.frame, "sform");
    EXPECT_LT(grid_distance(grid, both.geometry), 1e-9);

    const double shift = 0.015 * std::min({grid.spacing[0], grid.spacing[1], grid.spacing[2]});
    nifti.srow[3] += shift;  // within the tolerance; the sform counts
    const VerifiedFile moved = verify_image_file(folder.write("a.nii", nifti.bytes()));
    EXPECT_EQ(moved.frame, "sform");
    EXPECT_NEAR(moved.geometry.origin[0], grid.origin[0] - shift, 1e-9);

    nifti.srow[3] += 3 * grid.spacing[0] + 3 * grid.spacing[1] + 3 * grid.spacing[2];
    EXPECT_THAT(refusal(folder.write("a.nii", nifti.bytes())),
                AllOf(HasSubstr("qform and sform place the image up to"), HasSubstr("clear the code")));
    nifti.qform_code = 0;  // now nothing contradicts it
    EXPECT_EQ(refusal(folder.write("a.nii", nifti.bytes())), "");
  }
}

TEST(GateFrame, HoldsForTurnsBy180Degrees) {
  TempFolder folder;
  // b, c, d alone have length 1; in float they come out a little longer or shorter.
  for (const std::array<double, 3> quatern : {std::array{1.0, 0.0, 0.0},
                                              {0.0, 1.0, 0.0},
                                              {0.0, 0.0, 1.0},
                                              {0.6, 0.8, 0.0},
                                              {0.57735027, 0.57735027, 0.57735027}}) {
    NiftiBuilder nifti = good_nifti();
    nifti.qform_code = 1;
    nifti.quatern = quatern;
    const auto g = verify_image_file(folder.write("a.nii", nifti.bytes())).geometry;
    const auto& d = g.direction;
    EXPECT_NEAR(d[0] + d[4] - d[8], 1, 1e-5);  // trace of a half turn is -1; LPS changes two signs
  }
}

}  // namespace
}  // namespace synerbench
