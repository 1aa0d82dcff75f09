#include "reference/exchange/authors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <stdexcept>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/png.h"
#include "reference/understanding/answers.h"
#include "reference/understanding/prompts.h"
#include "tests/reference/support/pairs.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing::MadePairs;
using testing_support::error_of;

InstanceBuilder exchanged(const MadePairs& pairs) {
  return InstanceBuilder({{{"brats-t1-to-t1c", "brats", Modality::kT1, Modality::kT1c}, &pairs},
                          {{"wb-ct-to-pet", "wb", Modality::kCT, Modality::kPET}, &pairs}},
                         {});
}

/// The first `count` questions of the four kinds in turns.
InstanceSource in_turns(const InstanceBuilder& builder, int64_t count) {
  auto next = std::make_shared<int64_t>(0);
  return [&builder, next, count]() -> std::optional<Instance> {
    constexpr InstanceKind kKinds[] = {InstanceKind::kCts, InstanceKind::kTia, InstanceKind::kMiPanel,
                                       InstanceKind::kMi};
    if (*next == count) return std::nullopt;
    const int64_t i = (*next)++;
    return builder.show(builder.question(kKinds[i % 4], 1, i));
  };
}

TEST(Authors, QuestionsGoThereAndBack) {
  const MadePairs pairs(4, 20, 16);
  const InstanceBuilder builder = exchanged(pairs);
  TempFolder folder;
  const ExportCounts counts = export_authors(folder.path() / "out", in_turns(builder, 40));
  EXPECT_EQ(counts.questions, 40);
  std::set<std::string> pictures;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() / "out/slice")) {
    if (entry.is_regular_file()) pictures.insert(entry.path().string());
  }
  EXPECT_EQ(static_cast<int64_t>(pictures.size()), counts.pictures);
  const InstanceSource again = in_turns(builder, 40);
  AuthorsReader reader(folder.path() / "out/SynerMed.jsonl", folder.path() / "out/slice");
  while (const auto made = again()) {
    const auto read = reader.next();
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->kind, made->kind);
    EXPECT_EQ(read->answer, made->answer);
    EXPECT_EQ(read->options, made->options);
    EXPECT_EQ(read->labels, made->labels);
    ASSERT_EQ(read->items.size(), made->items.size());
    for (size_t i = 0; i < read->items.size(); ++i) {
      EXPECT_EQ(read->items[i].text, made->items[i].text);
      EXPECT_EQ(read->items[i].image, made->items[i].image);
      EXPECT_EQ(read->items[i].learned, made->items[i].learned);
    }
    ASSERT_EQ(read->images.size(), made->images.size());
    for (size_t i = 0; i < read->images.size(); ++i) {
      EXPECT_EQ(read->origins[i].modality, made->origins[i].modality);
      for (size_t p = 0; p < read->images[i].pixels.size(); ++p)
        ASSERT_NEAR(read->images[i].pixels[p], made->images[i].pixels[p], 0.5 / 127.5 + 1e-6);
    }
    EXPECT_EQ(score_answer(*read, made->answer), 1);
    EXPECT_EQ(read->origins[0].slice.scan.patient, made->origins[0].slice.scan.text());
  }
  EXPECT_FALSE(reader.next().has_value());
}

TEST(Authors, AnExportOverwritesNothing) {
  const MadePairs pairs(2, 20, 16);
  const InstanceBuilder builder = exchanged(pairs);
  TempFolder folder;
  export_authors(folder.path(), in_turns(builder, 2));
  EXPECT_THAT(error_of([&] { export_authors(folder.path(), in_turns(builder, 2)); }, ExitCode::kUsage),
              HasSubstr("is there already"));
}

std::map<std::string, std::string> files_in(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      files[std::filesystem::relative(entry.path(), folder).string()] = read_file(entry.path());
  }
  return files;
}

