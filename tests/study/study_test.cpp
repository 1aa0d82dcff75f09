#include "harness/study/study.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "harness/core/file.h"
#include "harness/study/engines.h"
#include "harness/study/overview.h"
#include "harness/study/steps.h"
#include "harness/suite/suite.h"
#include "metrics/questions.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing_support::error_of;

const ProtocolTable& table() {
  static const ProtocolTable all = builtin_protocols().with(questions_protocol());
  return all;
}

Json sound() {
  return parse_json(R"({
    "schema": "synerbench/study", "schema_version": 1, "name": "two", "title": "Two methods",
    "store": {"phantom": ["--size", "tiny"], "imports": [{"layout": "brats", "tree": "brats2021"}]},
    "suite": "quick", "canvas": "64:pad", "slurm": ["--time=01:00:00"],
    "methods": [
      {"name": "base", "model": "flow_unet", "config": {"preset": "tiny"}, "budget": "updates:10"},
      {"name": "tuned", "model": "flow_unet", "config": {"from": "${base}"}, "budget": "updates:10", "seeds": [1, 2]}],
    "evaluations": [{"name": "main", "models": ["mean", "low=constant"], "trained": ["base", "tuned,steps=4"]}],
    "contrasts": [{"name": "tuning", "evaluation": "main", "candidate": "tuned", "baseline": "base"}]})",
                    "sound");
}

class Studies : public testing::Test {
 protected:
  Study load(const Json& json) {
    write_json(folder_ / "study.json", json);
    return load_study((folder_ / "study.json").string(), table());
  }
  std::string refusal_of(const Json& json) {
    try {
      load(json);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      return error.what();
    }
    return "";
  }
  /// Does every step in turn with a program that only says what it was told to do.
  ExitCode do_all(const Study& study, std::vector<std::string>& said, const std::string& failing = "") {
    for (const StudyStep& step : study.steps) {
      const ExitCode code = do_step(study, step.name, work(), [&](const CommandLine& words) {
        said.push_back(shell_text(words));
        std::filesystem::create_directories(output_of(step, work()));
        if (words.front() == "run") write_file(output_of(step, work()) / "run.json", "{}");
        if (words.front() == "compare") write_file(output_of(step, work()) / "comparison.md", "table\n");
        return step.name == failing ? ExitCode::kBadInput : ExitCode::kOk;
      });
      if (code != ExitCode::kOk) return code;
    }
    return ExitCode::kOk;
  }
  std::filesystem::path work() const { return folder_ / "work"; }

  TempFolder folder_;
};

std::vector<std::string> names_of(const Study& study) {
  std::vector<std::string> names;
  for (const StudyStep& step : study.steps) names.push_back(step.name);
  return names;
}

TEST_F(Studies, BecomeStepsInTheirOrder) {
  const Study study = load(sound());
  EXPECT_THAT(names_of(study),
              ElementsAre("store", "train-base-s1", "train-tuned-s1", "train-tuned-s2", "run-main-mean",
                          "run-main-low", "run-main-base", "run-main-tuned-s1", "run-main-tuned-s2",
                          "contrast-tuning-s1", "contrast-tuning-s2", "report-main"));
  EXPECT_THAT(step_named(study, "train-tuned-s2").needs, ElementsAre("store", "train-base-s1"));
  EXPECT_THAT(step_named(study, "contrast-tuning-s2").needs,
              ElementsAre("run-main-base", "run-main-tuned-s2"));
  EXPECT_TRUE(step_named(study, "run-main-mean").opens_test);
  EXPECT_FALSE(step_named(study, "train-base-s1").opens_test);
}

TEST_F(Studies, NameTheWeightsThatTheyBuildOn) {
  const Study study = load(sound());
  const CommandLine& train = step_named(study, "train-tuned-s1").commands.front().words;
  EXPECT_THAT(train, Contains("{\"from\":\"" + step_named(study, "train-base-s1").out() + "\"}"));
  EXPECT_THAT(train, Contains(step_named(study, "store").out() + "/store"));
  const CommandLine& run = step_named(study, "run-main-tuned-s2").commands.front().words;
  EXPECT_THAT(run, Contains("tuned-s2=flow_unet:" + step_named(study, "train-tuned-s2").out() + ",steps=4"));
}

