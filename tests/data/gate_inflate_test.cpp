// Compressed voxels: whatever way they were packed, what is inside is what counts. What is wrong is found by
// whichever library looks. Nothing is unpacked that the header does not ask for. See Note [Two inflaters].
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "harness/data/detail/byte_source.h"
#include "tests/data/gate_fixture.h"

namespace synerbench {
namespace {

using namespace testing;
using ::testing::HasSubstr;

std::string packed(const std::string& bytes, int window_bits, int level, int strategy, int memory = 8) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, window_bits, memory, strategy), Z_OK);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A volume of sixty thousand voxels: noise, a ramp and a constant part.
NiftiBuilder some_nifti() {
  Random random(3);
  std::vector<int16_t> voxels(40 * 30 * 50);
  for (size_t i = 0; i < voxels.size(); ++i)
    voxels[i] = static_cast<int16_t>(i % 3 == 0 ? random.below(2000) : i % 3 == 1 ? i / 40 : 5);
  return NiftiBuilder().set_size(40, 30, 50).set_voxels(voxels);
}

void expect_same_values(const VerifiedFile& a, const VerifiedFile& b, const std::string& what) {
  EXPECT_EQ(a.values.count, b.values.count) << what;
  EXPECT_EQ(a.values.minimum, b.values.minimum) << what;
  EXPECT_EQ(a.values.maximum, b.values.maximum) << what;
  EXPECT_EQ(a.values.weighted_sum, b.values.weighted_sum) << what;
  EXPECT_EQ(a.sha256, sha256_file(a.path)) << what;
  EXPECT_EQ(a.file_bytes, static_cast<int64_t>(std::filesystem::file_size(a.path))) << what;
}

TEST(GateInflate, GivesTheSameVoxelsForEveryWayOfPacking) {
  TempFolder folder;
  const std::string bytes = some_nifti().bytes();
  const VerifiedFile raw = verify_image_file(folder.write("raw.nii", bytes));
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
    for (const int level : {0, 1, 6, 9}) {
      for (const int window : {9, 15}) {
        const std::string what = fmt::format("strategy {} level {} window {}", strategy, level, window);
        const auto path =
            folder.write("packed.nii.gz", packed(bytes, window + 16, level, strategy, 1 + level % 9));
        expect_same_values(verify_image_file(path), raw, what);
      }
    }
  }
}

TEST(GateInflate, GivesTheSameVoxelsForMetaImage) {
  TempFolder folder;
  Random random(4);
  std::vector<float> voxels(40 * 30 * 20);
  for (float& value : voxels) value = static_cast<float>(random.normal());
  const Geometry grid = plain_grid({40, 30, 20});
  const VerifiedFile raw =
      verify_image_file(folder.write("raw.mha", MetaImageBuilder::of(grid, voxels).bytes()));
  const VerifiedFile zipped =
      verify_image_file(folder.write("packed.mha", MetaImageBuilder::of(grid, voxels, true).bytes()));
  expect_same_values(zipped, raw, "zlib");
}

TEST(GateInflate, JoinsMembersHoweverTheyAreCut) {
  TempFolder folder;
  const std::string bytes = some_nifti().bytes();
  const VerifiedFile raw = verify_image_file(folder.write("raw.nii", bytes));
  const auto expect_joined = [&](const std::string& file, const std::string& what) {
    expect_same_values(verify_image_file(folder.write("members.nii.gz", file)), raw, what);
  };
  for (const size_t cut :
       {size_t{1}, size_t{348}, size_t{352}, size_t{353}, bytes.size() / 2, bytes.size() - 1})
    expect_joined(gzipped(bytes.substr(0, cut)) + gzipped(bytes.substr(cut)), fmt::format("cut at {}", cut));
  std::string many;
  for (size_t at = 0; at < bytes.size(); at += 7000) many += gzipped(bytes.substr(at, 7000));
  expect_joined(many, "many");
  // The last member's length field is that of the whole file, as if there were one member.
  expect_joined(gzipped("") + gzipped(bytes), "an empty member first");
  expect_joined(gzipped(bytes) + gzipped(""), "an empty member last");
}

TEST(GateInflate, ChecksEveryMember) {
  TempFolder folder;
  const std::string bytes = some_nifti().bytes();
  const std::string first = gzipped(bytes.substr(0, 1000)), second = gzipped(bytes.substr(1000));
  const auto verdict = [&](std::string file, size_t flipped) {
    file[flipped] = static_cast<char>(file[flipped] ^ 0x10);
    return refusal(folder.write("members.nii.gz", file));
  };
  EXPECT_THAT(verdict(first + second, first.size() - 5), HasSubstr("incorrect data check"));
  EXPECT_THAT(verdict(first + second, first.size() - 1), HasSubstr("incorrect length check"));
  EXPECT_THAT(verdict(first + second, first.size() + second.size() - 5), HasSubstr("incorrect data check"));
  EXPECT_THAT(verdict(first + second, first.size() + second.size() - 1), HasSubstr("incorrect length check"));
  EXPECT_THAT(verdict(first + second, first.size() + 1), HasSubstr("incorrect header check"));
  EXPECT_THAT(refusal(folder.write("members.nii.gz", first + second + gzipped("x"))),
              HasSubstr("more found"));
  EXPECT_THAT(refusal(folder.write("members.nii.gz", first + second + std::string(3, '\0'))),
              HasSubstr("3 bytes follow the end of the compressed stream"));
  EXPECT_THAT(refusal(folder.write("members.nii.gz", first)),
              HasSubstr("expected from the header, 648 found"));
}

