#include "harness/run/model_spec.h"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "harness/core/error.h"
#include "harness/run/model_wrappers.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

/// "check{a{path=x,ema=1},b}{tol=1}" : a spec as a text that shows every part.
std::string shown(const ModelSpec& spec) {
  std::string text = (spec.device.empty() ? "" : spec.device + "@") + spec.name;
  if (!spec.path.empty()) text += " path=" + spec.path;
  for (const auto& [key, value] : spec.options) text += " " + key + "=" + value;
  for (const ModelSpec& inner : spec.inner) text += " {" + shown(inner) + "}";
  return text;
}

// One case per pair of lines: what is written, and how it is understood or the error's text.
TEST(ModelSpec, IsUnderstoodAsTheTableSays) {
  std::ifstream table(std::string(SYNERBENCH_SOURCE_DIR) + "/tests/run/model_words.txt");
  ASSERT_TRUE(table) << "tests/run/model_words.txt";
  std::string line, word;
  int cases = 0;
  while (std::getline(table, line)) {
    if (line.empty() || line[0] == '#') continue;
    if (!line.starts_with("  ")) {
      word = line;
      continue;
    }
    const std::string wanted = line.substr(2);
    std::string seen;
    try {
      const ModelSpec spec = parse_model_spec(word);
      seen = shown(spec) + (spec.key == spec.text ? "" : " named " + spec.key);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      seen = "error: " + error.problem();
    }
    EXPECT_EQ(seen, wanted) << "for: " << word;
    ++cases;
  }
  EXPECT_GT(cases, 20);
}