TEST(Authors, AnExportThatEndedEarlyIsMadeAnew) {
  const MadePairs pairs(4, 20, 16);
  const InstanceBuilder builder = exchanged(pairs);
  TempFolder folder;
  export_authors(folder.path() / "whole", in_turns(builder, 8));
  // Another export, which is interrupted: its pictures must not stay.
  int64_t left = 30;
  const auto interrupted = [&, source = in_turns(builder, 40)]() -> std::optional<Instance> {
    if (left-- == 0) throw std::runtime_error("interrupted");
    return source();
  };
  EXPECT_THROW(export_authors(folder.path() / "again", interrupted), std::runtime_error);
  EXPECT_EQ(files_in(folder.path() / "again").count("SynerMed.jsonl"), 0u);
  const ExportCounts counts = export_authors(folder.path() / "again", in_turns(builder, 8));
  EXPECT_EQ(files_in(folder.path() / "again"), files_in(folder.path() / "whole"));
  EXPECT_EQ(static_cast<size_t>(counts.pictures) + 1, files_in(folder.path() / "whole").size());

  // Killed behind the last step: all is there and stays.
  write_file(folder.path() / "again" / ".making", "");
  EXPECT_THAT(
      error_of([&] { export_authors(folder.path() / "again", in_turns(builder, 8)); }, ExitCode::kUsage),
      HasSubstr("is there already"));
  EXPECT_EQ(files_in(folder.path() / "again"), files_in(folder.path() / "whole"));
}

TEST(Authors, FoldersAreThoseOfTheReleaseAndKnownByTheirFirstWord) {
  EXPECT_EQ(slice_folder(Modality::kT1c, false), "t1ce");
  EXPECT_EQ(slice_folder(Modality::kCT, true), "ct_FDG");
  EXPECT_EQ(slice_folder(Modality::kPET, true), "pet_FDG");
  EXPECT_EQ(slice_folder(Modality::kFLAIR, false), "flair");
  for (const Modality modality : all_modalities()) {
    for (const bool whole_body : {false, true})
      EXPECT_EQ(modality_of_folder(slice_folder(modality, whole_body)), modality);
  }
  EXPECT_EQ(modality_of_folder("MRI-brain"), Modality::kMRI);
  EXPECT_FALSE(modality_of_folder("xray").has_value());
}

/// A file of one record, changed, over the pictures t1/a.png and t2/a.png.
class Foreign {
 public:
  Foreign() {
    const std::vector<uint8_t> pixels(16, 128);
    for (const char* name : {"t1/a.png", "t2/a.png"})
      write_file(folder_.path() / "slice" / name, png_bytes(pixels, 4, 4));
  }
  std::optional<Instance> read(const std::string& line) {
    write_file(folder_.path() / "x.jsonl", line);
    return AuthorsReader(folder_.path() / "x.jsonl", folder_.path() / "slice").next();
  }
  std::optional<Instance> read(const Json& record) { return read(to_text(record, -1)); }
  std::string problem(const Json& record) {
    return error_of([&] { read(record); }, ExitCode::kBadInput);
  }

 private:
  TempFolder folder_;
};

Json foreign(const std::vector<std::string>& images, const std::string& human, const std::string& answer) {
  return {{"image", images},
          {"conversations", {{{"from", "human"}, {"value", human}}, {{"from", "gpt"}, {"value", answer}}}}};
}

