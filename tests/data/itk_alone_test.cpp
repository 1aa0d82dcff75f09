// The evidence for Note [Why a gate] in harness/data/gate.cpp: what ITK alone makes of files that the gate
// refuses. ITK's half of the table was seen with 5.2.1 and is compared with that version only; the gate's
// half always.
#include <gmock/gmock.h>
#include <itkImage.h>
#include <itkImageFileReader.h>
#include <itkMetaImageIO.h>
#include <itkNiftiImageIO.h>
#include <itkVersion.h>

#include "harness/data/volume_io.h"
#include "tests/data/damage.h"

namespace synerbench {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using N = NiftiBuilder;
using M = MetaImageBuilder;

struct Seen {
  bool accepted = false;
  std::array<double, 3> spacing{}, origin{};
  std::vector<float> voxels;
};

/// The few lines that everybody writes.
Seen read_by_itk_alone(const std::filesystem::path& path) {
  using Image = itk::Image<float, 3>;
  auto reader = itk::ImageFileReader<Image>::New();
  if (path.extension() == ".mha") {
    reader->SetImageIO(itk::MetaImageIO::New());
  } else {
    reader->SetImageIO(itk::NiftiImageIO::New());
  }
  reader->SetFileName(path.string());
  Seen seen;
  try {
    reader->Update();
    const Image& image = *reader->GetOutput();
    seen.accepted = true;
    for (unsigned axis = 0; axis < 3; ++axis) {
      seen.spacing[axis] = image.GetSpacing()[axis];
      seen.origin[axis] = image.GetOrigin()[axis];
    }
    const auto count = image.GetLargestPossibleRegion().GetNumberOfPixels();
    seen.voxels.assign(image.GetBufferPointer(), image.GetBufferPointer() + count);
  } catch (const itk::ExceptionObject&) {
  }
  return seen;
}

// Values that do not compress well, so that a cut stream has lost voxels.
std::vector<int16_t> noisy_voxels(int64_t count) {
  Random random(61);
  std::vector<int16_t> voxels(static_cast<size_t>(count));
  for (int16_t& value : voxels) value = static_cast<int16_t>(random.below(4000));
  return voxels;
}

N nifti() {
  N nifti;
  nifti.set_size(20, 20, 20).set_voxels(noisy_voxels(8000));
  return nifti;
}
M metaimage(bool compressed) { return M::of(plain_grid({20, 20, 20}), noisy_voxels(8000), compressed); }
template <class Builder, class Change>
std::string with(Builder builder, Change change) {
  change(builder);
  return builder.bytes();
}

struct Case {
  const char* name;
  const char* file;
  bool itk_accepts;  // 5.2.1
  const char* gate;  // what the gate says
  std::string (*make)();
};

// clang-format off
const Case kCases[] = {
    {"half of the voxels missing", "a.nii", true, "16 000 bytes of voxels expected from the header, 8 000 found",
     [] { return nifti().bytes().substr(0, 352 + 8000); }},
    {"half of a gzip stream missing", "a.nii.gz", true, "the file looks cut off",
     [] { const std::string b = gzipped(nifti().bytes()); return b.substr(0, b.size() / 2); }},
    {"wrong checksum", "a.nii.gz", false, "incorrect data check",
     [] { std::string b = gzipped(nifti().bytes()); b[b.size() - 5] ^= 1; return b; }},
    {"flipped bit in the middle of a gzip stream", "a.nii.gz", false, "the compressed stream is damaged",
     [] { std::string b = gzipped(nifti().bytes()); b[b.size() / 2] ^= 1; return b; }},
    {"something else after the stream", "a.nii.gz", true, "bytes follow the end of the compressed stream",
     [] { return gzipped(nifti().bytes()) + "something else"; }},
    {"more voxels than the header says", "a.nii", true, "more found",
     [] { return with(nifti(), [](N& n) { n.dim[3] = 10; }); }},
    {"fewer voxels than the header says", "a.nii", true, "32 000 bytes of voxels expected from the header, 16 000 found",
     [] { return with(nifti(), [](N& n) { n.dim[3] = 40; }); }},
    {"a series of volumes", "a.nii", true, "a series of volumes, one 3-D volume is wanted",
     [] { return with(nifti(), [](N& n) { n.dim = {4, 20, 20, 10, 2, 1, 1, 1}; }); }},
    {"bitpix against datatype", "a.nii", true, "bitpix says 32",
     [] { return with(nifti(), [](N& n) { n.bitpix = 32; }); }},
    {"infinite slope", "a.nii", true, "scl_slope inf",
     [] { return with(nifti(), [](N& n) { n.slope = kInfinity; }); }},
    {"spacing NaN", "a.nii", true, "spacing along axis 1 is nan",
     [] { return with(nifti(), [](N& n) { n.pixdim[1] = kNaN; }); }},
    {"spacing zero", "a.nii", true, "spacing along axis 1 is 0",
     [] { return with(nifti(), [](N& n) { n.pixdim[1] = 0; }); }},
    {"qform and sform 100 voxels apart", "a.nii", true, "qform and sform place the image up to 100 voxels apart",
     [] { return with(nifti(), [](N& n) { n.qform_code = n.sform_code = 1; n.srow[3] = 100; }); }},
    {"unit of meters", "a.nii", true, "(meter)",
     [] { return with(nifti(), [](N& n) { n.units = 1; }); }},
    {"not a number among the voxels", "a.nii", true, "1 of 8000 voxels are NaN or infinite",
     [] { return with(N(), [](N& n) {
            std::vector<float> voxels(8000, 7);
            voxels[100] = std::nanf("");
            n.set_size(20, 20, 20).set_voxels(voxels);
          }); }},
    {"half of the voxels missing", "a.mha", true, "16 000 bytes of voxels expected from the header, 8 000 found",
     [] { const std::string b = metaimage(false).bytes(); return b.substr(0, b.size() - 8000); }},
    {"half of a zlib stream missing", "a.mha", true, "bytes of compressed voxels expected",
     [] { const std::string b = metaimage(true).bytes(); return b.substr(0, b.size() / 2); }},
    {"flipped bit in the middle of a zlib stream", "a.mha", true, "the compressed stream is damaged",
     [] { std::string b = metaimage(true).bytes(); b[b.size() / 2] ^= 1; return b; }},
    {"wrong checksum", "a.mha", true, "incorrect data check",
     [] { std::string b = metaimage(true).bytes(); b.back() ^= 1; return b; }},
    {"no size of the compressed voxels", "a.mha", true, "the header has no CompressedDataSize",
     [] { std::string b = metaimage(true).bytes(); b[b.find("CompressedDataSize")] = 'X'; return b; }},
    {"a slope that nobody applies", "a.mha", true, "ElementToIntensityFunctionSlope = 2",
     [] { return with(metaimage(false), [](M& m) { m.set("ElementToIntensityFunctionSlope", "2"); }); }},
    {"spacing NaN", "a.mha", false, "spacing along axis 1 is nan",
     [] { return with(metaimage(false), [](M& m) { m.set("ElementSpacing", "nan 1 1"); }); }},
    {"flat direction", "a.mha", false, "not perpendicular",
     [] { return with(metaimage(false), [](M& m) { m.set("TransformMatrix", "1 0 0 1 0 0 0 0 1"); }); }},
};
// clang-format on

TEST(ItkAlone, AcceptsFilesThatTheGateRefuses) {
  TempFolder folder;
  const bool known = std::string(itk::Version::GetITKVersion()) == "5.2.1";
  for (const Case& c : kCases) {
    const auto path = folder.write(c.file, c.make());
    try {
      read_volume(path);
      ADD_FAILURE() << c.file << ", " << c.name << ": not refused";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(c.gate)) << c.file << ", " << c.name;
    }
    const bool accepted = read_by_itk_alone(path).accepted;
    if (!known) continue;
    EXPECT_EQ(accepted, c.itk_accepts) << c.file << ", " << c.name;
  }
}

