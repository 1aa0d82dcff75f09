#include "harness/data/dicom_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/volume_io.h"
#include "tests/data/dicom_builder.h"
#include "tests/import/made_trees.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using namespace testing_support;

std::string bytes_of(const fs::path& folder) { return read_file(folder / "0001.dcm"); }

TEST(DicomWriter, ADerivedSeriesKeepsPatientStudyAndFrameAndGetsUidsOfItsOwn) {
  const TempFolder folder;
  const Volume ct = made_ct(axis_grid({10, 12, 5}));
  MadeDicom how;
  how.change = [](int64_t, detail::DicomElements& e) { e.text(0x00100010, "PN", "Somebody^Else"); };
  write_dicom(folder / "source", ct, how);
  const DicomSeries source = read_dicom_series(folder / "source", "source");
  DerivedSeries what{Modality::kCT, "synthetic CT (mean)", "mean, brain-mr-to-ct", &source};
  Volume answer = ct;
  for (float& v : answer.voxels) v += 0.3F;
  write_dicom_series(folder / "out", answer, what);

  VerifiedFile verified;
  const Volume read = read_volume(folder / "out", &verified);  // the gate and GDCM agree on it
  EXPECT_EQ(read.voxels, ct.voxels) << "in whole HU";
  EXPECT_LT(grid_distance(read.geometry, ct.geometry), 1e-6);
  EXPECT_EQ(verified.modality, "CT");
  const DicomSeries written = read_dicom_series(folder / "out", "out");
  const DicomSlice &own = written.slices.front(), &theirs = source.slices.front();
  EXPECT_EQ(own.study, theirs.study);
  EXPECT_EQ(own.frame_of_reference, theirs.frame_of_reference);
  EXPECT_NE(own.series, theirs.series);
  EXPECT_TRUE(own.series.starts_with("2.25."));
  EXPECT_LE(own.series.size(), 64U);
  EXPECT_EQ(written.kept.at(0x00100010).text, "Somebody^Else");
  const std::string bytes = bytes_of(folder / "out");
  EXPECT_THAT(bytes, HasSubstr("DERIVED\\SECONDARY"));
  EXPECT_THAT(bytes, HasSubstr("synthetic CT (mean)"));
  EXPECT_THAT(bytes, Not(HasSubstr("ORIGINAL")));
}

TEST(DicomWriter, EqualInputGivesEqualBytesAndOtherInputOtherUids) {
  const TempFolder folder;
  const Volume ct = made_ct(axis_grid({6, 5, 3}));
  DerivedSeries what{Modality::kCT, "synthetic CT", "x", nullptr};
  write_dicom_series(folder / "a", ct, what);
  write_dicom_series(folder / "b", ct, what);
  write_dicom_series(folder / "c", plus(ct, 1), what);
  what.description = "another";
  write_dicom_series(folder / "d", ct, what);
  EXPECT_EQ(bytes_of(folder / "a"), bytes_of(folder / "b"));
  const auto uid = [&](const char* name) {
    return read_dicom_series(folder / name, name).slices.front().series;
  };
  EXPECT_NE(uid("a"), uid("c"));
  EXPECT_NE(uid("a"), uid("d"));
}

TEST(DicomWriter, PetComesBackInSuvAndMrOnItsScale) {
  const TempFolder folder;
  Volume image = made_mr(axis_grid({10, 12, 5}));
  for (const auto& [modality, name] : {std::pair{Modality::kPET, "PT"}, {Modality::kT2, "MR"}}) {
    write_dicom_series(folder / name, image, {modality, "synthetic", "x", nullptr});
    VerifiedFile verified;
    const Volume read = read_volume(folder / name, &verified);
    EXPECT_EQ(verified.modality, name);
    const float most = *std::max_element(image.voxels.begin(), image.voxels.end());
    for (size_t v = 0; v < image.voxels.size(); ++v)
      ASSERT_NEAR(read.voxels[v], image.voxels[v], most / 32767) << v;  // half a step is rounding
  }
}

TEST(DicomWriter, AnyGridComesBackAsTheSameBody) {
  const TempFolder folder;
  const Volume body = to_canonical(made_ct(axis_grid({7, 9, 4})));
  for (const char* axes : {"LPS", "RAS", "LPI", "SLP", "PIR"}) {
    write_dicom_series(folder / axes, from_canonical(body, axes), {Modality::kCT, "d", "x", nullptr});
    const Volume read = to_canonical(read_volume(folder / axes));
    EXPECT_EQ(read.voxels, body.voxels) << axes;
    EXPECT_LT(grid_distance(read.geometry, body.geometry), 1e-6) << axes;
  }
}

TEST(DicomWriter, RefusesWhatItCannotHoldAndFoldersThatAreThere) {
  const TempFolder folder;
  Volume ct = made_ct(axis_grid({6, 5, 3}));
  const auto error = [&](const char* name) -> std::string {
    try {
      write_dicom_series(folder / name, ct, {Modality::kCT, "d", "x", nullptr});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  folder.write("file", "x");
  EXPECT_THAT(error("file"), HasSubstr("is there already"));
  EXPECT_EQ(error("a"), "");
  EXPECT_THAT(error("a"), HasSubstr("is there already"));
  ct.voxels[3] = 40000;
  EXPECT_THAT(error("b"), HasSubstr("does not fit into 16 bits"));
  ct.voxels[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error("b"), HasSubstr("not finite"));
  EXPECT_FALSE(fs::exists(folder / "b"));
  for (const auto& entry : fs::directory_iterator(folder.path()))
    EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr(".tmp")));
}

}  // namespace
}  // namespace synerbench
