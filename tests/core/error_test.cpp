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
  EXPECT_EQ(did_you_mean("elephant", {"CT", "PET"}), "known: CT PET");
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
