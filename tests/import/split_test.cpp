#include "harness/data/import/split.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "harness/core/error.h"

namespace synerbench {
namespace {

DiscoveredCase case_of(const std::string& name, const std::string& patient, const std::string& region,
                       std::vector<Modality> modalities) {
  DiscoveredCase found;
  found.name = name;
  found.patient = patient;
  found.region = region;
  for (const Modality modality : modalities) found.volumes.push_back({modality, name});
  return found;
}

TEST(SplitRules, HaveTwoWords) {
  EXPECT_EQ(parse_split_rule("hash", "--split"), SplitRule::kHash);
  EXPECT_EQ(parse_split_rule("ranked", "--split"), SplitRule::kRanked);
  EXPECT_THROW(parse_split_rule("random", "--split"), Error);
}

TEST(SplitShares, ArePercentagesOrShares) {
  for (const char* text : {"70/10/20", "0.7/0.1/0.2"}) {
    SplitOptions options;
    options.train = options.validation = options.test = 0;
    parse_split_shares(text, "--split-shares", options);
    EXPECT_DOUBLE_EQ(options.train, 0.7) << text;
    EXPECT_DOUBLE_EQ(options.validation, 0.1) << text;
    EXPECT_DOUBLE_EQ(options.test, 0.2) << text;
  }
}

TEST(SplitShares, AnotherTextIsRefused) {
  for (const char* text : {"", "70", "70/10", "70/10/", "70/10/20/0", "70/10/20%", "70,10,20", "a/b/c"}) {
    SplitOptions options;
    EXPECT_THROW(parse_split_shares(text, "--split-shares", options), Error) << text;
  }
}

// Computed by another implementation (Python's hashlib): see Note [Hash split v1].
TEST(HashSplit, AgreesWithAnIndependentProgram) {
  EXPECT_DOUBLE_EQ(split_position("", "synthrad2023", "1BA001"), 0.06065209979809416);
  EXPECT_DOUBLE_EQ(split_position("", "autopet", "PETCT_0011f3deaf"), 0.4786981422137314);
  EXPECT_DOUBLE_EQ(split_position("", "brats", "BraTS-GLI-00001"), 0.7740786455515222);
  EXPECT_DOUBLE_EQ(split_position("", "myops", "myops_101"), 0.8735179549687955);
  EXPECT_DOUBLE_EQ(split_position("second", "synthrad2023", "1BA001"), 0.590845708820536);
  const SplitOptions options;
  EXPECT_EQ(hash_split(options, "synthrad2023", "1BA001"), Split::kTrain);
  EXPECT_EQ(hash_split(options, "brats", "BraTS-GLI-00001"), Split::kValidation);
  EXPECT_EQ(hash_split(options, "myops", "myops_101"), Split::kTest);
}

TEST(HashSplit, OfManyPatientsHasTheSharesThatWereAskedFor) {
  const SplitOptions options;
  std::map<Split, int> counts;
  for (int n = 1; n <= 1080; ++n) ++counts[hash_split(options, "synthrad2023", fmt::format("1BA{:03}", n))];
  // The exact counts of the Python implementation; 70/10/20 of 1080 are 756, 108, 216.
  EXPECT_EQ(counts[Split::kTrain], 760);
  EXPECT_EQ(counts[Split::kValidation], 99);
  EXPECT_EQ(counts[Split::kTest], 221);
}

TEST(HashSplit, AShareOfNothingIsEmpty) {
  for (const Split only : {Split::kTrain, Split::kValidation, Split::kTest}) {
    SplitOptions options;
    options.train = only == Split::kTrain;
    options.validation = only == Split::kValidation;
    options.test = only == Split::kTest;
    for (int n = 0; n < 200; ++n) EXPECT_EQ(hash_split(options, "x", std::to_string(n)), only);
  }
}

TEST(HashSplit, DoesNotDependOnTheOtherPatients) {
  std::vector<DiscoveredCase> few{case_of("a", "p1", "brain", {Modality::kCT})};
  auto many = few;
  for (int n = 2; n < 50; ++n)
    many.push_back(case_of(std::to_string(n), fmt::format("p{}", n), "brain", {Modality::kCT}));
  assign_splits(few, {}, "x");
  assign_splits(many, {}, "x");
  EXPECT_EQ(few[0].split, many[0].split);
}

TEST(Splits, APatientIsNeverInTwo) {
  for (const SplitRule rule : {SplitRule::kHash, SplitRule::kRanked}) {
    std::vector<DiscoveredCase> cases;
    for (int n = 0; n < 60; ++n) {
      // Three studies per patient, of different kinds.
      cases.push_back(case_of(std::to_string(n), fmt::format("p{}", n / 3), n % 2 ? "sts" : "wb",
                              {Modality::kCT, n % 3 ? Modality::kPET : Modality::kMRI}));
    }
    SplitOptions options;
    options.rule = rule;
    assign_splits(cases, options, "x");
    std::map<std::string, std::set<Split>> of_patient;
    std::set<Split> seen;
    for (const auto& found : cases) {
      of_patient[found.patient].insert(*found.split);
      seen.insert(*found.split);
    }
    for (const auto& [patient, splits] : of_patient) EXPECT_EQ(splits.size(), 1U) << patient;
    EXPECT_GE(seen.size(), 2U);
  }
}

TEST(RankedSplit, GivesEveryKindItsTestAndValidationPatients) {
  SplitOptions options;
  options.rule = SplitRule::kRanked;
  for (int n = 1; n <= 12; ++n) {
    std::vector<DiscoveredCase> cases;
    for (int p = 0; p < n; ++p) {
      cases.push_back(
          case_of(fmt::format("a{}", p), fmt::format("a{}", p), "brain", {Modality::kMRI, Modality::kCT}));
      cases.push_back(
          case_of(fmt::format("b{}", p), fmt::format("b{}", p), "brain", {Modality::kCBCT, Modality::kCT}));
    }
    assign_splits(cases, options, "x");
    std::map<char, std::map<Split, int>> counts;
    for (const auto& found : cases) ++counts[found.name[0]][*found.split];
    for (const char kind : {'a', 'b'}) {
      EXPECT_EQ(counts[kind][Split::kTest], n < 2 ? 0 : std::max(1, (n * 2 + 5) / 10)) << n;
      EXPECT_EQ(counts[kind][Split::kValidation], n < 3 ? 0 : 1) << n;
      EXPECT_GE(counts[kind][Split::kTrain], 1) << n;
    }
  }
}

TEST(RankedSplit, KeepsWhatAListFixed) {
  SplitOptions options;
  options.rule = SplitRule::kRanked;
  std::vector<DiscoveredCase> cases{case_of("a", "a", "brain", {Modality::kCT})};
  cases[0].split = Split::kValidation;
  assign_splits(cases, options, "x");
  EXPECT_EQ(cases[0].split, Split::kValidation);
}

TEST(SplitOptions, SharesHaveToAddUp) {
  EXPECT_NO_THROW(check_split_options({}, "--split"));
  SplitOptions options;
  options.test = 0.3;
  EXPECT_THROW(check_split_options(options, "--split"), Error);
  options.train = 0.9;
  options.validation = -0.2;
  EXPECT_THROW(check_split_options(options, "--split"), Error);
}

}  // namespace
}  // namespace synerbench