TEST_F(Studies, ChangeTheIdentityOfWhatAChangeTouches) {
  const Study before = load(sound());
  Json json = sound();
  json["methods"][1]["budget"] = "updates:20";
  const Study after = load(json);
  const auto same = [&](const char* name) {
    return step_named(before, name).identity == step_named(after, name).identity;
  };
  for (const char* name : {"store", "train-base-s1", "run-main-mean", "run-main-base"})
    EXPECT_TRUE(same(name)) << name;
  for (const char* name : {"train-tuned-s1", "run-main-tuned-s1", "contrast-tuning-s1", "report-main"})
    EXPECT_FALSE(same(name)) << name;
  json = sound();
  json["store"]["phantom"] = {"--size", "small"};
  const Study elsewhere = load(json);
  for (const StudyStep& step : before.steps)
    EXPECT_NE(step.identity, step_named(elsewhere, step.name).identity) << step.name;
}

TEST_F(Studies, DoNotDoAFinishedStepAgain) {
  const Study study = load(sound());
  std::vector<std::string> first, again;
  EXPECT_EQ(do_all(study, first), ExitCode::kOk);
  EXPECT_EQ(first.size(), 13u) << "twelve steps, two commands for the store";
  EXPECT_EQ(do_all(study, again), ExitCode::kOk);
  EXPECT_TRUE(again.empty());
  EXPECT_THAT(first.front(), HasSubstr("phantom --size tiny --out " + work().string()));
}

TEST_F(Studies, GoOnWhereAStepFailed) {
  const Study study = load(sound());
  std::vector<std::string> first, again;
  EXPECT_EQ(do_all(study, first, "run-main-mean"), ExitCode::kBadInput);
  EXPECT_EQ(status_of(step_named(study, "run-main-mean"), work()).state, StepState::kBegun);
  EXPECT_EQ(do_all(study, again), ExitCode::kOk);
  EXPECT_THAT(again.front(), HasSubstr("run --resume"));
  EXPECT_EQ(test_openings(work()).size(), 5u) << "the run that was begun twice counts once";
}

// Half a line would be a damaged list, and no study over it could go on.
TEST_F(Studies, TakeBackAnOpeningForWhichTheDiskHasNoRoom) {
  const Study study = load(sound());
  std::vector<std::string> said;
  EXPECT_EQ(do_all(study, said, "run-main-low"), ExitCode::kBadInput);
  const std::filesystem::path list = work() / "openings.jsonl";
  const std::string before = read_file(list);
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
  const auto usual_action = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{before.size() + 10, usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string refusal = error_of(
      [&] { do_step(study, "run-main-base", work(), [](const CommandLine&) { return ExitCode::kOk; }); },
      ExitCode::kBadInput);
  ::setrlimit(RLIMIT_FSIZE, &usual);
  std::signal(SIGXFSZ, usual_action);
  EXPECT_THAT(refusal, HasSubstr("openings.jsonl: cannot be written"));
  EXPECT_EQ(read_file(list), before);
  EXPECT_EQ(do_all(study, said), ExitCode::kOk);
}

TEST_F(Studies, WantTheStepsThatAreNeededFirst) {
  const Study study = load(sound());
  try {
    do_step(study, "report-main", work(), [](const CommandLine&) { return ExitCode::kOk; });
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("step \"run-main-mean\", which it builds on, is not finished"));
  }
}

TEST_F(Studies, SayWhenTheContrastsCameAfterTheTest) {
  const Study study = load(sound());
  EXPECT_THAT(remarks_on_openings(study, work()), ElementsAre("the test set was not opened yet"));
  std::vector<std::string> said;
  do_all(study, said);
  EXPECT_THAT(remarks_on_openings(study, work()), ElementsAre(HasSubstr("met the test set 5 times")));
  Json json = sound();
  json["contrasts"][0]["candidate"] = "base";
  json["contrasts"][0]["baseline"] = "mean";
  const Study changed = load(json);
  EXPECT_THAT(remarks_on_openings(changed, work()),
              Contains(HasSubstr("changed after the test set was opened: 5 openings came before")));
  EXPECT_THAT(study_summary(study, work()), HasSubstr("### tuning-s1\n\ntable\n"));
}

// Deleted or cut, the list would say that nobody has looked.
TEST_F(Studies, NameFinishedStepsThatTheListOfOpeningsLacks) {
  const Study study = load(sound());
  std::vector<std::string> said;
  do_all(study, said);
  const std::filesystem::path list = work() / "openings.jsonl";
  const std::string all = read_file(list);
  write_file(list, all.substr(all.find('\n') + 1));
  EXPECT_THAT(
      remarks_on_openings(study, work()),
      Contains(HasSubstr("openings.jsonl lacks lines: run-main-mean opened the test set and is not in it")));
  std::filesystem::remove(list);
  EXPECT_THAT(remarks_on_openings(study, work()),
              ElementsAre(HasSubstr("run-main-tuned-s2 opened the test set and are not in it")));
}

