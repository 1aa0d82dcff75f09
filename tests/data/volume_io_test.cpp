// Reading and writing image files through ITK.
#include "harness/data/volume_io.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cfenv>
#include <csignal>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/data/damage.h"

namespace synerbench {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kEndings{".nii", ".nii.gz", ".mha"};

template <class Call>
std::string error_of(Call call) {
  try {
    call();
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_FALSE(error.hint().empty());
    return error.what();
  }
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  return names;
}

Volume ramp(const Geometry& geometry, double first, double step) {
  Volume volume{geometry, {}};
  for (int64_t i = 0; i < geometry.count(); ++i) {
    volume.voxels.push_back(static_cast<float>(first + step * static_cast<double>(i)));
  }
  return volume;
}

Geometry unit_grid(std::array<int64_t, 3> size) {
  return {size, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
}

// --- reading ---

template <class T>
class ReadOfType : public ::testing::Test {};
using AllTypes =
    ::testing::Types<int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t, float, double>;
TYPED_TEST_SUITE(ReadOfType, AllTypes);

TYPED_TEST(ReadOfType, AgreesInEveryFormatVersionAndByteOrder) {
  TempFolder folder;
  Random random(41);
  const Geometry grid = random_geometry(random, {5, 4, 3});
  const auto voxels = sample_voxels<TypeParam>(60);
  for (const bool big_endian : {false, true}) {
    for (const int version : {1, 2}) {
      for (const double slope : {1.0, -2.5, 1e-17}) {
        NiftiBuilder nifti;
        nifti.version = version;
        nifti.big_endian = big_endian;
        nifti.slope = slope;
        nifti.intercept = slope == 1 ? 0 : 3 * slope;
        nifti.set_sform(grid).set_voxels(voxels);
        const double exact_slope = version == 1 ? static_cast<float>(slope) : slope;
        const double exact_intercept = version == 1 ? static_cast<float>(nifti.intercept) : nifti.intercept;
        for (const std::string name : {"a.nii", "b.nii.gz"}) {
          const std::string bytes = nifti.bytes();
          const Volume volume =
              read_volume(folder.write(name, name.ends_with(".gz") ? gzipped(bytes) : bytes));
          EXPECT_LT(grid_distance(grid, volume.geometry), 1e-5);
          for (size_t i = 0; i < voxels.size(); ++i) {
            const double value = static_cast<double>(voxels[i]) * exact_slope + exact_intercept;
            ASSERT_EQ(volume.voxels[i], static_cast<float>(value)) << i << " slope " << slope;
          }
        }
      }
    }
    for (const bool compressed : {false, true}) {
      const auto mha = MetaImageBuilder::of(grid, voxels, compressed, big_endian);
      const Volume volume = read_volume(folder.write("a.mha", mha.bytes()));
      EXPECT_LT(grid_distance(grid, volume.geometry), 1e-12);
      for (size_t i = 0; i < voxels.size(); ++i) ASSERT_EQ(volume.voxels[i], static_cast<float>(voxels[i]));
    }
  }
}

TEST(ReadVolume, AgreesForQformOnlyFilesInAnyFrame) {
  TempFolder folder;
  Random random(42);
  for (int trial = 0; trial < 40; ++trial) {
    const Rotation rotation = random_rotation(random);
    NiftiBuilder nifti;
    nifti.set_voxels(sample_voxels<int16_t>(60));
    nifti.qform_code = 1;
    nifti.quatern = {rotation.quaternion[1], rotation.quaternion[2], rotation.quaternion[3]};
    nifti.qoffset = {random.uniform(-300, 300), random.uniform(-300, 300), random.uniform(-300, 300)};
    nifti.pixdim = {trial % 2 == 0 ? 1.0 : -1.0, 0.7, 1.3, 5, 0, 0, 0, 0};
    VerifiedFile file;
    EXPECT_EQ(read_volume(folder.write("a.nii", nifti.bytes()), &file).geometry.spacing[0], 0.7f);
    EXPECT_EQ(file.frame, "qform");
  }
}

TEST(ReadVolume, TakesSingleSlicesThinVolumesAndOneVolumeSeries) {
  TempFolder folder;
  Random random(43);
  const auto voxels = sample_voxels<int16_t>(60);
  for (const auto& dim : std::vector<std::vector<int64_t>>{{2, 10, 6, 0, 0, 0, 0, 0},
                                                           {3, 10, 6, 1, 0, 0, 0, 0},
                                                           {3, 60, 1, 1, 0, 0, 0, 0},
                                                           {3, 1, 1, 60, 0, 0, 0, 0},
                                                           {4, 5, 4, 3, 1, 0, 0, 0},
                                                           {7, 5, 4, 3, 1, 1, 1, 1}}) {
    NiftiBuilder nifti;
    nifti.set_voxels(voxels);
    for (const bool framed : {false, true}) {
      if (framed) nifti.set_sform(random_geometry(random, {1, 1, 1}));
      nifti.dim = dim;
      const Volume volume = read_volume(folder.write("a.nii", nifti.bytes()));
      EXPECT_EQ(volume.geometry.count(), 60);
      EXPECT_TRUE(std::equal(voxels.begin(), voxels.end(), volume.voxels.begin()));
    }
  }
}

TEST(ReadVolume, RefusesNaNAndInfinityAndNamesTheFirst) {
  TempFolder folder;
  std::vector<float> voxels(60, 1);
  voxels[5 * 4 * 2 + 5 * 3 + 1] = std::numeric_limits<float>::infinity();
  voxels.back() = std::nanf("");
  NiftiBuilder nifti;
  nifti.set_voxels(voxels);
  EXPECT_THAT(error_of([&] { read_volume(folder.write("a.nii", nifti.bytes())); }),
              HasSubstr("2 of 60 voxels are NaN or infinite, the first at (1, 3, 2)"));
}

TEST(ReadVolume, RefusesValuesThatFloatsCannotHold) {
  TempFolder folder;
  std::vector<double> voxels(60, 1);
  voxels[9] = 1e300;
  NiftiBuilder nifti;
  nifti.set_voxels(voxels);
  EXPECT_THAT(error_of([&] { read_volume(folder.write("a.nii", nifti.bytes())); }),
              HasSubstr("do not fit 32-bit floats"));
}

TEST(ReadVolume, TakesFramesThatArePerpendicularToThreeDigits) {
  TempFolder folder;
  Random random(44);
  const Geometry grid = random_geometry(random, {5, 4, 3});
  NiftiBuilder nifti;
  nifti.set_sform(grid).set_voxels(sample_voxels<int16_t>(60));
  for (size_t row = 0; row < 3; ++row)
    nifti.srow[4 * row] += 0.0005 * grid.spacing[0] / grid.spacing[1] * nifti.srow[4 * row + 1];
  const Volume volume = read_volume(folder.write("a.nii", nifti.bytes()));
  EXPECT_EQ(volume.voxels[1], -39);
}

// The mutants of gate_damage_test.cpp once more, through ITK: after the gate there must be no surprise.
TEST(ReadVolume, OfMutantsGivesAVolumeOrAnError) {
  TempFolder folder;
  const auto samples = sample_files();
  int accepted = 0;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed + 100000);
    const SampleFile& sample = samples[seed % samples.size()];
    std::string bytes = mutated(sample.bytes, samples[random.below(samples.size())].bytes, random);
    if (sample.name.ends_with(".gz")) bytes = gzipped(mutated(samples[seed % 2].bytes, sample.bytes, random));
    try {
      VerifiedFile file;
      const Volume volume = read_volume(folder.write(sample.name, bytes), &file);
      ++accepted;
      ASSERT_EQ(static_cast<int64_t>(volume.voxels.size()), volume.geometry.count());
      for (const float value : volume.voxels) ASSERT_TRUE(std::isfinite(value)) << "seed " << seed;
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ExitCode::kBadInput) << error.what();
    }
  }
  EXPECT_GT(accepted, 30);
}

