#include "reference/exchange/transitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/random.h"
#include "harness/data/png.h"
#include "reference/understanding/prompts.h"
#include "tests/reference/support/pairs.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing::MadePairs;
using testing_support::error_of;

InstanceBuilder two_tasks(const MadePairs& pairs) {
  return InstanceBuilder({{{"brats-t1-to-t1c", "brats", Modality::kT1, Modality::kT1c}, &pairs},
                          {{"wb-ct-to-pet", "wb", Modality::kCT, Modality::kPET}, &pairs}},
                         {});
}

/// What an action is refused with, by whatever code; "" when it is not.
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::function<std::optional<Transition>()> listed(std::vector<Transition> rows) {
  return [rows = std::move(rows), i = size_t{0}]() mutable -> std::optional<Transition> {
    if (i == rows.size()) return std::nullopt;
    return rows[i++];
  };
}

TEST(Transitions, AreThePairsOfTheTasksWithEveryWording) {
  const MadePairs pairs(2, 3, 16);
  const InstanceBuilder builder = two_tasks(pairs);
  const auto source = transitions_of(builder);
  int64_t rows = 0;
  while (const auto row = source()) {
    ASSERT_EQ(row->pictures.size(), 2u);
    ASSERT_EQ(row->instructions.size(), 1u);
    EXPECT_EQ(row->instructions[0].size(), synthesis_variants());
    const size_t task = static_cast<size_t>(rows / pairs.size());
    const Instance sample = builder.synthesis(task, rows % pairs.size(), 0);
    for (size_t i = 0; i < 2; ++i) {
      const GrayPicture picture = read_png(row->pictures[i], "made");
      ASSERT_EQ(picture.pixels.size(), sample.images[i].pixels.size());
      for (size_t p = 0; p < picture.pixels.size(); ++p)
        ASSERT_NEAR(picture.pixels[p] / 127.5 - 1, sample.images[i].pixels[p], 0.5 / 127.5 + 1e-6);
    }
    EXPECT_EQ(row->instructions[0][1], synthesis_instruction(builder.tasks()[task].task, 1));
    ++rows;
  }
  EXPECT_EQ(rows, 2 * pairs.size());
}

TEST(Transitions, WithoutArrowTheProgramSaysSo) {
  if (has_parquet()) GTEST_SKIP() << "built with Parquet";
  const TempFolder folder;
  const auto written = error_of([&] { write_transitions(folder.path() / "a.parquet", listed({})); });
  EXPECT_THAT(written, HasSubstr("built without Parquet"));
  EXPECT_THAT(written, HasSubstr("SYNERBENCH_WITH_PARQUET"));
  EXPECT_THAT(error_of([&] { TransitionReader reader(folder.path() / "a.parquet"); }),
              HasSubstr("built without Parquet"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

class Parquet : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_parquet()) GTEST_SKIP() << "built without Parquet (SYNERBENCH_WITH_PARQUET)";
  }
  const TempFolder folder;
  const std::filesystem::path file = folder.path() / "SynerMed.parquet";
};

TEST_F(Parquet, RowsComeBackAsTheyWent) {
  std::vector<Transition> rows;
  for (int i = 0; i < 9000; ++i) {  // more than two groups
    rows.push_back({{"one" + std::to_string(i), std::string("\0two", 4)}, {{"Make it CT.", "CT, please."}}});
  }
  rows.push_back({{"a", "b", "c"}, {{"first"}, {"second", "or so"}}});
  EXPECT_EQ(write_transitions(file, listed(rows)), 9001);
  TransitionReader reader(file);
  EXPECT_EQ(reader.rows(), 9001);
  for (const Transition& row : rows) {
    const auto read = reader.next();
    ASSERT_TRUE(read);
    ASSERT_EQ(read->pictures, row.pictures);
    ASSERT_EQ(read->instructions, row.instructions);
  }
  EXPECT_FALSE(reader.next());
  EXPECT_THAT(error_of([&] { write_transitions(file, listed({})); }), HasSubstr("is there already"));
  const std::filesystem::path again = folder.path() / "again.parquet";
  write_transitions(again, listed(rows));
  EXPECT_EQ(read_file(file), read_file(again));
}