TEST(GateInflate, ReadsEveryFieldOfAGzipHeaderAndChecksItsChecksum) {
  TempFolder folder;
  const std::string bytes = some_nifti().bytes();
  const VerifiedFile raw = verify_image_file(folder.write("raw.nii", bytes));
  const std::string body = gzipped(bytes).substr(10);
  const auto header = [](char flags, const std::string& fields) {
    return std::string("\x1f\x8b\x08", 3) + flags + std::string("\0\0\0\0\0\x03", 6) + fields;
  };
  const std::string extra("\x04\0abcd", 6), name("scan.nii\0", 9), comment("made by hand\0", 13);
  const std::string full = header('\x1e', extra + name + comment);
  const auto checksum = static_cast<uint16_t>(
      crc32(0, reinterpret_cast<const Bytef*>(full.data()), static_cast<uInt>(full.size())));
  const auto verified = [&](const std::string& file) {
    return verify_image_file(folder.write("fields.nii.gz", file));
  };
  expect_same_values(verified(header('\x08', name) + body), raw, "a name");
  expect_same_values(verified(header('\x1c', extra + name + comment) + body), raw, "all but a checksum");
  expect_same_values(verified(full + raw_bytes(checksum) + body), raw, "all");
  const auto wrong = static_cast<uint16_t>(checksum ^ 1);
  EXPECT_THAT(refusal(folder.write("fields.nii.gz", full + raw_bytes(wrong) + body)),
              HasSubstr("header crc mismatch"));
  EXPECT_THAT(refusal(folder.write("fields.nii.gz", header('\x20', "") + body)),
              HasSubstr("unknown header flags set"));
}

/// Runs `action` with no more than `bytes` of address space to come; an allocation beyond that throws.
void within(int64_t bytes, const std::function<void()>& action) {
  std::ifstream statm("/proc/self/statm");
  int64_t pages = 0;
  ASSERT_TRUE(statm >> pages);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit limit = before;
  limit.rlim_cur = static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE) + bytes);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  EXPECT_NO_THROW(action());
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
}

constexpr int64_t kLittle = int64_t{16} << 20;

// A bomb whose header is honest about a small image: the megabytes behind it are not unpacked.
TEST(GateInflate, AStreamThatGoesOnIsRefusedWithoutUnpackingIt) {
  TempFolder folder;
  std::string file =
      packed(good_nifti().bytes() + std::string(size_t{200} << 20, '\0'), 15 + 16, 1, Z_DEFAULT_STRATEGY);
  ASSERT_LT(file.size(), size_t{2} << 20);
  const auto one = folder.write("bomb.nii.gz", file);
  file.replace(file.size() - 4, 4, raw_bytes(static_cast<uint32_t>(good_nifti().bytes().size())));
  const auto liar = folder.write("liar.nii.gz", file);  // its length field fits the header
  within(kLittle, [&] {
    EXPECT_THAT(refusal(one), HasSubstr("120 bytes of voxels expected from the header, more found"));
    EXPECT_THAT(refusal(liar), HasSubstr("120 bytes of voxels expected from the header, more found"));
  });
}

// The other way round: header and length field promise much, the file is small.
TEST(GateInflate, WhatAHeaderPromisesIsNotAllocatedForATinyFile) {
  TempFolder folder;
  NiftiBuilder nifti = good_nifti();
  nifti.set_size(500, 500, 500);  // 250 MB, below the limit of what is unpacked as a whole
  std::string file = gzipped(nifti.bytes());
  const uint32_t promised = 352 + 500 * 500 * 500 * 2;
  static_assert(promised < detail::kWholeUnpackedBytes);
  file.replace(file.size() - 4, 4, raw_bytes(promised));
  const auto path = folder.write("promise.nii.gz", file);
  within(kLittle, [&] {
    // zlib compares the length field at the end of the stream, before the gate counts voxels.
    EXPECT_THAT(refusal(path), HasSubstr("incorrect length check"));
  });
}

// More inside than may be held: one buffer, however well it is packed.
TEST(GateInflate, ALargeFileGoesThroughOneBuffer) {
  TempFolder folder;
  NiftiBuilder nifti = good_nifti();
  nifti.set_size(1024, 1024, 130);
  nifti.voxels.assign(size_t{1024} * 1024 * 130 * 2, '\0');
  ASSERT_GT(static_cast<int64_t>(nifti.voxels.size()), detail::kWholeUnpackedBytes);
  const auto path = folder.write("large.nii.gz", packed(nifti.bytes(), 15 + 16, 1, Z_DEFAULT_STRATEGY));
  nifti.voxels = {};
  within(kLittle, [&] {
    const VerifiedFile file = verify_image_file(path);
    EXPECT_EQ(file.values.count, int64_t{1024} * 1024 * 130);
  });
}

}  // namespace
}  // namespace synerbench