// --- writing ---

TEST(WriteVolume, IsReadBackExactlyInEveryFormatTypeAndFrame) {
  TempFolder folder;
  Random random(51);
  for (int trial = 0; trial < 20; ++trial) {
    Geometry grid = random_geometry(random, {7, 5, 4});
    if (trial % 2 == 1) {
      for (size_t row = 0; row < 3; ++row) grid.direction[3 * row + 1] *= -1;
    }
    for (const std::string& ending : kEndings) {
      const struct {
        PixelType type;
        const char* name;
        Volume volume;
      } cases[] = {{PixelType::kUInt8, "uint8", ramp(grid, 0, 1)},
                   {PixelType::kInt16, "int16", ramp(grid, -1024, 17)},
                   {PixelType::kFloat32, "float32", ramp(grid, -1.1, 0.37)}};
      for (const auto& [type, name, volume] : cases) {
        const auto path = folder / ("out" + ending);
        write_volume(path, volume, type);
        VerifiedFile file;
        const Volume back = read_volume(path, &file);
        EXPECT_EQ(back.voxels, volume.voxels) << ending << " " << name;
        EXPECT_EQ(file.stored_type, name);
        EXPECT_EQ(file.compressed, ending != ".nii");
        EXPECT_EQ(axes_of(back.geometry), axes_of(grid));
        // NIfTI-1 keeps floats: 24 bits of 300 mm over voxels of 0.4 mm or more. MetaImage keeps 17 digits.
        EXPECT_LT(grid_distance(grid, back.geometry), ending == ".mha" ? 1e-12 : 2e-4) << ending;
      }
    }
  }
}