TEST(ItkAlone, TurnsNaNIntoZero) {
  if (std::string(itk::Version::GetITKVersion()) != "5.2.1") GTEST_SKIP() << "seen with ITK 5.2.1";
  TempFolder folder;
  std::vector<float> voxels(60, 7);
  voxels[10] = std::nanf("");
  voxels[11] = std::numeric_limits<float>::infinity();
  N nifti;
  nifti.set_voxels(voxels);
  const Seen seen = read_by_itk_alone(folder.write("a.nii", nifti.bytes()));
  EXPECT_EQ(seen.voxels[9], 7);
  EXPECT_EQ(seen.voxels[10], 0);
  EXPECT_EQ(seen.voxels[11], 0);
}

TEST(ItkAlone, InventsWhatTheHeaderDoesNotSay) {
  if (std::string(itk::Version::GetITKVersion()) != "5.2.1") GTEST_SKIP() << "seen with ITK 5.2.1";
  TempFolder folder;
  for (const double spacing : {0.0, kNaN}) {
    const Seen seen =
        read_by_itk_alone(folder.write("a.nii", with(nifti(), [&](N& n) { n.pixdim[1] = spacing; })));
    EXPECT_EQ(seen.spacing[0], 1);
  }
  const Seen meters = read_by_itk_alone(folder.write("a.nii", with(nifti(), [](N& n) {
                                                       n.set_sform(plain_grid());
                                                       n.units = 1;
                                                     })));
  EXPECT_EQ(meters.spacing, (std::array{1000.0, 2000.0, 3000.0}));
  EXPECT_EQ(meters.origin, (std::array{10.0, -20.0, 30.0}));
  const Seen slope =
      read_by_itk_alone(folder.write("a.nii", with(nifti(), [](N& n) { n.slope = kInfinity; })));
  EXPECT_EQ(slope.voxels[0], noisy_voxels(1)[0]);
}

TEST(ItkAlone, TakesTheVoxelsOfTheUncompressedNeighbor) {
  if (std::string(itk::Version::GetITKVersion()) != "5.2.1") GTEST_SKIP() << "seen with ITK 5.2.1";
  TempFolder folder;
  N ones, twos;
  ones.set_voxels(std::vector<int16_t>(60, 1));
  twos.set_voxels(std::vector<int16_t>(60, 2));
  folder.write("a.nii", ones.bytes());
  const auto path = folder.write("a.nii.gz", gzipped(twos.bytes()));
  EXPECT_EQ(read_by_itk_alone(path).voxels, std::vector<float>(60, 1));
  EXPECT_EQ(read_volume(path).voxels, std::vector<float>(60, 2));
}

}  // namespace
}  // namespace synerbench
