// DICOM series, made in code: what they hold comes out, and what is wrong with them is said.
#include "harness/data/dicom.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/core/error.h"
#include "harness/data/volume_io.h"
#include "tests/data/dicom_builder.h"
#include "tests/import/made_trees.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace testing_support;
using detail::DicomElements;

class Dicom : public testing::Test {
 protected:
  fs::path series() const { return folder_.path() / "series"; }
  void write(const MadeDicom& how = {}) const { write_dicom(series(), ct_, how); }
  std::string error() const {
    try {
      read_volume(series());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput) << error.what();
      return error.what();
    }
    return "no error";
  }
  /// Rewrites slice k, changed.
  void rewrite(int64_t k, const std::function<void(DicomElements&)>& change) const {
    MadeDicom how;
    how.change = [&](int64_t, DicomElements& e) { change(e); };
    write_file(series() / how.name(k), dicom_slice(ct_, k, how));
  }
  TempFolder folder_;
  Volume ct_ = made_ct(axis_grid({10, 12, 5}));
};

TEST_F(Dicom, ASeriesIsReadAsItWasWritten) {
  write();
  VerifiedFile verified;
  const Volume read = read_volume(series(), &verified);
  EXPECT_EQ(read.voxels, ct_.voxels) << "slope 1 and intercept -1024 were applied";
  EXPECT_LT(grid_distance(read.geometry, ct_.geometry), 1e-6);
  EXPECT_EQ(verified.format, "dicom");
  EXPECT_EQ(verified.stored_type, "int16");
  EXPECT_EQ(verified.intercept, -1024);
  EXPECT_EQ(verified.modality, "CT");
  EXPECT_EQ(verified.sha256, sha256_of_image(series()));
  EXPECT_TRUE(verified.remarks.empty());
}

// The flip test: one body, stored in every direction and order of files, is one volume.
TEST_F(Dicom, EveryOrientationAndOrderOfFilesGivesTheSameBody) {
  const Volume body = to_canonical(ct_);
  for (const char* axes : {"LPS", "LPI", "RPS", "LAS", "RAS", "PSL", "LSP", "ASR", "SLP", "IRA"}) {
    SCOPED_TRACE(axes);
    fs::remove_all(series());
    const Volume turned = from_canonical(body, axes);
    MadeDicom how;
    const int64_t last = turned.geometry.size[2] - 1;
    how.name = [&](int64_t k) { return fmt::format("{:03}.dcm", axes[0] == 'L' ? last - k : k * 7 % 13); };
    write_dicom(series(), turned, how);
    const Volume read = to_canonical(read_volume(series()));
    EXPECT_EQ(read.voxels, body.voxels);
    EXPECT_LT(grid_distance(read.geometry, body.geometry), 1e-6);
  }
}

TEST_F(Dicom, ATiltedStackOfAnObliqueSeriesKeepsItsPlace) {
  Geometry& g = ct_.geometry;
  const double c = std::cos(0.3), s = std::sin(0.3);
  g.direction = {c, -s * c, s * s, s, c * c, -c * s, 0, s, c};
  write();
  const Volume read = read_volume(series());
  EXPECT_EQ(read.voxels, ct_.voxels);
  EXPECT_LT(grid_distance(read.geometry, g), 1e-4);
}

TEST_F(Dicom, SlopesMayDifferFromSliceToSlice) {
  MadeDicom how;
  how.intercept = 0;
  Volume volume = made_ct(axis_grid({6, 6, 3}));
  for (float& v : volume.voxels) v = std::round(v / 4) * 4;  // whole in steps of 4, 2 and 1
  for (int64_t k = 0; k < 3; ++k) {
    how.slope = k == 0 ? 4 : k == 1 ? 2 : 0.5;
    write_file(series() / how.name(k), dicom_slice(volume, k, how));
  }
  VerifiedFile verified;
  EXPECT_EQ(read_volume(series(), &verified).voxels, volume.voxels);
  EXPECT_THAT(verified.remarks, ElementsAre(HasSubstr("slope and intercept differ from slice to slice")));
}

