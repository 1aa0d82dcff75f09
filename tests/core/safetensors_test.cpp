#include "harness/core/safetensors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "tests/support/growth.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing_support::growth_over_ten_times;
using testing_support::kNotQuadratic;

struct Sample {
  std::vector<float> floats = std::vector<float>(6);
  std::vector<int16_t> shorts{1, -2, 3};
  std::vector<uint8_t> bytes{7};
  Sample() { std::iota(floats.begin(), floats.end(), 0.5f); }
  std::vector<TensorToWrite> tensors() {
    return {{"mask", DType::kU8, {1}, bytes_of(std::span(bytes))},
            {"ct", DType::kI16, {3}, bytes_of(std::span(shorts))},
            {"mr", DType::kF32, {2, 3}, bytes_of(std::span(floats))}};
  }
};

std::string with_header(const std::string& header, const std::string& data = "") {
  const uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), 8) + header + data;
}

std::string problem_of(const std::string& bytes) {
  TempFolder folder;
  write_file(folder / "x.safetensors", bytes);
  try {
    SafetensorsFile file(folder / "x.safetensors");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    return error.problem();
  }
  return "none";
}

TEST(Safetensors, RoundTripsTypesShapesAndMetadata) {
  TempFolder folder;
  Sample sample;
  write_safetensors(folder / "a.safetensors", sample.tensors(), {{"k", "v"}});
  const SafetensorsFile file(folder / "a.safetensors");
  EXPECT_EQ(file.names(), (std::vector<std::string>{"ct", "mask", "mr"}));
  EXPECT_EQ(file.at("mr").shape, (std::vector<int64_t>{2, 3}));
  const auto floats = file.at("mr").as<float>();
  EXPECT_TRUE(std::equal(floats.begin(), floats.end(), sample.floats.begin()));
  EXPECT_EQ(file.at("ct").as<int16_t>()[1], -2);
  EXPECT_EQ(file.metadata().at("k"), "v");
  EXPECT_THROW(file.at("ct").as<float>(), std::logic_error);
  EXPECT_THROW(file.at("cct"), Error);
}

TEST(Safetensors, EqualInputGivesEqualBytes) {
  TempFolder folder;
  Sample sample;
  write_safetensors(folder / "a", sample.tensors());
  write_safetensors(folder / "b", sample.tensors());
  EXPECT_EQ(read_file(folder / "a"), read_file(folder / "b"));
}

TEST(Safetensors, AlignsEveryTensorToItsType) {
  TempFolder folder;
  Sample sample;
  write_safetensors(folder / "a", sample.tensors());
  const SafetensorsFile file(folder / "a");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.at("mr").bytes.data()) % 4, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.at("ct").bytes.data()) % 2, 0u);
}

TEST(Safetensors, RefusesWhatIsDamaged) {
  const std::string good = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  EXPECT_EQ(problem_of(with_header(good, "xy")), "none");
  EXPECT_EQ(problem_of("abc"), "3 bytes; a safetensors file has at least 8");
  EXPECT_EQ(problem_of(with_header(good, "x")), "tensor \"a\" ends at byte 2 of the data, 1 bytes found");
  EXPECT_EQ(problem_of(with_header(good, "xyz")), "2 bytes of data expected, 3 found");
  EXPECT_EQ(problem_of(with_header(R"({"a":{"dtype":"U9","shape":[2],"data_offsets":[0,2]}})", "xy")),
            "tensor \"a\": unknown dtype \"U9\"");
  EXPECT_EQ(problem_of(with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,2]}})", "xy")),
            "tensor \"a\": 8 bytes expected from dtype and shape, offsets 0 .. 2 given");
  EXPECT_EQ(problem_of(with_header(
                R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,2]}})", "xy")),
            "tensor \"a\": its shape is absurd");
  EXPECT_EQ(problem_of(with_header(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "xy")),
            "tensor \"a\" starts at byte 1, 0 expected (gap or overlap)");
  EXPECT_EQ(problem_of(with_header(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", "x")),
            "tensor \"a\": dtype, shape and two data_offsets are wanted");
}

// The first bytes are the header's length, and a length may be any bytes: 640 is 80 02, as a pickle begins,
// and 0x4B50 is "PK", as a zip archive does.
TEST(Safetensors, AHeaderOfAnyLengthIsRead) {
  const TempFolder folder;
  const std::string start = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  std::vector<size_t> refused;
  for (size_t length = start.size(); length <= 20'000; ++length) {
    const auto path = folder.write("x", with_header(start + std::string(length - start.size(), ' '), "xy"));
    try {
      const SafetensorsFile file(path);
      ASSERT_EQ(file.at("a").bytes.size(), 2u) << length;
    } catch (const Error&) {
      refused.push_back(length);
    }
  }
  EXPECT_EQ(refused, std::vector<size_t>());
}

TEST(Safetensors, OfOurOwnMakingAreReadAtAnyLengthOfTheHeader) {
  const TempFolder folder;
  Sample sample;
  for (size_t padding = 0; padding < 1500; padding += 8) {  // headers are filled up to a multiple of 8
    write_safetensors(folder / "a", sample.tensors(), {{"k", std::string(padding, 'x')}});
    ASSERT_NO_THROW(SafetensorsFile{folder / "a"}) << padding;
  }
}

TEST(Safetensors, PicklesOfEveryProtocolAndNothingElseAreCalledPickles) {
  for (const std::string bytes : {"\x80\x02}q", "\x80\x03}q", "\x80\x04\x95", "\x80\x05\x95", "PK\x03\x04",
                                  "\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."}) {
    EXPECT_EQ(problem_of(bytes + "rest of the archive, long enough"),
              "this is a pickle (PyTorch .pt/.pth/.ckpt), safetensors is wanted");
  }
  EXPECT_EQ(problem_of(with_header("no object")), "the header does not begin with \"{\"");
  EXPECT_EQ(problem_of(std::string(8, '\0')), "the header does not begin with \"{\"");
}

// Seconds would mean that one of the steps is quadratic; a minute is what it took.
TEST(Safetensors, AHeaderOfManyTensorsCostsInProportion) {
  const TempFolder folder;
  const auto read = [&](int tensors) {
    std::string header = "{";
    for (int i = 0; i < tensors; ++i)
      header += fmt::format("{}\"t{}\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[{},{}]}}",
                            i ? "," : "", i, i, i + 1);
    const SafetensorsFile file(
        folder.write("x", with_header(header + "}", std::string(static_cast<size_t>(tensors), 'x'))));
    EXPECT_EQ(file.names().size(), static_cast<size_t>(tensors));
    try {
      file.at("absent");
      ADD_FAILURE() << "no exception";
    } catch (const Error& error) {
      EXPECT_LT(std::string(error.what()).size(), 4000u);
    }
  };
  EXPECT_LT(growth_over_ten_times(read, 10'000), kNotQuadratic);
}

TEST(Safetensors, ATensorThatAppearsTwiceIsRefused) {
  const std::string entry = R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]})";
  EXPECT_EQ(problem_of(with_header("{" + entry + "," + entry + "}", "xy")),
            "this key appears twice in one object");
}