TEST_F(Studies, RefuseAStampOfAnotherStep) {
  const Study study = load(sound());
  std::vector<std::string> said;
  do_all(study, said);
  std::filesystem::copy_file(folder_of(study.steps[1], work()) / "done.json",
                             folder_of(study.steps[2], work()) / "done.json",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THROW(status_of(study.steps[2], work()), Error);
}

TEST_F(Studies, AreWrittenForNinja) {
  const Study study = load(sound());
  const StepCall call{"/usr/bin/syner bench", "/data/my work", "/data/$tudy.json"};
  const std::string text = ninja_file(study, call);
  const StudyStep& base = step_named(study, "train-base-s1");
  EXPECT_THAT(text, HasSubstr("build /data/my$ work/steps/" + base.folder() +
                              "/done.json: step /data/my$ work/steps/" + study.steps[0].folder() +
                              "/done.json\n  name = train-base-s1\n"));
  EXPECT_THAT(text,
              HasSubstr("words = '/usr/bin/syner bench' study step '/data/$$tudy.json' train-base-s1 --work "
                        "'/data/my work'\n"));
  // Ninja runs in a folder of its own, and a study may name `suite.json`.
  const StepCall from_home{"/bin/synerbench", "/data", "two", {}, "/home/my lab"};
  EXPECT_THAT(ninja_file(study, from_home),
              HasSubstr("words = cd '/home/my lab' && /bin/synerbench study step "));
  EXPECT_THAT(slurm_script(study, from_home),
              HasSubstr(shell_word("cd '/home/my lab' && /bin/synerbench study "
                                   "step two store --work /data")));
}

TEST_F(Studies, AreFinishedThroughNinja) {
  const Study study = load(sound());
  const StepCall call{"/bin/true", work(), "two"};
  // A stand-in for ninja that says whether its orders are there.
  const auto stand_in = [&](const std::string& script) {
    const std::filesystem::path program = work() / "ninja.sh";
    write_file(program, "#!/bin/sh\n" + script);
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    return program.string();
  };
  EXPECT_TRUE(finish_with_ninja(study, call, {2, {}, stand_in("grep -q train-base-s1 build.ninja")}));
  EXPECT_TRUE(finish_with_ninja(study, call,
                                {2, {"store"}, stand_in("test \"$*\" = '-f build.ninja -j 2 -k 0 store'")}));
  EXPECT_FALSE(finish_with_ninja(study, call, {2, {}, stand_in("exit 1")}));
  EXPECT_TRUE(std::filesystem::is_empty(work() / "orders")) << "no order is left behind";
  EXPECT_THAT(error_of(
                  [&] {
                    finish_with_ninja(study, call, {1, {"stroe"}});
                  },
                  ExitCode::kUsage),
              HasSubstr("store"));
  EXPECT_THAT(error_of(
                  [&] {
                    finish_with_ninja(study, call, {1, {}, "/no/such/ninja"});
                  },
                  ExitCode::kBadInput),
              HasSubstr("cannot be started"));
}

TEST_F(Studies, LeaveNoFolderOfTheirsWhereTheDiskIsFull) {
  const Study study = load(sound());
  const StepCall call{"/nowhere/synerbench", work(), "study.json", {}};
  set_write_fault_for_testing("write");
  const std::string refusal = error_of([&] { finish_with_ninja(study, call, {1, {}}); }, ExitCode::kBadInput);
  set_write_fault_for_testing("");
  EXPECT_THAT(refusal, HasSubstr("build.ninja: cannot write"));
  EXPECT_TRUE(std::filesystem::is_empty(work() / "orders"));
}

TEST_F(Studies, AreWrittenForSlurmWithoutWhatIsDone) {
  const Study study = load(sound());
  const StepCall call{"/bin/synerbench", work(), "two"};
  EXPECT_THAT(slurm_script(study, call), HasSubstr("12 steps submitted"));
  do_step(study, "store", work(), [](const CommandLine&) { return ExitCode::kOk; });
  const std::string text = slurm_script(study, call);
  EXPECT_THAT(text,
              HasSubstr("job1=$(sbatch --parsable --kill-on-invalid-dep=yes --job-name=two/train-base-s1 "
                        "--time=01:00:00 --wrap '/bin/synerbench study step two train-base-s1"));
  EXPECT_THAT(text,
              HasSubstr("--job-name=two/train-tuned-s1 --time=01:00:00 \"--dependency=afterok:$job1\""));
  EXPECT_THAT(text, HasSubstr("\"--dependency=afterok:$job6:$job7\""));
  EXPECT_THAT(text, Not(HasSubstr("two/store")));
}

TEST_F(Studies, RefuseWhatCannotBeMeant) {
  struct Case {
    const char* pointer;
    Json value;
    const char* words;
  };
  for (const Case& c : std::vector<Case>{
           {"/name", "Two!", "is no name"},
           {"/suite", "quik", "did you mean \"quick\""},
           {"/methods/1/name", "base", "two methods are named"},
           {"/methods/1/config/from", "${bse}", "names no method above this one"},
           {"/methods/0/config/from", "${tuned}", "names no method above this one"},
           {"/methods/1/seeds", {1, 1}, "is listed twice"},
           {"/methods/1/seeds", {-1}, "is no list of whole numbers"},
           {"/evaluations/0/trained/0", "bas", "is no method of this study"},
           {"/evaluations/0/models/1", "mean", "are called \"mean\""},
           {"/evaluations/0/suite", "zero-shto", "did you mean \"zero-shot\""},
           {"/evaluations/1", {{"name", "main"}, {"models", {"mean"}}}, "two evaluations are named"},
           {"/contrasts/1", sound()["contrasts"][0], "two contrasts are named"},
           {"/contrasts/0/baseline", "men", "is not evaluated in"},
           {"/contrasts/0/evaluation", "mian", "mian"},
           {"/contrasts/0/metric", "sim",
            "the suite quick does not measure \"sim\"\n  did you mean \"ssim\""},
           {"/contrasts/0/metric", "skimage@1/ssim", "does not measure"},
           {"/contrasts/0/baseline", "tuned", "\"tuned\" is compared with itself"},
           {"/contrasts/0/tasks", {"brain-mr-to-tc"}, "did you mean \"brain-mr-to-ct\""},
           {"/evaluations/0/tasks", {"brian-*"}, "the suite quick has no task \"brian-*\""},
           {"/methods/0/tasks", {"brian-*"}, "the suite quick has no task \"brian-*\""},
           {"/store/imports", Json::array(), "none is listed"},
           {"/surprise", 1, "surprise"},
           {"/evaluations/0/surprise", 1, "surprise"},
       }) {
    Json json = sound();
    json[Json::json_pointer(c.pointer)] = c.value;
    EXPECT_THAT(refusal_of(json), HasSubstr(c.words)) << c.pointer;
  }
}

TEST_F(Studies, AskForModelsAndMethodsThatTheTablesKnow) {
  std::vector<std::string> asked;
  StudyTables tables;
  tables.model = [&](const std::string& text, const Suite& suite) {
    asked.push_back(suite.name + " " + text);
    if (text == "men") throw usage_error("model", "unknown model \"men\"", "did you mean \"mean\"?");
    if (text == "flow_unet:weights,steps=many") throw usage_error("model", "unknown value");
  };
  tables.method = [&](const std::string& name) {
    asked.push_back("train " + name);
    if (name == "flow_ent")
      throw usage_error("--model", "\"flow_ent\" cannot be trained", "known: flow_unet");
  };
  const auto load_with = [&](const Json& json) {
    write_json(folder_ / "study.json", json);
    load_study((folder_ / "study.json").string(), table(), tables);
  };
  EXPECT_NO_THROW(load_with(sound()));
  EXPECT_THAT(asked, ElementsAre("train flow_unet", "train flow_unet", "quick mean", "quick low=constant",
                                 "quick flow_unet:weights", "quick flow_unet:weights,steps=4"));
  const auto refused = [&](const char* pointer, const char* value) {
    Json json = sound();
    json[Json::json_pointer(pointer)] = value;
    return error_of([&] { load_with(json); });
  };
  EXPECT_THAT(refused("/evaluations/0/models/0", "men"),
              testing::AllOf(HasSubstr("study.json: /evaluations/0/models: unknown model \"men\""),
                             HasSubstr("did you mean \"mean\"")));
  EXPECT_THAT(refused("/evaluations/0/trained/1", "tuned,steps=many"),
              HasSubstr("/evaluations/0/trained: unknown value"));
  EXPECT_THAT(refused("/methods/1/model", "flow_ent"),
              testing::AllOf(HasSubstr("/methods/1/model: \"flow_ent\" cannot be trained"),
                             HasSubstr("known: flow_unet")));
}

TEST_F(Studies, ContrastsOfQuestionsNameTheirMetricsAndKinds) {
  Json json = sound();
  json["evaluations"].push_back(
      {{"name", "asked"}, {"suite", "understanding"}, {"models", {"chance", "area"}}, {"tasks", {"cts"}}});
  json["contrasts"].push_back({{"name", "guesses"},
                               {"evaluation", "asked"},
                               {"candidate", "area"},
                               {"baseline", "chance"},
                               {"metric", "accuracy"},
                               {"tasks", {"cts"}}});
  EXPECT_NO_THROW(load(json));
  json["contrasts"][1]["metric"] = "ssim";
  EXPECT_THAT(refusal_of(json), HasSubstr("the suite understanding does not measure \"ssim\""));
}

std::string words_of(const Study& study, const std::string& step) {
  return shell_text(step_named(study, step).commands.back().words);
}

TEST_F(Studies, EvaluationsNameSuitesWithTasksOfTheirOwn) {
  Json json = sound();
  json["suite"] = "synermed22";
  json["tasks"] = {"brats-*"};
  json["evaluations"] = {{{"name", "main"}, {"models", {"mean"}}},
                         {{"name", "zero"}, {"suite", "zero-shot"}, {"models", {"mean"}}},
                         {{"name", "far"}, {"suite", "unseen"}, {"models", {"mean"}}},
                         {{"name", "asks"}, {"suite", "understanding"}, {"models", {"edges"}}}};
  json["contrasts"] = Json::array();
  const Study study = load(json);
  EXPECT_THAT(words_of(study, "run-main-mean"), HasSubstr("--task 'brats-*'"));
  EXPECT_THAT(words_of(study, "run-zero-mean"), HasSubstr("--suite zero-shot"));
  EXPECT_THAT(words_of(study, "run-zero-mean"), HasSubstr("--task 'brats-*'"));
  EXPECT_THAT(words_of(study, "run-far-mean"), Not(HasSubstr("--task")));
  EXPECT_THAT(words_of(study, "run-asks-edges"), HasSubstr("--suite understanding"));
  EXPECT_THAT(words_of(study, "run-asks-edges"), Not(HasSubstr("--task")));
  EXPECT_TRUE(step_named(study, "run-asks-edges").opens_test);
}

TEST_F(Studies, ModelsMayLieInTheTreeOfTheStudysPhantom) {
  Json json = sound();
  json["evaluations"][0]["models"].push_back("oracle=oracle:${tree}/oracle");
  const Study study = load(json);
  EXPECT_THAT(words_of(study, "run-main-oracle"),
              HasSubstr("oracle=oracle:" + step_named(study, "store").out() + "/tree/oracle"));
}

TEST(EmbeddedStudies, AreSound) {
  EXPECT_THAT(embedded_study_names(),
              testing::IsSupersetOf({"quick-trivial", "understanding-first", "unseen", "phantom22"}));
  for (const std::string& name : embedded_study_names()) {
    const Study study = load_study(name, table());
    EXPECT_EQ(study.name, name);
    EXPECT_FALSE(study.steps.empty());
    EXPECT_FALSE(plan_text(study, "work").empty());
  }
}

TEST(EmbeddedStudies, UnderstandingFirstHasEveryArmFromOneBase) {
  const Study study = load_study("understanding-first", table());
  for (const char* seed : {"1", "2", "3"}) {
    for (const char* arm : {"gau", "traditional", "shuffled", "ucg", "ucg-long"})
      EXPECT_THAT(step_named(study, fmt::format("train-{}-s{}", arm, seed)).needs,
                  Contains(fmt::format("train-base-s{}", seed)));
    EXPECT_THAT(step_named(study, fmt::format("train-gau-ucg-s{}", seed)).needs,
                Contains(fmt::format("train-gau-s{}", seed)));
    EXPECT_THAT(words_of(study, fmt::format("run-zero-shot-gau-s{}", seed)), HasSubstr("--suite zero-shot"));
    EXPECT_THAT(words_of(study, fmt::format("run-understanding-gau-s{}", seed)),
                HasSubstr("--suite understanding"));
  }
}

}  // namespace
}  // namespace synerbench