TEST_F(Dicom, MrIsScaledAsItsHeaderSays) {
  MadeDicom how;
  how.modality = "MR";
  how.sop_class = "1.2.840.10008.5.1.4.1.1.4";
  how.slope = 0.5;
  how.intercept = 0;
  Volume mr = ct_;
  for (float& v : mr.voxels) v = std::abs(v);
  write_dicom(series(), mr, how);
  EXPECT_EQ(read_volume(series()).voxels, mr.voxels);
}

TEST_F(Dicom, FewerStoredBitsAndUnsignedPixelsAreRead) {
  MadeDicom how;
  how.change = [](int64_t, DicomElements& e) {
    e.whole(0x00280101, 12);
    e.whole(0x00280102, 11);
    e.whole(0x00280103, 0);
  };
  write(how);
  VerifiedFile verified;
  EXPECT_EQ(read_volume(series(), &verified).voxels, ct_.voxels);
  EXPECT_EQ(verified.stored_type, "uint16");
}

TEST_F(Dicom, ImplicitElementsAreReadToo) {
  // The same elements without their kinds, and a sequence of marked length in front.
  for (int64_t k = 0; k < 5; ++k) {
    const std::string bytes = dicom_slice(ct_, k, {});
    const size_t begin =
        bytes.find(std::string("\x08\0\x08\0"
                               "CS",
                               6));
    std::string implicit;
    for (size_t at = begin; at < bytes.size();) {
      const std::string vr = bytes.substr(at + 4, 2);
      const bool wide = vr == "OW";
      const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])); };
      const uint32_t length =
          wide ? byte(at + 8) | byte(at + 9) << 8 | byte(at + 10) << 16 | byte(at + 11) << 24
               : byte(at + 6) | byte(at + 7) << 8;
      const size_t value = at + (wide ? 12 : 8);
      implicit += bytes.substr(at, 4);
      for (int i = 0; i < 4; ++i) implicit += static_cast<char>(length >> (8 * i) & 0xFF);
      implicit += bytes.substr(value, length);
      at = value + length;
      if (at < bytes.size() && bytes.substr(at, 4) == std::string("\x08\0\x60\0", 4)) {
        implicit += std::string("\x08\0\x40\x11\xFF\xFF\xFF\xFF", 8);  // (0008,1140)
        implicit += std::string("\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF", 8);  // an item
        implicit += std::string(
            "\x08\0\x50\x11\x04\0\0\0"
            "1.2\0",
            12);                                                                          // inside it
        implicit += std::string("\xFE\xFF\x0D\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0", 16);  // both end
      }
    }
    const std::string head =
        detail::dicom_file({}, "1.2.840.10008.5.1.4.1.1.2", "1.2.3", "1.2.840.10008.1.2");
    write_file(series() / fmt::format("{}.dcm", k), head + implicit);
  }
  EXPECT_EQ(read_volume(series()).voxels, ct_.voxels);
}

TEST_F(Dicom, WhatIsNoSliceIsLeftOutWithARemark) {
  write();
  MadeDicom how;
  how.series = "1.2.3.77";
  how.change = [](int64_t, DicomElements& e) { e.text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER"); };
  write_file(series() / "scout.dcm", dicom_slice(ct_, 0, how));
  how.sop_class = "1.2.840.10008.5.1.4.1.1.481.3";  // contours
  how.change = [](int64_t, DicomElements& e) { e.erase(0x7FE00010); };
  write_file(series() / "plan.dcm", dicom_slice(ct_, 0, how));
  write_file(series() / "notes.txt", "Nobody reads this.");
  VerifiedFile verified;
  EXPECT_EQ(read_volume(series(), &verified).voxels, ct_.voxels);
  EXPECT_THAT(verified.remarks,
              ElementsAre("DICOM: 1 localizer left out, the first: scout.dcm",
                          "DICOM: 2 files without an image left out, the first: notes.txt"));
}

TEST_F(Dicom, AZipIsReadAsItsFolder) {
  write();
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : fs::directory_iterator(series()))
    files.emplace_back("export/" + entry.path().filename().string(), read_file(entry.path()));
  const fs::path zip = folder_.write("series.zip", stored_zip(files));
  VerifiedFile verified;
  EXPECT_EQ(read_volume(zip, &verified).voxels, ct_.voxels);
  EXPECT_EQ(verified.sha256, sha256_file(zip));
}

