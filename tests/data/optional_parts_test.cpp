// Sound files that use what the two standards leave open, as nibabel and SimpleITK read them: each is read
// like the plain file. read_volume holds ITK against the gate, so both agree on every one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/data/volume_io.h"
#include "tests/data/gate_fixture.h"

namespace synerbench {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using N = NiftiBuilder;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// Header and voxels apart, so that only the header is changed.
struct Parts {
  std::string header, voxels;
};
Parts metaimage_parts(bool compressed = false) {
  const std::string bytes = good_metaimage(compressed).bytes();
  const std::string last = "ElementDataFile = LOCAL\n";
  const size_t end = bytes.find(last) + last.size();
  return {bytes.substr(0, end), bytes.substr(end)};
}

struct MetaImageVariant {
  const char* name;
  std::string (*make)(Parts plain);
};
std::string with_lines(const Parts& plain, const std::string& lines) {
  return replaced(plain.header, "DimSize", lines + "DimSize") + plain.voxels;
}

// clang-format off
const MetaImageVariant kMetaImages[] = {
    {"ElementSize beside ElementSpacing", [](Parts p) { return with_lines(p, "ElementSize = 1 1 1\n"); }},
    {"ElementSize before ElementSpacing",
     [](Parts p) { return replaced(p.header, "ElementSpacing", "ElementSize = 9 9 9\nElementSpacing") + p.voxels; }},
    {"ElementSize alone", [](Parts p) { return replaced(p.header, "ElementSpacing", "ElementSize") + p.voxels; }},
    {"Local", [](Parts p) { return replaced(p.header, "LOCAL", "Local") + p.voxels; }},
    {"local", [](Parts p) { return replaced(p.header, "LOCAL", "local") + p.voxels; }},
    {"comments", [](Parts p) { return with_lines(p, "Comment = one\nComment = two = 2\nComment = three: 3\n"); }},
    {"comment in another encoding", [](Parts p) { return with_lines(p, "Comment = caf\xE9\n"); }},
    {"unknown keys", [](Parts p) { return with_lines(p, "0008|0060 = CT\nFoo = 1\nFoo = 2\nITK_x = y\n"); }},
    {"a key again", [](Parts p) { return with_lines(p, "ElementType = MET_SHORT\n"); }},
    {"what else there may be",
     [](Parts p) {
       return with_lines(p, "Modality = MET_MOD_CT\nID = 7\nParentID = -1\nColor = 1 0 0 1\nName = a name\n"
                            "ObjectSubType = x\nElementMin = -5\nElementMax = 5\nElementNumberOfChannels = 1\n"
                            "CompressionLevel = 2\nDistanceUnits = mm\nHeaderSize = 0\n"
                            "ElementToIntensityFunctionSlope = 1.0\nElementToIntensityFunctionOffset = 0\n");
     }},
    {"empty values", [](Parts p) { return with_lines(p, "Name = \nDistanceUnits = \n"); }},
    {"blank lines", [](Parts p) { return with_lines(p, "\n\n"); }},
    {"no spaces", [](Parts p) { return replaced(p.header, " = ", "=") + p.voxels; }},
    {"tabs", [](Parts p) { return replaced(p.header, " = ", "\t=\t") + p.voxels; }},
    {"colons", [](Parts p) { return replaced(p.header, " = ", ": ") + p.voxels; }},
    {"spaces at the ends", [](Parts p) { return "  " + replaced(p.header, "\n", "  \n") + p.voxels; }},
    {"Windows lines", [](Parts p) { return replaced(p.header, "\n", "\r\n") + p.voxels; }},
    {"no ObjectType", [](Parts p) { return replaced(p.header, "ObjectType = Image\n", "") + p.voxels; }},
    {"the least", [](Parts p) {
       return "NDims = 3\nDimSize = 5 4 3\nOffset = 10 -20 30\nElementSpacing = 1 2 3\nElementType = MET_SHORT\n"
              "ElementDataFile = LOCAL\n" + p.voxels; }},
    {"no TransformMatrix", [](Parts p) { return replaced(p.header, "TransformMatrix", "SomethingElse") + p.voxels; }},
    {"Rotation", [](Parts p) { return replaced(p.header, "TransformMatrix", "Rotation") + p.voxels; }},
    {"Orientation", [](Parts p) { return replaced(p.header, "TransformMatrix", "Orientation") + p.voxels; }},
    {"Position", [](Parts p) { return replaced(p.header, "Offset", "Position") + p.voxels; }},
    {"Origin", [](Parts p) { return replaced(p.header, "Offset", "Origin") + p.voxels; }},
    {"another center", [](Parts p) { return replaced(p.header, "CenterOfRotation = 0 0 0", "CenterOfRotation = 9 8 7") + p.voxels; }},
    {"another anatomy", [](Parts p) { return replaced(p.header, "RAI", "LPS") + p.voxels; }},
    {"signs and exponents", [](Parts p) { return replaced(p.header, "10 -20 30", "+10 -2.0e1 30.") + p.voxels; }},
    {"sizes as reals", [](Parts p) { return replaced(p.header, "5 4 3", "5.0 4. 3") + p.voxels; }},
    {"flags by letter", [](Parts p) { return replaced(replaced(p.header, "True", "T"), "False", "f") + p.voxels; }},
    {"voxels at the end", [](Parts p) { return with_lines({p.header, ""}, "HeaderSize = -1\n") + std::string(33, '#') + p.voxels; }},
    {"voxels at a place",
     [](Parts p) {
       std::string header = with_lines({p.header, ""}, "HeaderSize = 600\n");
       return header + std::string(600 - header.size(), '\0') + p.voxels;
     }},
};
// clang-format on

void expect_equal(const Volume& seen, const Volume& plain) {
  EXPECT_EQ(seen.voxels, plain.voxels);
  EXPECT_EQ(seen.geometry.size, plain.geometry.size);
  EXPECT_EQ(seen.geometry.spacing, plain.geometry.spacing);
  EXPECT_EQ(seen.geometry.origin, plain.geometry.origin);
  EXPECT_EQ(seen.geometry.direction, plain.geometry.direction);
}

TEST(OptionalParts, OfMetaImageChangeNothing) {
  const TempFolder folder;
  const Volume plain = read_volume(folder.write("plain.mha", good_metaimage().bytes()));
  for (const auto& variant : kMetaImages) {
    SCOPED_TRACE(variant.name);
    try {
      expect_equal(read_volume(folder.write("a.mha", variant.make(metaimage_parts()))), plain);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
  Parts packed = metaimage_parts(true);
  expect_equal(read_volume(folder.write("a.mha", packed.header + packed.voxels)), plain);
  expect_equal(read_volume(folder.write("a.MHA", good_metaimage().bytes())), plain);
  // gzip where zlib is usual.
  const std::string gz = gzipped(good_metaimage().voxels);
  auto with_gzip = good_metaimage();
  with_gzip.set("CompressedData", "True").set("CompressedDataSize", std::to_string(gz.size()));
  with_gzip.voxels = gz;
  expect_equal(read_volume(folder.write("a.mha", with_gzip.bytes())), plain);
}

TEST(OptionalParts, OfMetaImageTypesIncludeLongOfFourBytes) {
  const TempFolder folder;
  const auto values = sample_voxels<int32_t>(60);
  auto mha = MetaImageBuilder::of(plain_grid(), values);
  const Volume plain = read_volume(folder.write("plain.mha", mha.bytes()));
  expect_equal(read_volume(folder.write("a.mha", mha.set("ElementType", "MET_LONG").bytes())), plain);
  mha.voxels = raw_bytes(sample_voxels<int64_t>(60));
  EXPECT_THAT(refusal(folder.write("a.mha", mha.bytes())), HasSubstr("MET_LONG is read as 4 bytes"));
}

std::string extension(int32_t size, bool big_endian = false) {
  return raw_bytes(size, big_endian) + raw_bytes(int32_t{6}, big_endian) +
         std::string(static_cast<size_t>(size) - 8, 'x');
}

struct NiftiVariant {
  const char* name;
  void (*change)(N& nifti);
  std::string (*edit)(std::string bytes);  // of the finished file; may be nullptr
};
std::string with_bytes(std::string bytes, size_t at, const std::string& field) {
  return bytes.replace(at, field.size(), field);
}

// clang-format off
const NiftiVariant kNiftis[] = {
    {"extensions", [](N& n) { n.extensions = std::string("\1\0\0\0", 4) + extension(16) + extension(48); }, nullptr},
    {"an extension of any size", [](N& n) { n.extensions = std::string("\1\0\0\0", 4) + extension(20); }, nullptr},
    {"padded behind an extension", [](N& n) { n.extensions = std::string("\1\0\0\0", 4) + extension(20) + std::string(12, '\0'); }, nullptr},
    {"zeros for extensions", [](N& n) { n.extensions = std::string("\1\0\0\0", 4) + std::string(156, '\0'); }, nullptr},
    {"announced and not there", [](N& n) { n.extensions = std::string("\1\0\0\0", 4); }, nullptr},
    {"other bytes of the extender", [](N& n) { n.extensions = std::string("\0\7\7\7", 4); }, nullptr},
    {"voxels further on", [](N& n) { n.extensions = std::string(4 + 160, '\0'); }, nullptr},
    {"voxels further on, behind anything", [](N& n) { n.extensions = std::string(4, '\0') + std::string(30, '#'); }, nullptr},
    {"bitpix not filled in", [](N& n) { n.bitpix = 0; }, nullptr},
    {"seconds", [](N& n) { n.units = 2 + 8; }, nullptr},
    {"hertz and more", [](N& n) { n.units = 2 + 32 + 64 + 128; }, nullptr},
    {"no units", [](N& n) { n.units = 0; }, nullptr},
    {"no slope", [](N& n) { n.slope = 0; n.intercept = 5; }, nullptr},
    {"no slope, NaN", [](N& n) { n.slope = kNaN; n.intercept = 5; }, nullptr},
    {"a slope that is none", [](N& n) { n.slope = kNaN; n.intercept = kNaN; }, nullptr},
    {"qfac 0", [](N& n) { n.pixdim[0] = 0; }, nullptr},
    {"a series of one", [](N& n) { n.dim = {4, 5, 4, 3, 1, 0, 0, 0}; }, nullptr},
    {"seven axes", [](N& n) { n.dim = {7, 5, 4, 3, 1, 1, 1, 1}; }, nullptr},
    {"lengths of axes that are not there", [](N& n) { n.dim = {3, 5, 4, 3, 0, -7, 99, 0}; }, nullptr},
    {"steps of axes that are not there", [](N& n) { n.pixdim = {1, 1, 1, 1, kNaN, -1, 0, 7}; }, nullptr},
    {"a label", [](N&) {}, [](std::string b) { return with_bytes(std::move(b), 68, raw_bytes(int16_t{1002})); }},
    {"slice times", [](N&) {}, [](std::string b) {
       b[39] = 0x39, b[122] = 3;
       return with_bytes(with_bytes(std::move(b), 120, raw_bytes(int16_t{2})), 132, raw_bytes(0.05F)); }},
    {"a range for display", [](N&) {}, [](std::string b) { return with_bytes(std::move(b), 124, raw_bytes(100.F) + raw_bytes(-100.F)); }},
    {"texts", [](N&) {}, [](std::string b) {
       b = with_bytes(std::move(b), 4, "dsr       db_name           ");
       return with_bytes(with_bytes(std::move(b), 148, std::string(80, '\xE9')), 228, std::string(24, 'a')); }},
};
// clang-format on

TEST(OptionalParts, OfNiftiChangeNothing) {
  const TempFolder folder;
  for (const bool with_qform : {false, true}) {
    const auto base = [&] {
      N nifti = good_nifti();
      if (with_qform) nifti.qform_code = 1, nifti.qoffset = {3, -4, 5};
      return nifti;
    };
    const Volume plain = read_volume(folder.write("plain.nii", base().bytes()));
    for (const auto& variant : kNiftis) {
      SCOPED_TRACE(variant.name);
      N nifti = base();
      variant.change(nifti);
      std::string bytes = nifti.bytes();
      if (variant.edit != nullptr) bytes = variant.edit(std::move(bytes));
      try {
        expect_equal(read_volume(folder.write("a.nii", bytes)), plain);
        expect_equal(read_volume(folder.write("b.nii.gz", gzipped(bytes))), plain);
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
      }
    }
  }
}

TEST(OptionalParts, OfNifti2MayLackTheMarkOfLineEnds) {
  const TempFolder folder;
  N nifti = good_nifti();
  nifti.version = 2;
  const Volume plain = read_volume(folder.write("plain.nii", nifti.bytes()));
  nifti.magic = std::string("n+2\0\0\0\0\0", 8);
  expect_equal(read_volume(folder.write("a.nii", nifti.bytes())), plain);
  nifti.magic = std::string("n+2\0\n\n\032\n", 8);
  EXPECT_THAT(refusal(folder.write("a.nii", nifti.bytes())), HasSubstr("magic"));
}

TEST(OptionalParts, OfNamesIncludeUpperCase) {
  const std::string bytes = good_nifti().bytes();
  for (const char* name : {"a.NII", "a.Nii", "a.NII.GZ", "a.nii.GZ", "a.Nii.Gz"}) {
    const TempFolder folder;  // of its own: ITK looks at neighbors
    const bool packed = std::string(name).size() > 5;
    EXPECT_EQ(read_volume(folder.write(name, packed ? gzipped(bytes) : bytes)).voxels.size(), 60U) << name;
  }
  const TempFolder folder;
  N other = good_nifti();
  other.slope = 2;
  folder.write("a.NII", other.bytes());
  const Volume plain = read_volume(folder.write("b.nii", bytes));
  expect_equal(read_volume(folder.write("a.NII.GZ", gzipped(bytes))), plain);
  expect_equal(read_volume(folder.write("a.nii.gz", gzipped(bytes))), plain);
}

// A gzip header may hold name, comment, extra field and time.
TEST(OptionalParts, OfGzipChangeNothing) {
  const TempFolder folder;
  const std::string bytes = good_nifti().bytes();
  const Volume plain = read_volume(folder.write("plain.nii", bytes));
  std::string packed = gzipped(bytes);
  constexpr char kExtra = 4, kName = 8, kComment = 16;
  packed[3] = kExtra | kName | kComment;
  packed[4] = 77;  // a time
  packed.insert(10,
                std::string("\3\0abc", 5) + std::string("a name.nii\0", 11) + std::string("a comment\0", 10));
  expect_equal(read_volume(folder.write("a.nii.gz", packed)), plain);
  expect_equal(
      read_volume(folder.write("a.nii.gz", gzipped(bytes.substr(0, 400)) + gzipped(bytes.substr(400)))),
      plain);
}

}  // namespace
}  // namespace synerbench