TEST(Safetensors, TheHashOfWhatWasWrittenIsThatOfTheFile) {
  const TempFolder folder;
  Sample sample;
  std::string sha256;
  write_safetensors(folder / "a", sample.tensors(), {{"k", "v"}}, &sha256);
  EXPECT_EQ(sha256, sha256_file(folder / "a"));
  EXPECT_EQ(sha256, SafetensorsFile(folder / "a").sha256());
}

TEST(Safetensors, TheHashOfTheContentSeesNamesTypesShapesAndValues) {
  Sample sample;
  auto tensors = sample.tensors();
  const std::string before = content_sha256(tensors);
  EXPECT_EQ(content_sha256(tensors), before);
  tensors[2].shape = {3, 2};
  EXPECT_NE(content_sha256(tensors), before);
  tensors[2].shape = {2, 3};
  tensors[0].name = "mas";
  EXPECT_NE(content_sha256(tensors), before);
  tensors[0].name = "mask";
  sample.floats[5] += 1;
  EXPECT_NE(content_sha256(tensors), before);
}

TEST(Safetensors, AFileReadAsAWholeOutlivesItsOwnersChanges) {
  const TempFolder folder;
  Sample sample;
  write_safetensors(folder / "a", sample.tensors());
  const SafetensorsFile file = SafetensorsFile::read_whole(folder / "a");
  std::filesystem::resize_file(folder / "a", 0);  // a mapped file would end the process here
  EXPECT_EQ(file.at("mr").as<float>()[0], 0.5f);
}

TEST(Safetensors, RefusesPicklesWithTheWayToConvert) {
  TempFolder folder;
  write_file(folder / "m.pt", std::string("PK\x03\x04rest-of-a-zip"));
  try {
    SafetensorsFile file(folder / "m.pt");
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("safetensors.torch.save_file"), std::string::npos);
  }
}

TEST(Safetensors, HeaderOnlyFilesCanBeInspected) {
  TempFolder folder;
  write_file(folder / "h",
             with_header(R"({"a":{"dtype":"BF16","shape":[1000000,1000],"data_offsets":[0,2000000000]}})"));
  EXPECT_THROW(SafetensorsFile(folder / "h"), Error);
  EXPECT_EQ(SafetensorsFile::open_header(folder / "h").at("a").count(), 1000000000);
}

TEST(Safetensors, AnyMutatedByteIsRefusedOrHarmless) {
  TempFolder folder;
  Sample sample;
  write_safetensors(folder / "a", sample.tensors());
  const std::string good = read_file(folder / "a");
  Random random(1);
  for (int trial = 0; trial < 400; ++trial) {
    std::string bad = good;
    bad[random.below(bad.size())] = static_cast<char>(random.below(256));
    write_file(folder / "b", bad);
    try {
      const SafetensorsFile file(folder / "b");
      for (const auto& name : file.names()) {
        const auto view = file.at(name);
        EXPECT_EQ(static_cast<size_t>(view.count()) * size_of(view.dtype), view.bytes.size());
      }
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace synerbench