TEST_F(Dicom, MissingDoubleAndMixedSlicesAreNamed) {
  write();
  fs::remove(series() / "IM0002.dcm");
  EXPECT_THAT(error(), HasSubstr("IM0001.dcm and IM0003.dcm lie 6 mm apart, the others 3 mm"));
  EXPECT_THAT(error(), HasSubstr("about 1 slices are missing"));
  write();
  fs::copy_file(series() / "IM0003.dcm", series() / "copy.dcm");
  EXPECT_THAT(error(), HasSubstr("IM0003.dcm and copy.dcm are of one place"));
  fs::remove(series() / "copy.dcm");
  rewrite(4, [](DicomElements& e) { e.text(0x0020000E, "UI", "1.9.9"); });
  EXPECT_THAT(
      error(),
      HasSubstr("holds 2 series: 4 files of 1.2.3.4.5 (IM0000.dcm, ...); 1 files of 1.9.9 (IM0004.dcm"));
}

TEST_F(Dicom, SlicesThatDoNotFitTogetherAreNamed) {
  const std::pair<std::function<void(DicomElements&)>, const char*> changes[] = {
      {[](DicomElements& e) { e.text(0x00280030, "DS", "1.5\\2"); },
       "differ in the spacing of pixels: 1 and 2 mm"},
      {[](DicomElements& e) { e.text(0x00200037, "DS", "0\\1\\0\\1\\0\\0"); }, "differ in their direction"},
      {[](DicomElements& e) { e.text(0x00080060, "CS", "MR"); }, "differ in modality: CT and MR"},
      {[](DicomElements& e) { e.text(0x00200052, "UI", "1.2"); }, "differ in their frame of reference"},
      {[](DicomElements& e) { e.text(0x00200032, "DS", "-11\\7\\36"); }, "is shifted sideways by 1 pixels"},
      {[](DicomElements& e) { e.text(0x00200032, "DS", "-12\\7\\36.4"); }, "beside its place"},
  };
  for (const auto& [change, message] : changes) {
    write();
    rewrite(2, change);
    EXPECT_THAT(error(), HasSubstr(message));
  }
}

