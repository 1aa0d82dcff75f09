#include "harness/core/error.h"

#include <gtest/gtest.h>

#include "harness/core/modality.h"

namespace synerbench {
namespace {

TEST(Error, PrintsPlaceProblemAndHint) {
  const Error error = input_error("a/b.nii", "cut off", "copy it again");
  EXPECT_STREQ(error.what(), "a/b.nii: cut off\n  copy it again");
  EXPECT_EQ(error.code(), ExitCode::kBadInput);
}

TEST(DidYouMean, FindsTheNearestName) {
  EXPECT_EQ(did_you_mean("T1C", {"CT", "T1", "T1c"}), "did you mean \"T1c\"? known: CT T1 T1c");
  EXPECT_EQ(did_you_mean("flair", {"CT", "FLAIR"}), "did you mean \"FLAIR\"? known: CT FLAIR");
  EXPECT_EQ(did_you_mean("elephant", {"CT", "PET"}), "known: CT PET");
}

// "\x1b]0;...\a" renames a terminal, "\x1b[2J" empties it; C1 controls do the same in one byte.
TEST(Error, ControlCharactersOfAFileNeverReachTheTerminal) {
  const Error error = input_error("a\x1b[2J.nii",
                                  "holds \"\a\r\x7f\xc2\x9b"
                                  "31m\xff\"",
                                  "a\tb\nc");
  EXPECT_STREQ(error.what(), "a\\x1B[2J.nii: holds \"\\x07\\x0D\\x7F\\x9B31m\\xFF\"\n  a\tb\nc");
  EXPECT_EQ(error.place(), "a\\x1B[2J.nii");
  EXPECT_EQ(printable("one\ntwo \xe2\x80\xae"
                      "eno \xc3\xa9\xe2\x86\x92"),
            "one\\x0Atwo \\u{202E}eno \xc3\xa9\xe2\x86\x92");
}

TEST(Line, ShowsAllThatItHolds) {
  for (const char* sound : {"", "mean", "My model, v2 | x", "M\xc3\xbcller \xe2\x86\x92 2",
                            "\xd7\x9e\xd7\x95\xd7\x93\xd7\x9c",                      // Hebrew
                            "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xb1\xd9\x88\xd9\x85",  // Persian, with a joiner
                            "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"}) {       // a composed picture
    EXPECT_TRUE(is_line(sound)) << sound;
    EXPECT_NO_THROW(require_line(sound, "--title"));
  }
  for (const char* hidden : {"a\tb", "a\nb", "a\x7f", "\xff", "\xc2\x9b",
                             "a\xc2\xad"
                             "b",
                             "me\xe2\x80\x8d"
                             "an",
                             "me\xe2\x80\x8b"
                             "an",
                             "\xe2\x80\xae"
                             "naem",
                             "\xe2\x81\xa6x", "x\xe2\x80\xa8y", "\xef\xbb\xbfmean", "mean\xe2\x81\xa0",
                             "mean\xf3\xa0\x81\x81", "\xd8\x9cmean"}) {
    EXPECT_FALSE(is_line(hidden)) << printable(hidden);
    EXPECT_THROW(require_line(hidden, "--title"), Error);
  }
  EXPECT_EQ(printable("me\xe2\x80\x8b"
                      "an"),
            "me\\u{200B}an");
}

TEST(Error, TextsOfAnyLengthBecomeMessages) {
  const std::string huge(1'000'000, 'x');
  EXPECT_LT(std::string(input_error(huge, huge, huge).what()).size(), 20'000u);
  EXPECT_EQ(printable(huge, 3), "xxx... (999997 bytes more)");
}

TEST(DidYouMean, IsShortAndQuickWhateverItIsAskedAbout) {
  const std::string huge(20'000'000, 'x');
  EXPECT_EQ(did_you_mean(huge, {"CT", "PET"}), "known: CT PET");
  EXPECT_LT(did_you_mean("CT", {huge, "PET"}).size(), 200u);
  std::vector<std::string> many;
  for (int i = 0; i < 100'000; ++i) many.push_back("name-" + std::to_string(i));
  const std::string text = did_you_mean("name-77777", many);
  EXPECT_LT(text.size(), 2500u);
  EXPECT_TRUE(text.starts_with("did you mean \"name-77777\"? known: name-0 name-1 ")) << text;
  EXPECT_TRUE(text.ends_with(" ... and 99936 more")) << text;
}

TEST(Check, ThrowsWithExpressionAndPlace) {
  try {
    SB_CHECK(1 == 2, "numbers");
    FAIL() << "no exception";
  } catch (const std::logic_error& error) {
    EXPECT_NE(std::string(error.what()).find("1 == 2"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("error_test.cpp"), std::string::npos);
  }
}

TEST(Modality, NamesRoundTrip) {
  for (const Modality modality : all_modalities())
    EXPECT_EQ(parse_modality(name_of(modality), "x"), modality);
}

TEST(Modality, UnknownNameIsAUsageErrorWithASuggestion) {
  try {
    parse_modality("T1C", "suites/mine.json: /tasks/3/target");
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "suites/mine.json: /tasks/3/target: unknown modality \"T1C\"\n"
                 "  did you mean \"T1c\"? known: CBCT CT MRI PET T1 T1c T2 FLAIR bSSFP LGE");
    EXPECT_EQ(error.code(), ExitCode::kUsage);
  }
}

TEST(Modality, TaskIdsFollowThePattern) {
  EXPECT_EQ(make_task_id("brats", Modality::kT1, Modality::kT1c), "brats-t1-to-t1c");
  EXPECT_EQ(make_task_id("brain", Modality::kMRI, Modality::kCT), "brain-mr-to-ct");
}

}  // namespace
}  // namespace synerbench