TEST(ModelSpec, UnknownNamesAndOptionsSayWhatIsKnown) {
  const auto message = [](const std::string& word) {
    try {
      make_model(parse_model_spec(word), test_models());
      return std::string("no error");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(message("nosiy"),
            "model \"nosiy\": unknown model \"nosiy\"\n  did you mean \"noisy\"? known: noisy check faulty "
            "in_domain "
            "record replay");
  EXPECT_EQ(message("noisy:nose=1"),
            "model \"noisy:nose=1\": unknown option \"nose\" of noisy\n  did you mean \"noise\"? known: "
            "noise concurrent");
  EXPECT_EQ(message("noisy:runs/a"),
            "model \"noisy:runs/a\": noisy takes no path, \"runs/a\" was given\n  options are written "
            "key=value");
  EXPECT_EQ(message("noisy:noise=much"),
            "model \"noisy:noise=much\": /noise: a number is wanted, a text found");
  EXPECT_EQ(message("faulty(noisy, throw=2)"),
            "model \"faulty(noisy, throw=2)\": /throw: 2 is not in [0, 1]");
  EXPECT_EQ(message("faulty(noisy, trow=0.5)"),
            "model \"noisy\": unknown option \"trow\" of noisy\n  known: noise concurrent");
}

TEST(ModelSpec, DevicesReachTheModelsInside) {
  std::vector<std::string> devices;
  const MethodTable table{row("m", [&](const LoadRequest& request) {
    devices.push_back(request.device);
    return std::make_unique<NoisyModel>(0);
  })};
  make_model(parse_model_spec("check(cuda:1:m, m)"), table, "cpu");
  EXPECT_EQ(devices, (std::vector<std::string>{"cuda:1", "cpu"}));
  devices.clear();
  make_model(parse_model_spec("cuda:check(m, cpu:m)"), table, "cpu");
  EXPECT_EQ(devices, (std::vector<std::string>{"cuda", "cpu"}));
}

TEST(ModelSpec, OptionsReachTheModelAsTheValuesTheyStandFor) {
  Json seen;
  Method method = row("m", [&](const LoadRequest& request) {
    seen = request.options;
    return std::make_unique<NoisyModel>(0);
  });
  for (const char* name : {"a", "b", "c", "d"}) method.options.push_back({name, "any", "", ""});
  make_model(parse_model_spec("m:a=1,b=0.5,c=true,d=word"), {method});
  EXPECT_EQ(seen.dump(), R"({"a":1,"b":0.5,"c":true,"d":"word"})");
}

TEST(ModelSpec, NamesAndOptionsAreLookedUpWithoutLoading) {
  for (const char* known : {"noisy", "x=noisy:noise=0", "check(noisy, noisy, tol=1)", "faulty(noisy, nan=1)"})
    EXPECT_NO_THROW(require_known(parse_model_spec(known), test_models())) << known;
  for (const char* unknown : {"nosiy", "noisy:nois=1", "check(noisy, nosiy)", "noisy:a/path"})
    EXPECT_THROW(require_known(parse_model_spec(unknown), test_models()), Error) << unknown;
}

TEST(ModelName, IsTakenAsItIsOrInQuotes) {
  EXPECT_EQ(parse_model_name("mine"), "mine");
  EXPECT_EQ(parse_model_name(" My model, v2 | \u00fc = (x) "), "My model, v2 | \u00fc = (x)");
  EXPECT_EQ(parse_model_name(R"("a \"b\"")"), R"(a "b")");
  EXPECT_EQ(parse_model_name("a/b"), "a/b");
  for (const char* wrong : {"", "  ", "\"\"", "\"a", "\"a\"b", "a\tb", "a\xff"}) {
    EXPECT_THROW(parse_model_name(wrong), Error) << wrong;
  }
}

TEST(ModelName, HoldsNothingThatCannotBeSeen) {
  for (const char* hidden : {"\u202enaem", "me\u200ban", "mean\u2060", "\u2066mean\u2069", "me\u200dan"}) {
    EXPECT_THROW(parse_model_name(hidden), Error) << hidden;
    EXPECT_THROW(parse_model_spec("\"" + std::string(hidden) + "\"=mean"), Error) << hidden;
  }
  EXPECT_EQ(parse_model_spec("\"\u05de\u05d5\u05d3\u05dc\"=mean").key, "\u05de\u05d5\u05d3\u05dc")
      << "Hebrew";
}

class Wrappers : public ::testing::Test {
 protected:
  std::vector<float> answer(const std::string& word, uint64_t seed = 5) {
    auto model = make_model(parse_model_spec(word), test_models());
    const std::vector<float> source(16 * 16, 0.25F);
    std::vector<float> prediction(source.size());
    const std::vector<uint64_t> seeds{seed};
    model->synthesize(task_, {1, 16, 16, source}, seeds, prediction);
    return prediction;
  }
  Task task_{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  TempFolder folder_;
};

TEST_F(Wrappers, CheckPassesEqualModelsAndNamesTheDifferenceOfOthers) {
  EXPECT_EQ(answer("check(noisy, noisy)"), answer("noisy"));
  EXPECT_EQ(answer("check(noisy:noise=0, noisy:noise=0.0001, tol=0.01)"), answer("noisy:noise=0"));
  try {
    answer("check(noisy:noise=0, noisy:noise=0.1)");
    FAIL() << "the difference was not noticed";
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find("the models differ by"), std::string::npos);
    EXPECT_NE(error.problem().find("at row"), std::string::npos);
  }
}

TEST_F(Wrappers, FaultsDependOnTheSliceOnly) {
  int failures = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    bool first = false, second = false;
    for (bool* failed : {&first, &second}) {
      try {
        answer("faulty(noisy, throw=0.2)", seed);
      } catch (const std::runtime_error&) {
        *failed = true;
      }
    }
    EXPECT_EQ(first, second);
    failures += first;
  }
  EXPECT_NEAR(failures, 40, 20);
}

TEST_F(Wrappers, ReplayGivesBackWhatWasRecorded) {
  const std::string kept = (folder_ / "kept").string();
  const auto first = answer("record(noisy, " + kept + ")");
  EXPECT_EQ(answer("replay(" + kept + ")"), first);
  EXPECT_THROW(answer("replay(" + kept + ")", 6), Error) << "another seed was not recorded";
  EXPECT_THROW(answer("replay(" + (folder_ / "nothing").string() + ")"), Error);
}

}  // namespace
}  // namespace synerbench