TEST_F(Dicom, AFileThatIsNoSoundSliceIsNamed) {
  const std::pair<std::function<void(DicomElements&)>, const char*> changes[] = {
      {[](DicomElements& e) { e.erase(0x00200032); }, "has no position (0020,0032)"},
      {[](DicomElements& e) { e.text(0x00200032, "DS", "1\\2"); }, "3 numbers are wanted"},
      {[](DicomElements& e) { e.text(0x00200032, "DS", "1\\2\\x"); }, "numbers are wanted"},
      {[](DicomElements& e) { e.text(0x00200032, "DS", "1\\2\\nan"); }, "numbers are wanted"},
      {[](DicomElements& e) { e.erase(0x00280010); }, "has no number of rows (0028,0010)"},
      {[](DicomElements& e) { e.whole(0x00280010, 0); }, "has no pixel"},
      {[](DicomElements& e) { e.whole(0x00280010, 13); },
       "260 bytes of pixels expected from the header, 240 found"},
      {[](DicomElements& e) { e.whole(0x00280010, 11); },
       "220 bytes of pixels expected from the header, 240 found"},
      {[](DicomElements& e) { e.whole(0x00280100, 12); }, "12 bits are allocated"},
      {[](DicomElements& e) { e.whole(0x00280101, 17); }, "17 of 16 bits are stored"},
      {[](DicomElements& e) { e.whole(0x00280102, 11); }, "do not begin at the lowest one"},
      {[](DicomElements& e) { e.whole(0x00280002, 3); }, "is a color image"},
      {[](DicomElements& e) { e.text(0x00280004, "CS", "MONOCHROME1"); }, "written as MONOCHROME1"},
      {[](DicomElements& e) { e.text(0x00280008, "IS", "2"); }, "holds 2 frames"},
      {[](DicomElements& e) { e.text(0x00281053, "DS", "0"); }, "rescale slope is 0"},
      {[](DicomElements& e) { e.item(0x00283000, {}); }, "look-up table"},
      {[](DicomElements& e) { e.text(0x00200037, "DS", "1\\0\\0\\0.5\\0.866025\\0"); }, "not perpendicular"},
      {[](DicomElements& e) { e.erase(0x0020000E); }, "names no series"},
      // Numbers that no scanner writes: as of every other image, and before anything is computed with them.
      {[](DicomElements& e) { e.text(0x00200032, "DS", "1\\2\\1e30"); },
       "the origin's coordinate 3 is 1e+30 mm"},
      {[](DicomElements& e) { e.text(0x00200032, "DS", "1\\2\\1e308"); },
       "the origin's coordinate 3 is 1e+308 mm"},
      {[](DicomElements& e) { e.text(0x00280030, "DS", "1e300\\1"); }, "spacing along axis 2 is 1e+300 mm"},
      {[](DicomElements& e) { e.text(0x00280030, "DS", "1.5\\-1"); }, "spacing along axis 1 is -1 mm"},
      {[](DicomElements& e) { e.text(0x00281053, "DS", "1e308"); }, "which no float holds"},
      {[](DicomElements& e) { e.text(0x00281052, "DS", "-1e39"); }, "which no float holds"},
  };
  for (const auto& [change, message] : changes) {
    write();
    rewrite(3, change);
    EXPECT_THAT(error(), HasSubstr(message));
    EXPECT_THAT(error(), HasSubstr("series/IM0003.dcm")) << message;
  }
}

TEST_F(Dicom, ACutFileIsRefusedWhereverItIsCut) {
  write();
  const std::string whole = read_file(series() / "IM0001.dcm");
  for (size_t length = 0; length<whole.size(); length += length> 700 ? 37 : 11) {
    write_file(series() / "IM0001.dcm", whole.substr(0, length));
    EXPECT_THAT(error(), HasSubstr("series/IM0001.dcm")) << length;
  }
}

TEST_F(Dicom, OtherFilesAndPackedPixelsAreRefusedWithTheWayOut) {
  write();
  write_file(series() / "IM0009", "This is no DICOM file.");
  EXPECT_THAT(error(), HasSubstr("series/IM0009: is no DICOM file"));
  fs::remove(series() / "IM0009");
  const std::string bytes = read_file(series() / "IM0001.dcm");
  for (const auto& [syntax, message] : {std::pair{"1.2.840.10008.1.2.4.70", "gdcmconv --raw"},
                                        {"1.2.840.10008.1.2.5", "dcmdrle"},
                                        {"1.2.840.10008.1.2.2", "big-endian"},
                                        {"1.2.840.10008.1.2.1.99", "deflated"}}) {
    MadeDicom how;
    DicomElements none;
    const std::string head = detail::dicom_file(none, how.sop_class, "1.2.3", syntax);
    write_file(series() / "IM0001.dcm", head + bytes.substr(bytes.find(std::string("\x08\0\x08\0"
                                                                                   "CS",
                                                                                   6))));
    EXPECT_THAT(error(), HasSubstr(message));
  }
  fs::remove_all(series());
  fs::create_directories(series());
  EXPECT_THAT(error(), HasSubstr("holds no slice of a DICOM series"));
}

constexpr double kFactor = 70000.0 / 200e6;  // of made_pet()

