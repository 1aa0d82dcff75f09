// Every file of the table in shared/data/real/README.md: what it says about them is what we read.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "harness/core/error.h"
#include "harness/data/volume_io.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path kReal = fs::path(SYNERBENCH_SHARED_DIR) / "data" / "real";

/// One row "| `file` | size | spacing | stored type | axes | min .. max | p1 / median / p99 | q/s |".
struct Row {
  std::string file;
  std::vector<int64_t> size;
  std::vector<double> spacing;
  std::string type, axes;
  bool big_endian = false;
  std::string minimum, maximum;  // as printed
  int qform_code = 0, sform_code = 0;
};

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end; (end = text.find(separator, begin)) != std::string::npos; begin = end + separator.size()) {
    parts.push_back(text.substr(begin, end - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::vector<Row> nifti_rows() {
  std::vector<Row> rows;
  std::ifstream readme(kReal / "README.md");
  for (std::string line; std::getline(readme, line);) {
    const auto cells = split(line, " | ");
    if (cells.size() != 8 || !cells[0].starts_with("| `")) continue;
    Row row;
    row.file = split(cells[0], "`")[1];
    for (const auto& part : split(cells[1], "x")) row.size.push_back(std::stoll(part));
    for (const auto& part : split(cells[2], "x")) row.spacing.push_back(std::stod(part));
    row.big_endian = cells[3].starts_with("big-endian ");
    row.type = row.big_endian ? cells[3].substr(11) : cells[3];
    row.axes = cells[4];
    row.minimum = split(cells[5], " .. ")[0];
    row.maximum = split(cells[5], " .. ")[1];
    row.qform_code = std::stoi(cells[7]);
    row.sform_code = std::stoi(split(cells[7], "/")[1]);
    rows.push_back(row);
  }
  return rows;
}

/// The table prints six significant digits.
void expect_printed(double value, const std::string& printed, const std::string& what) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  EXPECT_EQ(std::string(text), printed) << what;
}

void expect_row(const Row& row, const VerifiedFile& file, const Geometry& geometry) {
  for (size_t axis = 0; axis < 3; ++axis) {
    EXPECT_EQ(geometry.size[axis], row.size[axis]) << row.file;
    EXPECT_NEAR(geometry.spacing[axis], row.spacing[axis], 0.005) << row.file;  // printed with three digits
  }
  EXPECT_EQ(axes_of(geometry), row.axes) << row.file;
  EXPECT_EQ(file.stored_type, row.type) << row.file;
  EXPECT_EQ(file.big_endian, row.big_endian) << row.file;
  EXPECT_EQ(file.frame, row.sform_code > 0 ? "sform" : "qform") << row.file;
  expect_printed(file.values.minimum, row.minimum, row.file);
  expect_printed(file.values.maximum, row.maximum, row.file);
}

std::string read_error(const fs::path& path) {
  try {
    read_volume(path);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    return error.what();
  }
}

class RealFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kReal / "README.md")) GTEST_SKIP() << "no real images at " << kReal;
  }
};

TEST_F(RealFiles, ReadAsTheTableSays) {
  const auto rows = nifti_rows();
  ASSERT_EQ(rows.size(), 54u);
  int read = 0, series = 0, with_nan = 0;
  for (const Row& row : rows) {
    const fs::path path = kReal / row.file;
    if (row.size.size() == 4) {
      ++series;
      EXPECT_THAT(read_error(path), HasSubstr("dim[4] is " + std::to_string(row.size[3]))) << row.file;
    } else if (row.file == "nifti-variants/resampled_anat_moved.nii") {
      ++with_nan;
      EXPECT_THAT(read_error(path),
                  HasSubstr("153 of 1071 voxels are NaN or infinite, the first at (0, 0, 0)"));
      const VerifiedFile file = verify_image_file(path);  // otherwise sound
      expect_row(row, file, file.geometry);
    } else {
      ++read;
      VerifiedFile file;
      const Volume volume = read_volume(path, &file);
      expect_row(row, file, volume.geometry);
      const auto [low, high] = std::minmax_element(volume.voxels.begin(), volume.voxels.end());
      expect_printed(*low, row.minimum, row.file);
      expect_printed(*high, row.maximum, row.file);
    }
    ASSERT_FALSE(HasFailure()) << row.file;
  }
  EXPECT_EQ(read, 50);
  EXPECT_EQ(series, 3);
  EXPECT_EQ(with_nan, 1);
}

