// Weights as they are handed on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/half.h"
#include "harness/core/lineage.h"
#include "harness/train/pack.h"
#include "harness/train/weights.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

class Pack : public testing::Test {
 protected:
  /// A weights folder with a network for synthesis, one that only training needs, a log and a tokenizer.
  void make(const std::filesystem::path& folder, const std::string& task, float scale = 1) {
    std::filesystem::create_directories(folder);
    std::vector<float> values{0.5f, -1.0f / 3, 1e-9f, 1000.25f};
    for (float& value : values) value *= scale;
    const std::vector<int64_t> counter{7};
    Json networks = Json::object();
    for (const char* name : {"G", "D"}) {
      std::string sha256;
      write_safetensors(folder / (std::string(name) + ".safetensors"),
                        {{"conv.weight", DType::kF32, {2, 2}, bytes_of(std::span<const float>(values))},
                         {"bn.count", DType::kI64, {1}, bytes_of(std::span<const int64_t>(counter))}},
                        {{"format", "pt"}}, &sha256);
      networks[name] = {{"file", std::string(name) + ".safetensors"},
                        {"sha256", sha256},
                        {"parameters", 4},
                        {"inference", std::string(name) == "G"}};
    }
    write_file(folder / "log.jsonl", "{}\n");
    write_file(folder / "vocab.json", "{\"a\": 1}");
    write_json(folder / "config.json", {{"schema", "synerbench/weights"},
                                        {"schema_version", 1},
                                        {"method", "m"},
                                        {"task", task},
                                        {"config", {{"ngf", 8}}},
                                        {"networks", networks},
                                        {"training", {{"updates", 9}, {"images_seen", 36}, {"seed", 2}}}});
  }
  TempFolder temp_;
};