TEST(WriteVolume, SetsBothFramesOfNifti) {
  TempFolder folder;
  Random random(52);
  write_volume(folder / "a.nii", ramp(random_geometry(random, {3, 3, 3}), 0, 1), PixelType::kInt16);
  const std::string bytes = read_file(folder / "a.nii");
  EXPECT_EQ(bytes.substr(252, 4),
            raw_bytes(int16_t{1}).append(raw_bytes(int16_t{1})));  // qform_code, sform_code
  EXPECT_EQ(verify_image_file(folder / "a.nii").frame, "sform");
}

TEST(WriteVolume, KeepsOneSlice) {
  TempFolder folder;
  Random random(53);
  for (const std::string& ending : kEndings) {
    const Volume volume = ramp(random_geometry(random, {9, 8, 1}), 0, 1);
    write_volume(folder / ("a" + ending), volume, PixelType::kInt16);
    const Volume back = read_volume(folder / ("a" + ending));
    EXPECT_EQ(back.voxels, volume.voxels);
    EXPECT_LT(grid_distance(volume.geometry, back.geometry), 2e-4);
  }
}

TEST(WriteVolume, RoundsHalfToEven) {
  TempFolder folder;
  const Volume volume{unit_grid({8, 1, 1}), {0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.49f, 254.5f}};
  write_volume(folder / "a.nii", volume, PixelType::kInt16);
  EXPECT_EQ(read_volume(folder / "a.nii").voxels, (std::vector<float>{0, 2, 2, 0, -2, -2, 2, 254}));
}

TEST(WriteVolume, RefusesWhatDoesNotFitAndKeepsTheOldFile) {
  TempFolder folder;
  const struct {
    PixelType type;
    float value;
    bool fits;
  } cases[] = {{PixelType::kUInt8, 255.4f, true},
               {PixelType::kUInt8, 255.6f, false},
               {PixelType::kUInt8, -0.4f, true},
               {PixelType::kUInt8, -0.6f, false},
               {PixelType::kInt16, 32767, true},
               {PixelType::kInt16, 32768, false},
               {PixelType::kInt16, -32768, true},
               {PixelType::kInt16, -32769, false},
               {PixelType::kInt16, 32767.5f, false},
               {PixelType::kFloat32, 3e38f, true},
               {PixelType::kInt16, std::nanf(""), false},
               {PixelType::kFloat32, std::nanf(""), false},
               {PixelType::kFloat32, -std::numeric_limits<float>::infinity(), false}};
  for (const auto& [type, value, fits] : cases) {
    for (const std::string& ending : kEndings) {
      const auto path = folder.write("a" + ending, "the old file");
      Volume volume = ramp(unit_grid({4, 3, 2}), 0, 1);
      volume.voxels[4 * 3 + 4 + 2] = value;
      const std::string error = error_of([&] { write_volume(path, volume, type); });
      if (fits) {
        EXPECT_EQ(error, "") << value;
      } else {
        EXPECT_THAT(error, AllOf(HasSubstr("at voxel (2, 1, 1) does not fit"), HasSubstr(path.string())))
            << value;
        EXPECT_EQ(read_file(path), "the old file");
      }
      std::filesystem::remove(path);
      EXPECT_THAT(names_in(folder.path()), IsEmpty());
    }
  }
}