TEST_F(Parquet, PairsOfAStorePassTheCheck) {
  const MadePairs pairs(2, 3, 16);
  const InstanceBuilder builder = two_tasks(pairs);
  write_transitions(file, transitions_of(builder));
  const TransitionCounts counts = check_transitions(file);
  EXPECT_EQ(counts.rows, 2 * pairs.size());
  EXPECT_EQ(counts.pictures, 4 * pairs.size());
  EXPECT_EQ(counts.instructions, counts.rows * static_cast<int64_t>(synthesis_variants()));
  EXPECT_EQ(counts.other_pictures, 0);
}

TEST_F(Parquet, RowsThatAreNoTransitionsAreNamed) {
  const auto said = [&](const Transition& row) {
    const std::filesystem::path path = folder.path() / "wrong.parquet";
    std::filesystem::remove(path);
    write_transitions(path, listed({{{"a", "b"}, {{"good"}}}, row}));
    return message_of([&] { check_transitions(path); });
  };
  EXPECT_THAT(said({{"a"}, {}}), HasSubstr("row 2: has 1 picture, two or more"));
  EXPECT_THAT(said({{"a", ""}, {{"x"}}}), HasSubstr("a picture has no bytes"));
  EXPECT_THAT(said({{"a", "b"}, {}}), HasSubstr("has 2 pictures and instructions for 0 steps"));
  EXPECT_THAT(said({{"a", "b"}, {{}}}), HasSubstr("step 1 has no instruction"));
  EXPECT_THAT(said({{"\x89PNG cut", "b"}, {{"x"}}}), HasSubstr("row 2, picture 1"));
}

TEST_F(Parquet, DamagedFilesAreRefused) {
  write_transitions(file, listed({{{"aaaa", "bbbb"}, {{"text"}}}, {{"cccc", "dddd"}, {{"text"}}}}));
  const std::string sound = read_file(file);
  const std::filesystem::path path = folder.path() / "damaged.parquet";
  const auto said = [&](const std::string& bytes) {
    write_file(path, bytes);
    return message_of([&] { check_transitions(path); });
  };
  EXPECT_EQ(said(sound), "");
  for (const size_t length : {size_t{0}, size_t{3}, size_t{8}, sound.size() / 2, sound.size() - 1})
    EXPECT_THAT(said(sound.substr(0, length)), HasSubstr("damaged.parquet")) << length;
  EXPECT_THAT(said("PAR1 and no more, PAR1"), HasSubstr("cannot be read as Parquet"));
  EXPECT_THAT(error_of([&] { check_transitions(folder.path() / "absent.parquet"); }),
              HasSubstr("is no file"));
  // Whatever byte changes: a sound answer or an error with the file's name, never anything else.
  for (size_t at = 0; at < sound.size(); ++at) {
    std::string bytes = sound;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x15);
    const std::string message = said(bytes);
    EXPECT_TRUE(message.empty() || message.find("damaged.parquet") != std::string::npos) << at << message;
  }
}

TEST_F(Parquet, AChangedByteOfAPictureIsSeen) {
  std::string noise;
  Random random(3);
  for (int i = 0; i < 20000; ++i) noise.push_back(static_cast<char>(random.below(256)));
  write_transitions(file, listed({{{noise, "b"}, {{"text"}}}}));
  const std::string sound = read_file(file);
  ASSERT_NE(sound.find(noise.substr(100, 50)), std::string::npos) << "compressed: choose bytes elsewhere";
  const size_t begin = sound.find(noise.substr(100, 50));
  for (size_t at = begin; at < begin + 19000; at += 97) {
    std::string bytes = sound;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    write_file(folder.path() / "changed.parquet", bytes);
    EXPECT_THAT(message_of([&] { check_transitions(folder.path() / "changed.parquet"); }),
                HasSubstr("cannot be read as Parquet"))
        << at;
  }
}

}  // namespace
}  // namespace synerbench::reference