TEST_F(Pack, KeepsWhatSynthesisNeedsInHalfTheBytes) {
  make(temp_ / "from", "brain-mr-to-ct");
  const auto packed = pack_weights(temp_ / "from", temp_ / "to");
  ASSERT_EQ(packed.size(), 1u);
  EXPECT_FALSE(path_exists(temp_ / "to/D.safetensors"));
  EXPECT_FALSE(path_exists(temp_ / "to/log.jsonl"));
  EXPECT_EQ(read_file(temp_ / "to/vocab.json"), "{\"a\": 1}");
  EXPECT_FALSE(path_exists(temp_ / "to.packing"));

  const WeightsConfig config = read_weights_config(temp_ / "to", "m");
  ASSERT_EQ(config.networks.size(), 1u);
  const SafetensorsFile file(config.checked_file("G"));
  EXPECT_EQ(file.at("conv.weight").dtype, DType::kF16);
  EXPECT_EQ(file.at("conv.weight").shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(file.at("bn.count").as<int64_t>()[0], 7);
  EXPECT_EQ(file.metadata().at("format"), "pt");
  const std::vector<float> values = to_floats(file.at("conv.weight"));
  EXPECT_EQ(values[0], 0.5f);
  EXPECT_NEAR(values[1], -1.0 / 3, std::ldexp(1.0, -13));
  EXPECT_EQ(values[2], 0.0f) << "below half of the smallest, 6e-8";
  EXPECT_EQ(values[3], 1000.0f) << "a tie goes to even: 1000.25 lies between 1000 and 1000.5";
  EXPECT_DOUBLE_EQ(packed[0].worst, 0.25 / 1000.25);
  EXPECT_EQ(packed[0].sha256, config.sha256());
  EXPECT_LT(packed[0].bytes, packed[0].bytes_before);

  const Json json = read_json(temp_ / "to/config.json");
  EXPECT_EQ(json["packed"]["dtype"], "F16");
  EXPECT_EQ(json["packed"]["sha256"], read_weights_config(temp_ / "from", "m").sha256());
  EXPECT_EQ(json["training"], read_json(temp_ / "from/config.json")["training"]);
}

TEST_F(Pack, KeepsTheLineageAndNamesThePackedWeightsInIt) {
  make(temp_ / "from", "t");
  Json config = read_json(temp_ / "from/config.json");
  Lineage lineage;
  TrainingOrigin origin;
  origin.model = "m";
  origin.weights_sha256 = read_weights_config(temp_ / "from", "m").sha256();
  origin.samples = {SampleKind::kSynthesis};
  lineage.trainings.push_back(origin);
  config["lineage"] = to_json_with_scans(lineage, "");
  write_json(temp_ / "from/config.json", config);
  ASSERT_TRUE(read_weights_config(temp_ / "from", "m").lineage);
  pack_weights(temp_ / "from", temp_ / "to");
  const WeightsConfig packed = read_weights_config(temp_ / "to", "m");
  ASSERT_TRUE(packed.lineage);
  EXPECT_EQ(packed.lineage->trainings.front().weights_sha256, packed.sha256());
  EXPECT_TRUE(packed.lineage->trainings.front().learned(SampleKind::kSynthesis));
}

TEST_F(Pack, NamesNoPlaceOfTheMachineThatTrained) {
  make(temp_ / "from", "t");
  Json config = read_json(temp_ / "from/config.json");
  config["config"] = {{"base", "/home/somebody/models/bagel/"},
                      {"base_sha256", std::string(64, 'a')},
                      {"autoencoder", {{"from", "../weights/vqgan.safetensors"}, {"kind", "f4"}}},
                      {"tasks", {"brain-mr-to-ct"}}};
  write_json(temp_ / "from/config.json", config);
  pack_weights(temp_ / "from", temp_ / "to");
  EXPECT_EQ(read_weights_config(temp_ / "to", "m").config,
            Json({{"base", "bagel"},
                  {"base_sha256", std::string(64, 'a')},
                  {"autoencoder", {{"from", "vqgan.safetensors"}, {"kind", "f4"}}},
                  {"tasks", {"brain-mr-to-ct"}}}));
}

TEST_F(Pack, MakesTheSameBytesAgainAndStaysEqualWhenPackedTwice) {
  make(temp_ / "from", "t");
  pack_weights(temp_ / "from", temp_ / "a");
  pack_weights(temp_ / "from", temp_ / "b");
  pack_weights(temp_ / "a", temp_ / "again");
  for (const char* name : {"config.json", "G.safetensors"})
    EXPECT_EQ(read_file(temp_ / "a" / name), read_file(temp_ / "b" / name)) << name;
  EXPECT_EQ(read_file(temp_ / "again/G.safetensors"), read_file(temp_ / "a/G.safetensors"));
}

TEST_F(Pack, TakesAFolderPerTask) {
  make(temp_ / "from/second", "second", 2);
  make(temp_ / "from/first", "first");
  write_file(temp_ / "from/notes.txt", "x");
  const auto packed = pack_weights(temp_ / "from", temp_ / "to", {DType::kBF16});
  ASSERT_EQ(packed.size(), 2u);
  EXPECT_EQ(packed[0].folder, "first");
  EXPECT_EQ(read_weights_config(temp_ / "to/second", "m").tasks, std::vector<std::string>{"second"});
  const WeightsTree tree = read_weights_tree(temp_ / "to");
  EXPECT_EQ(tree.method, "m");
  ASSERT_EQ(tree.training.size(), 2u);
  EXPECT_EQ(tree.training[1]["updates"], 9);
  EXPECT_EQ(tree.training[1]["tasks"], Json::array({"second"}));
}

TEST_F(Pack, RefusesWithTheNextStepAndLeavesNothing) {
  EXPECT_THAT(error_of([&] { pack_weights(temp_ / "none", temp_ / "to"); }, ExitCode::kBadInput),
              HasSubstr("there is no such folder"));
  std::filesystem::create_directories(temp_ / "empty");
  EXPECT_THAT(error_of([&] { pack_weights(temp_ / "empty", temp_ / "to"); }, ExitCode::kBadInput),
              HasSubstr("no config.json"));
  make(temp_ / "large", "t", 1000);  // 1000250 is above 65504
  EXPECT_THAT(error_of([&] { pack_weights(temp_ / "large", temp_ / "to"); }, ExitCode::kBadInput),
              testing::AllOf(HasSubstr("conv.weight"), HasSubstr("bf16")));
  make(temp_ / "from", "t");
  write_file(temp_ / "taken/file", "x");
  EXPECT_THAT(error_of([&] { pack_weights(temp_ / "from", temp_ / "taken"); }),
              HasSubstr("is there already"));
  EXPECT_EQ(read_file(temp_ / "taken/file"), "x");
  write_file(temp_ / "from/G.safetensors", "damaged");
  EXPECT_THAT(error_of([&] { pack_weights(temp_ / "from", temp_ / "to"); }, ExitCode::kBadInput),
              HasSubstr("SHA-256"));
  EXPECT_FALSE(path_exists(temp_ / "to"));
  EXPECT_FALSE(path_exists(temp_ / "to.packing"));
}

// The second one would remove what the first one is writing.
TEST_F(Pack, LetsOneProcessAtATimeMakeAFolder) {
  make(temp_ / "from", "brain-mr-to-ct");
  {
    const FolderLock other(temp_ / "to.packing", "packing");
    write_file(temp_ / "to.packing/G.safetensors", "of the other one");
    EXPECT_THAT(error_of([&] { pack_weights(temp_ / "from", temp_ / "to"); }),
                HasSubstr("another packing is writing here"));
    EXPECT_EQ(read_file(temp_ / "to.packing/G.safetensors"), "of the other one");
  }
  pack_weights(temp_ / "from", temp_.path() / "to" / "");  // a kill left that; "to/" is the same folder
  EXPECT_TRUE(path_exists(temp_ / "to/G.safetensors"));
  EXPECT_FALSE(path_exists(temp_ / "to.packing"));
}

TEST_F(Pack, RefusesTwoMethodsInOneTree) {
  make(temp_ / "from/a", "a");
  make(temp_ / "from/b", "b");
  Json other = read_json(temp_ / "from/b/config.json");
  other["method"] = "other";
  write_json(temp_ / "from/b/config.json", other);
  EXPECT_THAT(error_of([&] { read_weights_tree(temp_ / "from"); }, ExitCode::kBadInput),
              HasSubstr("that of the folders before"));
}

TEST_F(Pack, AFlippedByteInAnyFolderIsFoundWithBothHashes) {
  make(temp_ / "from/a", "a");
  make(temp_ / "from/b", "b");
  EXPECT_NO_THROW(require_sound_weights(temp_ / "from")) << "sound weights";
  pack_weights(temp_ / "from", temp_ / "to");
  EXPECT_NO_THROW(require_sound_weights(temp_ / "to"));
  const auto file = temp_ / "to/b/G.safetensors";
  std::string bytes = read_file(file);
  const std::string before = sha256_hex(bytes);
  bytes[bytes.size() - 3] ^= 0x55;
  write_file(file, bytes);
  EXPECT_THAT(error_of([&] { require_sound_weights(temp_ / "to"); }, ExitCode::kBadInput),
              testing::AllOf(HasSubstr(before), HasSubstr(sha256_hex(bytes)), HasSubstr("G.safetensors")));
}

}  // namespace
}  // namespace synerbench