TEST_F(RealFiles, MetaImagesReadAsTheTableSays) {
  struct Expected {
    const char* file;
    std::array<int64_t, 3> size;
    const char* type;
    bool compressed;
    float minimum, maximum;
  };
  for (const Expected& expected :
       {Expected{"CT_2D_head_fixed.mha", {256, 256, 1}, "int16", false, -2, 217},
        Expected{"CT_2D_head_moving.mha", {256, 256, 1}, "int16", false, 0, 251},
        Expected{"CT_2D_head_fixed_mask.mha", {256, 256, 1}, "uint8", false, 0, 1},
        Expected{"CT_3D_lung_fixed_mask.mha", {115, 157, 129}, "uint8", true, 0, 1}}) {
    VerifiedFile file;
    const Volume volume = read_volume(kReal / "metaimage-variants" / expected.file, &file);
    EXPECT_EQ(volume.geometry.size, expected.size) << expected.file;
    EXPECT_EQ(file.stored_type, expected.type) << expected.file;
    EXPECT_EQ(file.compressed, expected.compressed) << expected.file;
    const auto [low, high] = std::minmax_element(volume.voxels.begin(), volume.voxels.end());
    EXPECT_EQ(*low, expected.minimum) << expected.file;
    EXPECT_EQ(*high, expected.maximum) << expected.file;
  }
  const Geometry lung = read_volume(kReal / "metaimage-variants/CT_3D_lung_fixed_mask.mha").geometry;
  EXPECT_EQ(lung.spacing, (std::array{1.366, 1.366, 2.5}));
  EXPECT_LT(lung.origin[2], -1000);
}

TEST_F(RealFiles, SlopeIsApplied) {
  VerifiedFile file;
  const Volume t2 = read_volume(kReal / "stroke-3contrast/T2.nii.gz", &file);
  EXPECT_NEAR(file.slope, 2.0078, 1e-4);
  EXPECT_EQ(file.values.maximum, 251 * file.slope);
  EXPECT_EQ(*std::max_element(t2.voxels.begin(), t2.voxels.end()), static_cast<float>(251 * file.slope));
}

// data-and-metrics.md 11.4: "PET mean SUV over the whole file".
TEST_F(RealFiles, PetMeansAreTheReferenceOnes) {
  for (const auto& [id, mean] : std::map<std::string, double>{
           {"STS_010", 0.494823300}, {"STS_001", 0.669974578}, {"STS_050", 0.516996572}}) {
    VerifiedFile file;
    const Volume pet = read_volume(kReal / "ibsi-sts" / id / "PET_image.nii.gz", &file);
    double sum = 0;
    for (const float value : pet.voxels) sum += value;
    EXPECT_NEAR(sum / static_cast<double>(pet.voxels.size()), mean, 1e-9) << id;  // nine digits are printed
  }
}

// README: CT and MR lie on one lattice; the residues in the table are rounding of the files' headers.
TEST_F(RealFiles, CtAndMrShareALatticeWithinTheTolerance) {
  const std::map<std::string, std::array<double, 3>> origins{{"STS_001", {24, 20, 0.002}},
                                                             {"STS_003", {19, 20, 3.002}},
                                                             {"STS_010", {30, 4, 0.000}},
                                                             {"STS_050", {10, 32, -0.001}}};
  for (const auto& [id, expected] : origins) {
    const Geometry ct = verify_image_file(kReal / "ibsi-sts" / id / "CT_image.nii.gz").geometry;
    const Geometry mr = verify_image_file(kReal / "ibsi-sts" / id / "MR_T1_image.nii.gz").geometry;
    const auto voxel = ct.to_voxel(mr.origin);
    Geometry crop = ct;
    crop.size = mr.size;
    for (size_t axis = 0; axis < 3; ++axis) EXPECT_NEAR(voxel[axis], expected[axis], 0.0006) << id;
    crop.origin = ct.to_world(std::round(voxel[0]), std::round(voxel[1]), std::round(voxel[2]));
    EXPECT_TRUE(same_grid(crop, mr)) << id << " " << grid_distance(crop, mr);
    EXPECT_GT(grid_distance(crop, mr), 0) << id;  // exact equality would fail
  }
}

}  // namespace
}  // namespace synerbench