class DicomPet : public Dicom {
 protected:
  DicomPet() {
    for (float& v : ct_.voxels) v = std::max(0.F, v) * 10;
  }
  /// The factor between stored values and what is read.
  double factor(const std::function<void(DicomElements& e, DicomElements& tracer)>& more = {}) {
    fs::remove_all(series());
    write_dicom(series(), ct_, made_pet(more));
    const Volume read = read_volume(series(), &verified_);
    const auto at = std::max_element(ct_.voxels.begin(), ct_.voxels.end()) - ct_.voxels.begin();
    return static_cast<double>(read.voxels[static_cast<size_t>(at)]) / ct_.voxels[static_cast<size_t>(at)];
  }
  std::string wrong(const std::function<void(DicomElements& e, DicomElements& tracer)>& more) {
    try {
      factor(more);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput);
      return error.what();
    }
    return "no error";
  }
  VerifiedFile verified_;
};

TEST_F(DicomPet, ActivityBecomesSuvByTheHeadersOwnFields) {
  EXPECT_NEAR(factor(), kFactor, 1e-6 * kFactor);
  EXPECT_THAT(verified_.conversion, HasSubstr("SUV by body weight from BQML"));
  EXPECT_TRUE(verified_.remarks.empty());
  EXPECT_NEAR(factor([](auto& e, auto&) { e.text(0x00541102, "CS", "ADMIN"); }), kFactor / 2, 1e-6 * kFactor)
      << "corrected to the injection: nothing decays";
  EXPECT_NEAR(factor([](auto& e, auto&) { e.text(0x00541001, "CS", "GML"); }), 1, 1e-6) << "SUV already";
}

TEST_F(DicomPet, TheBeginOfTheScanIsFoundAsThePublishedRuleSays) {
  // The series was made later: the first acquisition counts (half a second after eleven).
  EXPECT_NEAR(factor([](auto& e, auto&) { e.text(0x00080031, "TM", "153000"); }),
              kFactor * std::exp2(0.5 / 6600), 1e-7 * kFactor);
  EXPECT_THAT(verified_.remarks, ElementsAre(HasSubstr("the first acquisition counts")));
  // GE says itself when the scan began.
  EXPECT_NEAR(factor([](auto& e, auto&) {
                e.text(0x00080031, "TM", "153000");
                e.text(0x0009100D, "DT", "20240131110000");
              }),
              kFactor, 1e-7 * kFactor);
  // Without a date the injection was on the day of the scan.
  EXPECT_NEAR(factor([](auto&, auto& tracer) { tracer.erase(0x00181078); }), kFactor, 1e-7 * kFactor);
  EXPECT_THAT(verified_.remarks, ElementsAre(HasSubstr("a time but no date")));
  // A date alone, and the time beside it.
  EXPECT_NEAR(factor([](auto&, auto& tracer) { tracer.text(0x00181078, "DT", "20240131"); }), kFactor,
              1e-7 * kFactor);
  EXPECT_TRUE(verified_.remarks.empty());
  // Over midnight, with dates.
  EXPECT_NEAR(factor([](auto& e, auto& tracer) {
                e.text(0x00080021, "DA", "20240301");
                e.text(0x00080022, "DA", "20240301");
                e.text(0x00080031, "TM", "0030");
                e.text(0x00080032, "TM", "003000");
                tracer.text(0x00181078, "DT", "20240229224000.000+0100");
              }),
              kFactor, 1e-7 * kFactor);
}

TEST_F(DicomPet, CountsOfPhilipsHaveTheirFactors) {
  EXPECT_NEAR(factor([](auto& e, auto&) {
                e.text(0x00541001, "CS", "CNTS");
                e.text(0x70531000, "DS", "0.001");
              }),
              0.001, 1e-9);
  EXPECT_NEAR(factor([](auto& e, auto&) {
                e.text(0x00541001, "CS", "CNTS");
                e.text(0x70531000, "DS", "0");
                e.text(0x70531009, "DS", "2.5");
              }),
              2.5 * kFactor, 1e-6 * kFactor);
}