TEST(WriteVolume, GivesEqualBytesForEqualInput) {
  TempFolder folder;
  Random random(54);
  const Volume volume = ramp(random_geometry(random, {20, 20, 20}), -100, 1);
  for (const std::string& ending : kEndings) {
    write_volume(folder / ("first" + ending), volume, PixelType::kInt16);
    write_volume(folder / "elsewhere" / ("second" + ending), volume, PixelType::kInt16);
    EXPECT_EQ(read_file(folder / ("first" + ending)), read_file(folder / "elsewhere" / ("second" + ending)));
  }
  const std::string gz = read_file(folder / "first.nii.gz");
  EXPECT_EQ(gz.substr(4, 4), std::string(4, '\0'));  // no time stamp
  EXPECT_EQ(gz[3], 0);                               // no file name either
}

TEST(WriteVolume, KeepsANote) {
  TempFolder folder;
  const Volume volume = ramp(unit_grid({3, 4, 5}), 0, 1);
  const std::string note = "made by a test: in a.u.";
  ASSERT_EQ(note.size(), kMostNoteBytes);
  for (const std::string& ending : kEndings) {
    const auto with = folder / ("with" + ending), without = folder / ("without" + ending);
    write_volume(with, volume, PixelType::kFloat32, note);
    write_volume(without, volume, PixelType::kFloat32);
    EXPECT_EQ(read_image_note(with), note) << ending;
    EXPECT_EQ(read_image_note(without), "") << ending;
    EXPECT_EQ(read_volume(with).voxels, volume.voxels) << ending;
  }
}

TEST(WriteVolume, RefusesOtherEndings) {
  TempFolder folder;
  const Volume volume = ramp(unit_grid({2, 2, 2}), 0, 1);
  for (const char* name : {"a.mhd", "a.hdr", "a.nrrd", "a.gz", "a"}) {
    EXPECT_THAT(error_of([&] { write_volume(folder / name, volume, PixelType::kInt16); }),
                HasSubstr("does not end in .nii, .nii.gz or .mha"))
        << name;
  }
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

TEST(WriteVolume, RefusesAFrameThatNiftiCannotHold) {
  TempFolder folder;
  Random random(55);
  Geometry grid = random_geometry(random, {60, 60, 60});
  for (size_t row = 0; row < 3; ++row) grid.direction[3 * row] += 0.0009 * grid.direction[3 * row + 1];
  const Volume volume = ramp(grid, 0, 0);
  EXPECT_THAT(error_of([&] { write_volume(folder / "a.nii", volume, PixelType::kUInt8); }),
              AllOf(HasSubstr("cannot hold this grid"), HasSubstr("write .mha instead")));
  EXPECT_EQ(error_of([&] { write_volume(folder / "a.mha", volume, PixelType::kUInt8); }), "");
  EXPECT_LT(grid_distance(grid, read_volume(folder / "a.mha").geometry), 1e-12);
}

TEST(WriteVolume, FailsWholeAtEveryStep) {
  TempFolder folder;
  const Volume volume = ramp(unit_grid({4, 4, 4}), 0, 1);
  for (const std::string& ending : kEndings) {
    const auto path = folder.write("a" + ending, "the old file");
    for (const char* step : {"open", "write", "sync", "rename"}) {
      set_write_fault_for_testing(step);
      EXPECT_NE(error_of([&] { write_volume(path, volume, PixelType::kInt16); }), "") << step;
      set_write_fault_for_testing("");
      EXPECT_EQ(read_file(path), "the old file");
    }
    std::filesystem::remove(path);
    EXPECT_THAT(names_in(folder.path()), IsEmpty());
  }
}

// A limit on the size of files stands in for a full disk: the kernel takes the first bytes and refuses the
// rest.
TEST(WriteVolume, NoticesAFullDisk) {
  TempFolder folder;
  Random random(56);
  Volume volume = ramp(unit_grid({40, 40, 40}), 0, 0);
  for (float& value : volume.voxels) value = static_cast<float>(random.below(30000));
  struct rlimit before {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  for (const std::string& ending : kEndings) {
    const auto path = folder.write("a" + ending, "the old file");
    std::signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = before;
    limit.rlim_cur = 20000;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const std::string error = error_of([&] { write_volume(path, volume, PixelType::kInt16); });
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, SIG_DFL);
    EXPECT_THAT(error, HasSubstr("cannot be written")) << ending;
    EXPECT_EQ(read_file(path), "the old file");
    std::filesystem::remove(path);
    EXPECT_THAT(names_in(folder.path()), IsEmpty());
  }
}

}  // namespace
}  // namespace synerbench
