// Damaged files of every kind, made from good ones. What the formats protect (gzip and zlib streams) must
// never come through changed; what they do not protect must come through consistent or not at all.
#include <gmock/gmock.h>

#include <cmath>
#include <optional>

#include "harness/core/file.h"
#include "tests/data/damage.h"

namespace synerbench {
namespace {

using namespace testing;
using ::testing::HasSubstr;

/// Accepted: nullopt is a refusal with code, place and hint in order; anything else thrown fails the test.
std::optional<VerifiedFile> gate_verdict(const std::filesystem::path& path) {
  try {
    return verify_image_file(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput) << error.what();
    EXPECT_EQ(error.place(), path.string());
    EXPECT_FALSE(error.hint().empty()) << error.what();
  }
  return std::nullopt;
}

void expect_consistent(const VerifiedFile& file) {
  const Geometry& g = file.geometry;
  int64_t count = 1;
  for (size_t axis = 0; axis < 3; ++axis) {
    EXPECT_GE(g.size[axis], 1);
    EXPECT_GE(g.spacing[axis], 1e-4);
    EXPECT_LE(g.spacing[axis], 1e4);
    EXPECT_LE(std::abs(g.origin[axis]), 1e6);
    count *= g.size[axis];
  }
  EXPECT_EQ(count, file.values.count);
  EXPECT_LT(grid_distance(g, g), 1e-3);
  EXPECT_EQ(axes_of(g).size(), 3u);
  EXPECT_EQ(file.file_bytes, static_cast<int64_t>(std::filesystem::file_size(file.path)));
  EXPECT_EQ(file.sha256, sha256_file(file.path));
  EXPECT_TRUE(std::isfinite(file.slope) && std::isfinite(file.intercept));
  EXPECT_FALSE(file.stored_type.empty());
}

bool same_content(const VerifiedFile& a, const VerifiedFile& b) {
  return a.geometry.size == b.geometry.size && a.geometry.spacing == b.geometry.spacing &&
         a.geometry.origin == b.geometry.origin && a.geometry.direction == b.geometry.direction &&
         a.stored_type == b.stored_type && a.values.weighted_sum == b.values.weighted_sum &&
         a.values.sum == b.values.sum && a.slope == b.slope && a.intercept == b.intercept;
}

TEST(DamagedFile, GoodSamplesAreAccepted) {
  TempFolder folder;
  for (const SampleFile& sample : sample_files()) {
    const auto file = gate_verdict(folder.write(sample.name, sample.bytes));
    ASSERT_TRUE(file) << sample.name;
    expect_consistent(*file);
  }
}

TEST(DamagedFile, CutAnywhereIsRefused) {
  TempFolder folder;
  for (const SampleFile& sample : sample_files()) {
    for (size_t length = 0; length < sample.bytes.size(); ++length) {
      EXPECT_FALSE(gate_verdict(folder.write(sample.name, sample.bytes.substr(0, length))))
          << sample.name << " cut to " << length;
    }
  }
}

TEST(DamagedFile, CutBehindItsHeaderIsCalledCutOff) {
  TempFolder folder;
  for (const SampleFile& sample : sample_files()) {
    const std::string bytes = sample.bytes.substr(0, sample.bytes.size() - 3);
    EXPECT_THAT(refusal(folder.write(sample.name, bytes)), HasSubstr("the file looks cut off"))
        << sample.name;
  }
}

TEST(DamagedFile, FollowedByAnythingIsRefused) {
  TempFolder folder;
  for (const SampleFile& sample : sample_files()) {
    for (const std::string& tail :
         {std::string("x"), std::string(1, '\0'), std::string(1000, '\0'), sample.bytes}) {
      EXPECT_FALSE(gate_verdict(folder.write(sample.name, sample.bytes + tail))) << sample.name;
    }
  }
}

// Every single bit. The first ten bytes of a gzip member hold a time stamp and the like, which change
// nothing.
TEST(DamagedFile, OneFlippedBitInACompressedStreamNeverChangesTheContent) {
  TempFolder folder;
  for (const SampleFile& sample : sample_files()) {
    const bool gzip = sample.name.ends_with(".gz");
    if (!gzip && sample.bytes.find("CompressedData = True") == std::string::npos) continue;
    const std::string end = "ElementDataFile = LOCAL\n";
    const size_t begin = gzip ? 0 : sample.bytes.find(end) + end.size();
    const auto good = gate_verdict(folder.write(sample.name, sample.bytes));
    ASSERT_TRUE(good);
    size_t refused = 0, accepted = 0;
    for (size_t bit = 8 * begin; bit < 8 * sample.bytes.size(); ++bit) {
      std::string bytes = sample.bytes;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      const auto file = gate_verdict(folder.write(sample.name, bytes));
      ++(file ? accepted : refused);
      EXPECT_TRUE(!file || same_content(*good, *file)) << sample.name << " bit " << bit;
    }
    EXPECT_GT(refused, 10 * accepted) << sample.name;
  }
}

TEST(DamagedFile, OneFlippedBitInAHeaderLeavesAConsistentFileOrNone) {
  TempFolder folder;
  for (const SampleFile& sample : sample_files()) {
    if (sample.name.ends_with(".gz")) continue;
    for (size_t bit = 0; bit < 8 * sample.bytes.size(); ++bit) {
      std::string bytes = sample.bytes;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      if (const auto file = gate_verdict(folder.write(sample.name, bytes))) expect_consistent(*file);
    }
  }
}

// The same mutants every time; a failure names the one that fails.
TEST(DamagedFile, MutantsAreConsistentOrRefused) {
  TempFolder folder;
  const auto samples = sample_files();
  int accepted = 0;
  for (uint64_t seed = 0; seed < 12000; ++seed) {
    Random random(seed);
    const SampleFile& sample = samples[seed % samples.size()];
    const SampleFile& donor = samples[random.below(samples.size())];
    std::string bytes;
    if (sample.name.ends_with(".gz") && seed % 3 == 0) {  // damage before compression: the stream is sound
      bytes = gzipped(mutated(samples[seed % 2].bytes, donor.bytes, random));
    } else {
      bytes = mutated(sample.bytes, donor.bytes, random);
    }
    const auto file = gate_verdict(folder.write(sample.name, bytes));
    if (file) {
      ++accepted;
      expect_consistent(*file);
    }
    ASSERT_FALSE(HasFailure()) << sample.name << ", seed " << seed;
  }
  EXPECT_GT(accepted, 100);  // the mutants are no mere noise
  EXPECT_LT(accepted, 11000);
}

}  // namespace
}  // namespace synerbench