TEST_F(DicomPet, WhatSuvNeedsAndTheHeaderDoesNotSayIsNamed) {
  using E = DicomElements;
  const std::pair<std::function<void(E&, E&)>, const char*> changes[] = {
      {[](E& e, E&) { e.erase(0x00101030); }, "says no body weight (PatientWeight)"},
      {[](E& e, E&) { e.text(0x00101030, "DS", "0"); }, "body weight (PatientWeight) is \"0\""},
      {[](E&, E& tracer) { tracer.erase(0x00181074); }, "says no injected dose"},
      {[](E&, E& tracer) { tracer.erase(0x00181075); }, "says no half-life"},
      {[](E& e, E&) { e.erase(0x00541102); }, "does not say to when its decay is corrected"},
      {[](E& e, E&) { e.text(0x00541102, "CS", "NONE"); }, "its decay is corrected to \"NONE\""},
      {[](E& e, E&) { e.text(0x00280051, "CS", "ATTN"); }, "is corrected for ATTN only"},
      {[](E& e, E&) { e.erase(0x00541001); }, "does not say its units"},
      {[](E& e, E&) { e.text(0x00541001, "CS", "CNTS"); }, "are counts (CNTS), without a factor"},
      {[](E& e, E&) { e.text(0x00541001, "CS", "GML"), e.text(0x00541006, "CS", "LBM"); },
       "by LBM, not by body weight"},
      {[](E&, E& tracer) { tracer.text(0x00181078, "DT", "20240131120000"); },
       "lies 3600 s behind the begin"},
      {[](E&, E& tracer) { tracer.erase(0x00181078), tracer.erase(0x00181072); },
       "says no time of injection"},
      {[](E&, E& tracer) { tracer.text(0x00181078, "DT", "20240131 09:10:00"); },
       "the time of injection (RadiopharmaceuticalStartDateTime) is \"20240131 09:10:00\""},
  };
  for (const auto& [change, message] : changes) EXPECT_THAT(wrong(change), HasSubstr(message));
}

TEST_F(DicomPet, NumbersThatMakeNoSuvAreNamedWithTheSeries) {
  using E = DicomElements;
  const std::pair<std::function<void(E&, E&)>, const char*> changes[] = {
      {[](E& e, E&) { e.text(0x00101030, "DS", "inf"); }, "body weight (PatientWeight) is \"inf\""},
      {[](E& e, E&) { e.text(0x00101030, "DS", "1e308"); }, "the factor to SUV comes out as"},
      {[](E&, E& tracer) { tracer.text(0x00181075, "DS", "1e-3"); }, "the factor to SUV comes out as"},
      {[](E&, E& tracer) { tracer.text(0x00181074, "DS", "1e-300"); }, "the factor to SUV comes out as"},
      {[](E& e, E&) { e.text(0x00541001, "CS", "CNTS"), e.text(0x70531000, "DS", "inf"); },
       "factor to SUV (Philips SUV factor) is \"inf\""},
  };
  for (const auto& [change, message] : changes) {
    EXPECT_THAT(wrong(change), HasSubstr(message));
    EXPECT_THAT(wrong(change), HasSubstr(series().string())) << message;
  }
}

TEST_F(DicomPet, ATimeThatNoClockShowsIsNoTime) {
  for (const char* time : {"250000", "096000", "090061", "9:30", "20240230090000"}) {
    EXPECT_THAT(wrong([&](DicomElements&, DicomElements& tracer) {
                  tracer.erase(0x00181072);
                  tracer.text(0x00181078, "DT",
                              std::string(time).size() > 8 ? time : "20240131" + std::string(time));
                }),
                HasSubstr("time of injection"))
        << time;
  }
}

TEST_F(DicomPet, SlicesThatSayOtherThingsAboutSuvAreNamed) {
  for (const auto& [tag, vr, value, name] :
       {std::tuple{0x00541001, "CS", "GML", "Units"}, {0x00101030, "DS", "71", "PatientWeight"}}) {
    MadeDicom how = made_pet();
    how.change = [usual = how.change, tag = tag, vr = vr, value = value](int64_t k, DicomElements& e) {
      usual(k, e);
      if (k == 3) e.text(static_cast<uint32_t>(tag), vr, value);
    };
    fs::remove_all(series());
    write_dicom(series(), ct_, how);
    EXPECT_THAT(error(), HasSubstr("PET: IM0000.dcm and IM0003.dcm differ in " + std::string(name)));
  }
}

}  // namespace
}  // namespace synerbench