TEST(Authors, KindsWithoutANameAreToldByTheirAnswer) {
  Foreign file;
  const std::string two = "<image>\n<image>\nWhich change?\nA) this\nB) that\n";
  const auto tia = file.read(foreign({"t1/a.png", "t2/a.png"}, two, " B\n"));
  EXPECT_EQ(tia->kind, InstanceKind::kTia);
  EXPECT_EQ(tia->options, 2u);
  EXPECT_EQ(tia->answer, "B");
  EXPECT_EQ(tia->items.size(), 4u);
  EXPECT_EQ(tia->items[2].text, "Which change?\nA) this\nB) that");
  const auto cts = file.read(foreign({"t1/a.png", "t2/a.png", "t2/a.png"}, "<image>A<image>B<image>?", "A"));
  EXPECT_EQ(cts->kind, InstanceKind::kCts);
  EXPECT_EQ(cts->options, 2u);
  const auto panel = file.read(
      foreign({"t1/a.png", "t2/a.png"}, "<image><image>", "{\"A\": \"T1 (MRI)\", \"B\": \"T2 (MRI)\"}"));
  EXPECT_EQ(panel->kind, InstanceKind::kMiPanel);
  EXPECT_EQ(file.read(foreign({"t1/a.png"}, "<image>what?", "T1 (MRI)"))->kind, InstanceKind::kMi);
  EXPECT_EQ(file.read(foreign({"t1/a.png"}, "<image>where?", "brain"))->kind, InstanceKind::kVqa);
  EXPECT_FALSE(file.read(std::string("\n \n")).has_value());
}

TEST(Authors, WhatIsWrongIsNamedWithItsLine) {
  Foreign file;
  const Json good = foreign({"t1/a.png"}, "<image>what?", "T1 (MRI)");
  const auto with = [&](const char* field, const Json& value) {
    Json record = good;
    record[field] = value;
    return file.problem(record);
  };
  EXPECT_THAT(error_of([&] { file.read(std::string("\n{\"image\": [")); }, ExitCode::kBadInput),
              HasSubstr("x.jsonl:2"));
  EXPECT_THAT(with("image", {"t1/a.png", "t1/a.png"}), HasSubstr("1 marks <image> for 2 images"));
  EXPECT_THAT(with("image", {"../t1/a.png"}), HasSubstr("names no modality"));
  EXPECT_THAT(with("image", {"t1/../../a.png"}), HasSubstr("no path below the folder"));
  EXPECT_THAT(with("image", {"/t1/a.png"}), HasSubstr("names no modality"));
  EXPECT_THAT(with("image", {"t1/b.png"}), HasSubstr("b.png"));
  EXPECT_THAT(with("image", {"xray/a.png"}), HasSubstr("\"xray\" names no modality"));
  EXPECT_THAT(with("image", 3), HasSubstr("/image"));
  EXPECT_THAT(with("kind", "ctx"), HasSubstr("unknown kind"));
  EXPECT_THAT(with("kind", "cts"), HasSubstr("none of 0 options"));
  EXPECT_THAT(with("kind", "mi-panel"), HasSubstr("names no modality for each of 1 panels"));
  EXPECT_THAT(with("conversations", Json::array()), HasSubstr("0 turns"));
  EXPECT_THAT(file.problem(foreign({"t1/a.png"}, "<image>", " ")), HasSubstr("the answer is empty"));
  EXPECT_THAT(file.problem(foreign({}, "what?", "CT")), HasSubstr("without an image"));
  EXPECT_THAT(error_of([] { AuthorsReader("/nowhere/x.jsonl", "/nowhere"); }, ExitCode::kUsage),
              HasSubstr("is no file"));
}

TEST(QuestionRecord, HoldsWhatIsRecordedAndNoPixels) {
  const MadePairs pairs(4, 20, 16);
  const InstanceBuilder builder = exchanged(pairs);
  const Json cts = question_record(builder.tell(builder.question(InstanceKind::kCts, 1, 7)), 7);
  EXPECT_EQ(cts["number"], 7);
  EXPECT_EQ(cts["images"].size(), 5u);
  EXPECT_EQ(cts["distances"].size(), 4u);
  EXPECT_EQ(cts["options"], 4);
  EXPECT_FALSE(cts["unseen_wording"].get<bool>());
  EXPECT_EQ(question_record(builder.tell(builder.question(InstanceKind::kTia, 1, 7)), 7)["form"], "alone");
  EXPECT_EQ(questions_header(nullptr)["schema"], "synerbench/questions");
}

}  // namespace
}  // namespace synerbench::reference
