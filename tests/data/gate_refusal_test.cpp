// What the gate refuses, and in which words: file, place in it, what was seen, what was wanted, the next
// step.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/data/gate_fixture.h"

namespace synerbench {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using N = NiftiBuilder;
using M = MetaImageBuilder;

struct Refused {
  const char* name;
  const char* file;     // its ending tells the format
  const char* message;  // a part of what the gate says
  std::string (*make)();
};

template <class Change>
std::string nifti_with(Change change) {
  N nifti = good_nifti();
  change(nifti);
  return nifti.bytes();
}
template <class Change>
std::string metaimage_with(Change change, bool compressed = false) {
  M mha = good_metaimage(compressed);
  change(mha);
  return mha.bytes();
}
std::string zlib_with_size_error(int64_t error) {
  return metaimage_with([&](M& m) { m.size_error = error; }, true);
}
std::string extension_of_size(int32_t size) {
  return std::string("\1\0\0\0", 4).append(raw_bytes(size)).append(28, 'x');
}
constexpr int64_t kTwoTo62 = int64_t{1} << 62;  // times 4: 0, as computers count

// clang-format off
const Refused kRefused[] = {
    {"empty", "a.nii", "the file is empty", [] { return std::string(); }},
    {"text", "a.nii", "sizeof_hdr", [] { return std::string(1000, 'x'); }},
    {"short header", "a.nii", "348 bytes of header expected, 200 found",
     [] { return good_nifti().bytes().substr(0, 200); }},
    {"header only", "a.nii", "ends right after the header",
     [] { return good_nifti().bytes().substr(0, 348); }},
    {"pair", "a.nii", ".hdr/.img pair",
     [] { return nifti_with([](N& n) { n.magic = std::string("ni1\0", 4); }); }},
    {"analyze", "a.nii", "ANALYZE", [] { return nifti_with([](N& n) { n.magic = std::string(4, '\0'); }); }},
    {"nifti-2 magic", "a.nii", "NIfTI-2",
     [] { return nifti_with([](N& n) { n.version = 2; n.magic = "n+1"; }); }},
    {"no axes", "a.nii", "dim[0] promises 0 axes", [] { return nifti_with([](N& n) { n.dim[0] = 0; }); }},
    {"eight axes", "a.nii", "dim[0] promises 8 axes", [] { return nifti_with([](N& n) { n.dim[0] = 8; }); }},
    {"one axis", "a.nii", "2 to 7",
     [] { return nifti_with([](N& n) { n.dim = {1, 60, 1, 1, 1, 1, 1, 1}; }); }},
    {"zero length", "a.nii", "an axis without voxels", [] { return nifti_with([](N& n) { n.dim[2] = 0; }); }},
    {"negative length", "a.nii", "an axis without voxels",
     [] { return nifti_with([](N& n) { n.dim[1] = -5; }); }},
    {"series", "a.nii", "a series of volumes, one 3-D volume is wanted",
     [] { return nifti_with([](N& n) { n.dim = {4, 5, 4, 1, 3, 1, 1, 1}; }); }},
    {"no volume", "a.nii", "not a length",
     [] { return nifti_with([](N& n) { n.dim = {4, 5, 4, 3, 0, 1, 1, 1}; }); }},
    {"vectors", "a.nii", "several values per voxel",
     [] { return nifti_with([](N& n) { n.dim = {5, 5, 4, 1, 1, 3, 1, 1}; }); }},
    {"huge", "a.nii", "at most 2 147 483 648 are accepted",
     [] { return nifti_with([](N& n) { n.dim = {3, 32767, 32767, 32767, 1, 1, 1, 1}; }); }},
    {"overflowing", "a.nii", "at most 2 147 483 648 are accepted",
     [] { return nifti_with([](N& n) { n.version = 2; n.dim = {3, int64_t{1} << 62, 4, 4, 1, 1, 1, 1}; }); }},
    {"wrapping", "a.nii", "at most 2 147 483 648 are accepted",
     [] { return nifti_with([](N& n) { n.version = 2; n.dim = {3, 4, kTwoTo62, 4, 1, 1, 1, 1}; }); }},
    {"complex", "a.nii", "datatype 32",
     [] { return nifti_with([](N& n) { n.datatype = 32; n.bitpix = 64; }); }},
    {"color", "a.nii", "datatype 128",
     [] { return nifti_with([](N& n) { n.datatype = 128; n.bitpix = 24; }); }},
    {"bitpix", "a.nii", "datatype 4 (int16) has 16 bits, bitpix says 32",
     [] { return nifti_with([](N& n) { n.bitpix = 32; }); }},
    {"slope", "a.nii", "scl_slope inf", [] { return nifti_with([](N& n) { n.slope = kInfinity; }); }},
    {"intercept", "a.nii", "scl_inter nan",
     [] { return nifti_with([](N& n) { n.slope = 2; n.intercept = kNaN; }); }},
    {"spacing NaN", "a.nii", "spacing along axis 2 is nan mm",
     [] { return nifti_with([](N& n) { n.pixdim[2] = kNaN; }); }},
    {"spacing zero", "a.nii", "spacing along axis 3 is 0 mm",
     [] { return nifti_with([](N& n) { n.pixdim[3] = 0; }); }},
    {"spacing negative", "a.nii", "spacing along axis 1 is -1 mm",
     [] { return nifti_with([](N& n) { n.pixdim[1] = -1; }); }},
    {"spacing infinite", "a.nii", "spacing along axis 1 is inf mm",
     [] { return nifti_with([](N& n) { n.pixdim[1] = kInfinity; }); }},
    {"spacing absurd", "a.nii", "spacing along axis 1 is 1",
     [] { return nifti_with([](N& n) { n.pixdim[1] = 1e30; }); }},
    {"meters", "a.nii", "the unit of length has code 1 (meter)",
     [] { return nifti_with([](N& n) { n.units = 1; }); }},
    {"negative code", "a.nii", "qform_code -1", [] { return nifti_with([](N& n) { n.qform_code = -1; }); }},
    {"quaternion", "a.nii", "no rotation",
     [] { return nifti_with([](N& n) { n.qform_code = 1; n.quatern = {0.9, 0.9, 0}; }); }},
    {"quaternion NaN", "a.nii", "no rotation",
     [] { return nifti_with([](N& n) { n.qform_code = 1; n.quatern = {kNaN, 0, 0}; }); }},
    {"qoffset", "a.nii", "qform: the origin's coordinate 2",
     [] { return nifti_with([](N& n) { n.qform_code = 1; n.qoffset = {0, kInfinity, 0}; }); }},
    {"zero sform", "a.nii", "sform: column 1 is (0, 0, 0)",
     [] { return nifti_with([](N& n) { n.sform_code = 1; n.srow.fill(0); }); }},
    {"flat sform", "a.nii", "not perpendicular",
     [] { return nifti_with([](N& n) { n.sform_code = 1; n.srow[1] = 1; n.srow[5] = 0; }); }},
    {"sheared sform", "a.nii", "not perpendicular",
     [] { return nifti_with([](N& n) { n.sform_code = 1; n.srow[1] = 0.1; n.srow[5] = std::sqrt(0.99); }); }},
    {"sform NaN", "a.nii", "sform: column 2",
     [] { return nifti_with([](N& n) { n.sform_code = 1; n.srow[5] = kNaN; }); }},
    {"sform origin", "a.nii", "sform: the origin's coordinate 3",
     [] { return nifti_with([](N& n) { n.sform_code = 1; n.srow[11] = 1e20; }); }},
    {"sform against pixdim", "a.nii", "sform has voxels of 1x1x1 mm, pixdim says 2x1x1 mm",
     [] { return nifti_with([](N& n) { n.sform_code = 1; n.pixdim[1] = 2; }); }},
    {"offset too small", "a.nii", "vox_offset is 0",
     [] { return nifti_with([](N& n) { n.vox_offset = 0; }); }},
    {"offset not whole", "a.nii", "vox_offset is 352.5",
     [] { return nifti_with([](N& n) { n.vox_offset = 352.5; }); }},
    {"offset NaN", "a.nii", "vox_offset is nan",
     [] { std::string b = good_nifti().bytes(); return b.replace(108, 4, raw_bytes(std::nanf(""))); }},
    {"offset huge", "a.nii", "vox_offset is 999", [] { return nifti_with([](N& n) { n.vox_offset = 1e12; }); }},
    {"offset past the end", "a.nii", "the file ends before the voxels",
     [] { return nifti_with([](N& n) { n.vox_offset = 4000; }); }},
    {"extension size", "a.nii", "a header extension of 4096 bytes",
     [] { return nifti_with([](N& n) { n.extensions = extension_of_size(4096); }); }},
    {"extension odd", "a.nii", "a header extension of 17 bytes",
     [] { return nifti_with([](N& n) { n.extensions = extension_of_size(17); }); }},
    {"cut", "a.nii",
     "120 bytes of voxels expected from the header, 48 found\n  the file looks cut off; compare its size with the "
     "source and copy it again",
     [] { return good_nifti().bytes().substr(0, 400); }},
    {"too long", "a.nii", "120 bytes of voxels expected from the header, more found",
     [] { return good_nifti().bytes() + "x"; }},
    {"gz cut", "a.nii.gz", "cut off",
     [] { const std::string b = gzipped(good_nifti().bytes()); return b.substr(0, b.size() - 9); }},
    {"gz without length", "a.nii.gz", "ends without its end mark and checksum",
     [] { const std::string b = gzipped(good_nifti().bytes()); return b.substr(0, b.size() - 1); }},
    {"gz without trailer", "a.nii.gz", "ends without its end mark and checksum",
     [] { const std::string b = gzipped(good_nifti().bytes()); return b.substr(0, b.size() - 8); }},
    {"gz crc", "a.nii.gz", "incorrect data check",
     [] { std::string b = gzipped(good_nifti().bytes()); b[b.size() - 5] ^= 1; return b; }},
    {"gz length", "a.nii.gz", "incorrect length check",
     [] { std::string b = gzipped(good_nifti().bytes()); b[b.size() - 1] ^= 1; return b; }},
    {"gz trailing", "a.nii.gz", "5 bytes follow the end of the compressed stream",
     [] { return gzipped(good_nifti().bytes()) + std::string(5, '\0'); }},
    {"gz trailing member", "a.nii.gz", "more found",
     [] { return gzipped(good_nifti().bytes()) + gzipped("x"); }},
    {"gz half member", "a.nii.gz", "without its end mark",
     [] { return gzipped(good_nifti().bytes()) + "\x1f"; }},
    {"gz twice", "a.nii.gz", "it was compressed twice",
     [] { return gzipped(gzipped(good_nifti().bytes() + std::string(4096, 'x'))); }},
    {"not gz", "a.nii.gz", "the name says gzip, the first two bytes do not",
     [] { return good_nifti().bytes(); }},
    {"hidden gz", "a.nii", "is gzip-compressed, its name does not say so",
     [] { return gzipped(good_nifti().bytes()); }},
    {"mha not text", "a.mha", "header line 1 is no text", [] { return std::string(300, '\0'); }},
    {"mha no keys", "a.mha", "wanted \"Key = Value\"", [] { return std::string("hello\nworld\n"); }},
    {"mha no end", "a.mha", "does not end with an ElementDataFile line",
     [] { return std::string("ObjectType = Image\nNDims = 3\n"); }},
    {"mha endless line", "a.mha", "header line 1 is no text", [] { return std::string(2 << 20, 'x'); }},
    {"mha object", "a.mha", "ObjectType = Tube",
     [] { return metaimage_with([](M& m) { m.set("ObjectType", "Tube"); }); }},
    {"mha elsewhere", "a.mha", "the voxels are in another file",
     [] { return metaimage_with([](M& m) { m.set("ElementDataFile", "a.raw"); }); }},
    {"mha list", "a.mha", "the voxels are in another file",
     [] { return metaimage_with([](M& m) { m.set("ElementDataFile", "LIST"); }); }},
    {"mha five axes", "a.mha", "NDims = 5, wanted 2, 3 or 4",
     [] { return metaimage_with([](M& m) { m.set("NDims", "5"); }); }},
    {"mha dims", "a.mha", "DimSize = 5 4, wanted 3 numbers",
     [] { return metaimage_with([](M& m) { m.set("DimSize", "5 4"); }); }},
    {"mha dims too many", "a.mha", "wanted 3 numbers",
     [] { return metaimage_with([](M& m) { m.set("DimSize", "5 4 3 1"); }); }},
    {"mha dims no numbers", "a.mha", "wanted 3 numbers",
     [] { return metaimage_with([](M& m) { m.set("DimSize", "5 4 3x"); }); }},
    {"mha dims overflow", "a.mha", "wanted 3 numbers",
     [] { return metaimage_with([](M& m) { m.set("DimSize", "99999999999999999999 1 1"); }); }},
    {"mha huge", "a.mha", "at most 2 147 483 648 are accepted",
     [] { return metaimage_with([](M& m) { m.set("DimSize", "4000000000 4000000000 4000000000"); }); }},
    {"mha zero", "a.mha", "an axis without voxels",
     [] { return metaimage_with([](M& m) { m.set("DimSize", "5 0 3"); }); }},
    {"mha no size", "a.mha", "the header has no DimSize",
     [] { return metaimage_with([](M& m) { m.remove("DimSize"); }); }},
    {"mha twice", "a.mha", "DimSize occurs twice",
     [] { return metaimage_with([](M& m) { m.lines.insert(m.lines.begin(), {"DimSize", "1 1 1"}); }); }},
    {"mha type", "a.mha", "ElementType = MET_SHORT_ARRAY",
     [] { return metaimage_with([](M& m) { m.set("ElementType", "MET_SHORT_ARRAY"); }); }},
    {"mha long", "a.mha", "MET_LONG is read as 4 bytes; write the image again",
     [] { return metaimage_with([](M& m) { m.set("ElementType", "MET_LONG"); m.voxels += m.voxels + m.voxels; }); }},
    {"mha channels", "a.mha", "ElementNumberOfChannels = 3",
     [] { return metaimage_with([](M& m) { m.set("ElementNumberOfChannels", "3"); }); }},
    {"mha text voxels", "a.mha", "BinaryData = False",
     [] { return metaimage_with([](M& m) { m.set("BinaryData", "False"); }); }},
    {"mha flag", "a.mha", "CompressedData = Maybe, wanted True or False",
     [] { return metaimage_with([](M& m) { m.set("CompressedData", "Maybe"); }); }},
    {"mha skip", "a.mha", "HeaderSize = 7, wanted a place behind the header",
     [] { return metaimage_with([](M& m) { m.set("HeaderSize", "7"); }); }},
    {"mha skip too far", "a.mha", "HeaderSize = 70000, wanted a place behind the header",
     [] { return metaimage_with([](M& m) { m.set("HeaderSize", "70000"); }); }},
    {"mha skip odd", "a.mha", "HeaderSize = -2, wanted a place behind the header",
     [] { return metaimage_with([](M& m) { m.set("HeaderSize", "-2"); }); }},
    {"mha skip packed", "a.mha", "wanted 0 beside compressed voxels",
     [] { return metaimage_with([](M& m) { m.set("HeaderSize", "-1"); }, true); }},
    {"mha skip cut", "a.mha", "HeaderSize = -1, wanted a place behind the header",
     [] { return metaimage_with([](M& m) { m.set("HeaderSize", "-1"); m.voxels.resize(60); }); }},
    {"mha line without key", "a.mha", "header line 2 is \"and on it goes\", wanted \"Key = Value\"",
     [] { return "Comment = one\nand on it goes\n" + good_metaimage().bytes(); }},
    {"mha order", "a.mha", "DimSize stands before NDims",
     [] { return metaimage_with([](M& m) { std::swap(m.lines[1], m.lines[10]); }); }},
    {"mha type twice", "a.mha", "ElementType occurs twice, as MET_USHORT and as MET_SHORT",
     [] { return metaimage_with([](M& m) { m.lines.insert(m.lines.begin(), {"ElementType", "MET_USHORT"}); }); }},
    {"mha no compressed size", "a.mha", "the header has no CompressedDataSize",
     [] { return metaimage_with([](M& m) { m.set("CompressedData", "True"); }); }},
    {"mha scale", "a.mha", "ElementToIntensityFunctionSlope = 2",
     [] { return metaimage_with([](M& m) { m.set("ElementToIntensityFunctionSlope", "2"); }); }},
    {"mha unit", "a.mha", "DistanceUnits = um",
     [] { return metaimage_with([](M& m) { m.set("DistanceUnits", "um"); }); }},
    {"mha byte orders", "a.mha", "contradict each other",
     [] { return metaimage_with([](M& m) { m.set("ElementByteOrderMSB", "True"); }); }},
    {"mha no spacing", "a.mha", "the header has no ElementSpacing",
     [] { return metaimage_with([](M& m) { m.remove("ElementSpacing"); }); }},
    {"mha spacing NaN", "a.mha", "spacing along axis 2 is nan mm",
     [] { return metaimage_with([](M& m) { m.set("ElementSpacing", "1 nan 1"); }); }},
    {"mha spacing zero", "a.mha", "spacing along axis 1 is 0 mm",
     [] { return metaimage_with([](M& m) { m.set("ElementSpacing", "0 1 1"); }); }},
    {"mha origin", "a.mha", "the origin's coordinate 2 is inf",
     [] { return metaimage_with([](M& m) { m.set("Offset", "0 inf 0"); }); }},
    {"mha zero matrix", "a.mha", "the direction of axis 1 is (0, 0, 0)",
     [] { return metaimage_with([](M& m) { m.set("TransformMatrix", "0 0 0 0 0 0 0 0 0"); }); }},
    {"mha flat matrix", "a.mha", "axes 1 and 2 are not perpendicular",
     [] { return metaimage_with([](M& m) { m.set("TransformMatrix", "1 0 0 1 0 0 0 0 1"); }); }},
    {"mha long matrix", "a.mha", "the direction of axis 2 is (0, 2, 0)",
     [] { return metaimage_with([](M& m) { m.set("TransformMatrix", "1 0 0 0 2 0 0 0 1"); }); }},
    {"mha series", "a.mha", "a series of volumes",
     [] { return metaimage_with([](M& m) { m.set("NDims", "4").set("DimSize", "5 4 1 3"); }); }},
    {"mha cut", "a.mha", "120 bytes of voxels expected from the header, 100 found\n  the file looks cut off",
     [] { const std::string b = good_metaimage().bytes(); return b.substr(0, b.size() - 20); }},
    {"mha too long", "a.mha", "more found", [] { return good_metaimage().bytes() + "x"; }},
    {"mha zlib cut", "a.mha", "bytes of compressed voxels expected from the header (CompressedDataSize)",
     [] { const std::string b = good_metaimage(true).bytes(); return b.substr(0, b.size() - 20); }},
    {"mha zlib cut with its size", "a.mha", "ends without its end mark and checksum",
     [] { const std::string b = zlib_with_size_error(-1); return b.substr(0, b.size() - 1); }},
    {"mha zlib followed", "a.mha", "1 bytes follow the end of the compressed stream",
     [] { return zlib_with_size_error(1) + "x"; }},
    {"mha zlib trailing", "a.mha", "bytes of compressed voxels expected from the header (CompressedDataSize)",
     [] { return zlib_with_size_error(0) + "x"; }},
    {"mha zlib without size", "a.mha", "the header has no CompressedDataSize",
     [] { return metaimage_with([](M& m) { m.set("CompressedData", "True"); }); }},
    {"mha other object", "a.mha", "ObjectType = Tube, wanted Image",
     [] { return metaimage_with([](M& m) { m.set("ObjectType", "Tube"); }); }},
    {"bzip2", "a.nii.gz", "the content is bzip2", [] { return std::string("BZh91AY&SY") + std::string(400, 'x'); }},
    {"bzip2 plain", "a.nii", "the content is bzip2", [] { return std::string("BZh91AY&SY") + std::string(400, 'x'); }},
    {"xz", "a.nii.gz", "the content is xz", [] { return std::string("\xFD" "7zXZ") + std::string(400, 'x'); }},
    {"zstd", "a.nii.gz", "the content is zstd",
     [] { return std::string("\x28\xB5\x2F\xFD") + std::string(400, 'x'); }},
    {"zip", "a.nii.gz", "the content is a zip archive",
     [] { return std::string("PK\x03\x04") + std::string(400, 'x'); }},
    {"web page", "a.nii.gz", "the content is a web page",
     [] { return std::string("\n<!DOCTYPE html><html>") + std::string(400, 'x'); }},
    {"web page as mha", "a.mha", "the content is a web page",
     [] { return std::string("<html><body>sorry</body>\n") + std::string(400, 'x'); }},
    {"lfs pointer", "a.nii", "a pointer of git-lfs",
     [] { return std::string("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n"); }},
    {"dicom content", "a.nii", "the content is a DICOM file",
     [] { return std::string(128, '\0') + "DICM" + std::string(400, 'x'); }},
    {"nifti as mha", "a.mha", "the content is a NIfTI file", [] { return good_nifti().bytes(); }},
    {"mha as nifti", "a.nii", "the content is a MetaImage file", [] { return good_metaimage().bytes(); }},
    {"pair of nifti-2", "a.nii", "magic \"ni2\"",
     [] { return nifti_with([](N& n) { n.version = 2; n.magic = std::string("ni2\0\0\0\0\0", 8); }); }},
    {"extension junk", "a.nii", "a header extension of 0 bytes",
     [] { return nifti_with([](N& n) { n.extensions = std::string("\1\0\0\0", 4) + std::string(20, '\0') + "x" + std::string(11, '\0'); }); }},
    {"mha zlib adler", "a.mha", "incorrect data check",
     [] { std::string b = good_metaimage(true).bytes(); b.back() ^= 1; return b; }},
    {"mha zlib short", "a.mha", "120 bytes of voxels expected from the header, 100 found",
     [] { return metaimage_with([](M& m) { m.voxels.resize(100); }, true); }},
    {"mha zlib long", "a.mha", "more found",
     [] { return metaimage_with([](M& m) { m.voxels += "xx"; }, true); }},
    {"mha gzip", "a.mha", "is gzip-compressed", [] { return gzipped(good_metaimage().bytes()); }},
    {"mhd", "a.mhd", "one .mha or .nii.gz file", [] { return good_metaimage().bytes(); }},
    {"hdr", "a.hdr", "convert the pair to one .nii.gz file", [] { return good_nifti().bytes(); }},
    {"dicom", "a.dcm", "DICOM series", [] { return std::string(300, 'x'); }},
    {"nrrd", "a.nrrd", "does not end in .nii, .nii.gz or .mha", [] { return std::string(300, 'x'); }},
};
// clang-format on

TEST(Gate, RefusesWithPlaceReasonAndNextStep) {
  TempFolder folder;
  for (const Refused& file : kRefused) {
    EXPECT_THAT(refusal(folder.write(file.file, file.make())), HasSubstr(file.message)) << file.name;
  }
}

TEST(Gate, RefusesWhatIsNoFile) {
  TempFolder folder;
  EXPECT_THAT(refusal(folder / "missing.nii"), HasSubstr("cannot be opened (No such file or directory)"));
  std::filesystem::create_directory(folder / "folder.nii");
  EXPECT_THAT(refusal(folder / "folder.nii"), HasSubstr("is not a regular file"));
  ASSERT_EQ(mkfifo((folder / "pipe.nii").c_str(), 0600), 0);
  EXPECT_THAT(refusal(folder / "pipe.nii"), HasSubstr("is not a regular file"));
}

TEST(Gate, HonorsTheVoxelLimit) {
  TempFolder folder;
  const auto path = folder.write("a.nii", good_nifti().bytes());
  EXPECT_EQ(refusal(path, {.max_voxels = 60}), "");
  EXPECT_THAT(refusal(path, {.max_voxels = 59}), HasSubstr("5x4x3 voxels, at most 59 are accepted"));
}

TEST(Gate, GroupsDigitsAsThePeopleWhoReadThemDo) {
  TempFolder folder;
  NiftiBuilder nifti;
  nifti.set_size(512, 512, 100).set_voxels(std::vector<int16_t>(100000));
  EXPECT_THAT(refusal(folder.write("a.nii.gz", gzipped(nifti.bytes()))),
              HasSubstr("52 428 800 bytes of voxels expected from the header, 200 000 found"));
}

// A few kilobytes that unpack to much more than the header promises. The gate must not follow: if it did, it
// would come to the wrong checksum at the end and complain about that.
TEST(Gate, StopsInflatingWhereTheHeaderEnds) {
  TempFolder folder;
  std::string bytes = gzipped(good_nifti().bytes().append(size_t{1} << 25, '\0'));
  ASSERT_LT(bytes.size(), 40000u);
  bytes[bytes.size() - 5] ^= 1;
  EXPECT_THAT(refusal(folder.write("a.nii.gz", bytes)), HasSubstr("more found"));
}

}  // namespace
}  // namespace synerbench
