#include "reports/numbers/named_baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/run/journal.h"
#include "harness/run/run_folder.h"
#include "tests/reports/demo_results.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;

/// "code: text" of the Error that `act` throws; empty when it throws none.
template <class Act>
std::string refusal(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.code())) + ": " + error.what();
  }
  return "";
}

class NamedBaseline : public testing::Test {
 protected:
  void SetUp() override {
    write_run_folder(temp_ / "good", small_run(), false);
    RunInput other = small_run();
    *other.results.cases.front().measures.front().value += 0.001;
    write_run_folder(temp_ / "other", other, false);
    options_.folder = temp_ / "baselines";
  }
  TempFolder temp_;
  BlessOptions options_;
};

TEST_F(NamedBaseline, IsReadBackUnderItsName) {
  const Json json = bless_baseline("main", temp_ / "good", options_).json;
  EXPECT_EQ(json["run"], "good");
  EXPECT_EQ(json["results_sha256"], sha256_hex(read_file(temp_ / "good" / "results.json")));
  EXPECT_TRUE(json["blessed_by"].contains("commit"));
  const RunInput run = read_run_or_baseline("main", options_.folder);
  EXPECT_EQ(run.name, "main");
  EXPECT_EQ(to_json(run.results), to_json(small_run().results));
  EXPECT_EQ(read_run_or_baseline((temp_ / "other").string(), options_.folder).name, "other")
      << "a path is a path";
}

TEST_F(NamedBaseline, NoVerdictIsWrittenOverWhatItIsMadeFrom) {
  bless_baseline("main", temp_ / "good", options_);
  const auto refused = [&](const std::filesystem::path& out, const std::string& run) {
    return refusal([&] { require_apart(out, read_from_run(run, options_.folder, "the baseline")); });
  };
  const std::string good = (temp_ / "good").string();
  EXPECT_THAT(refused(temp_ / "good/results.json", good),
              HasSubstr("is results.json of the baseline itself"));
  EXPECT_THAT(refused(temp_ / "good/results.json", good + "/results.json"), HasSubstr("the baseline itself"));
  EXPECT_THAT(refused(options_.folder / "main/baseline.json", "main"), HasSubstr("lies in the baseline"));
  EXPECT_EQ(refused(temp_ / "good/gate.json", good), "");
  EXPECT_EQ(refused(temp_ / "gate.json", "main"), "");
}

TEST_F(NamedBaseline, IsReplacedOnlyWhenThatIsSaid) {
  const Json first = bless_baseline("main", temp_ / "good", options_).json;
  EXPECT_EQ(bless_baseline("main", temp_ / "good", options_).json, first) << "the same again changes nothing";
  EXPECT_THAT(refusal([&] { bless_baseline("main", temp_ / "other", options_); }),
              testing::AllOf(testing::StartsWith("1: "), HasSubstr("--replace-baseline")));
  options_.replace = true;
  const Json second = bless_baseline("main", temp_ / "other", options_).json;
  EXPECT_EQ(second["replaced_results_sha256"], first["results_sha256"]);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder / "main")) {
    (void)entry;
    ++files;
  }
  EXPECT_EQ(files, 2u);
}

TEST_F(NamedBaseline, ThatWasChangedIsRefused) {
  const Json json = bless_baseline("main", temp_ / "good", options_).json;
  const auto path = options_.folder / "main" / json["results"].get<std::string>();
  write_file(path, read_file(path) + " ");
  EXPECT_THAT(refusal([&] { read_run_or_baseline("main", options_.folder); }),
              testing::AllOf(testing::StartsWith("2: "), HasSubstr("not the results that were blessed")));
}

TEST_F(NamedBaseline, RefusesBadNamesIncompleteRunsAndUnknownNames) {
  for (const char* name : {"", "../main", ".main", "-main", "a/b", "a b"}) {
    EXPECT_THAT(refusal([&] { bless_baseline(name, temp_ / "good", options_); }), testing::StartsWith("1: "))
        << name;
  }
  RunInput part = small_run();
  part.results.cases.pop_back();
  write_run_folder(temp_ / "part", part, false);
  EXPECT_THAT(refusal([&] { bless_baseline("part", temp_ / "part", options_); }),
              testing::AllOf(testing::StartsWith("2: "), HasSubstr("has a record of 2 of 3 cases")));
  EXPECT_THAT(refusal([&] { read_run_or_baseline("main", options_.folder); }), HasSubstr("gate --bless"));
  bless_baseline("main", temp_ / "good", options_);
  EXPECT_THAT(refusal([&] { read_run_or_baseline("mian", options_.folder); }),
              HasSubstr("did you mean \"main\""));
}

TEST_F(NamedBaseline, ARunWithoutAnyValueIsNoBaseline) {
  RunInput failed = small_run();
  for (CaseRecord& record : failed.results.cases) {
    record.status = CaseStatus::kFailed;
    record.reason = "the model threw";
    record.measures.clear();
  }
  write_run_folder(temp_ / "failed", failed, false);
  EXPECT_THAT(refusal([&] { bless_baseline("main", temp_ / "failed", options_); }),
              testing::AllOf(testing::StartsWith("2: "), HasSubstr("no case of the run was scored")));
  EXPECT_FALSE(path_exists(options_.folder / "main"));
}

TEST_F(NamedBaseline, ASecondDocumentBesideItCannotBeNamed) {
  Json json = bless_baseline("main", temp_ / "good", options_).json;
  json["results"] = "../../good/results.json";
  write_json(options_.folder / "main" / "baseline.json", json);
  EXPECT_THAT(refusal([&] { read_run_or_baseline("main", options_.folder); }), testing::StartsWith("2: "));
}

TEST(ReadRun, RefusesResultsThatContradictTheHeaderOfTheRun) {
  TempFolder temp;
  const RunInput run = small_run();
  RunHeader header{{{"tasks", Json::array()},
                    {"models", Json::array()},
                    {"builds", Json::array()},
                    {"protocols", Json::array()},
                    {"seed", 1}},
                   run.results.tasks};
  for (const TaskRecord& task : run.results.tasks) header.identity["tasks"].push_back({{"id", task.id}});
  for (const ModelRecord& model : run.results.models)
    header.identity["models"].push_back({{"key", model.key}, {"device", "cpu"}, {"info", model.info}});
  const auto folder = temp / "run";
  std::filesystem::create_directories(folder);
  write_run_header(folder, header);
  Results sound;
  {
    Journal journal(folder / "journal.jsonl", identity_sha256(header.identity), Journal::Mode::kWrite);
    for (const CaseRecord& record : run.results.cases) {
      ItemResult item;
      item.record = record;
      journal.append(item);
    }
    sound = collect_results(header, journal);
  }
  const auto refusal_of = [&](const std::function<void(Results&)>& change) {
    Results changed = sound;
    change(changed);
    write_json(folder / "results.json", to_json(changed));
    return refusal([&] { read_run(folder); });
  };
  EXPECT_EQ(refusal_of([](Results&) {}), "");
  EXPECT_THAT(refusal_of([](Results& r) { r.tasks.front().cases += 1; }),
              HasSubstr("say otherwise: /tasks/0/cases"));
  EXPECT_THAT(refusal_of([](Results& r) { r.models.front().info["label"] = "x"; }),
              HasSubstr("say otherwise: /models/0/info/label"));
  EXPECT_THAT(refusal_of([](Results& r) { r.identity["seed"] = 2; }),
              HasSubstr("say otherwise: /identity/seed"));
  header.identity["seed"] = 2;
  write_run_header(folder, header);
  EXPECT_THAT(refusal_of([](Results&) {}), HasSubstr("is of another run than the journal.jsonl"));
}

TEST(ReadRun, RefusesResultsThatContradictTheJournal) {
  TempFolder temp;
  RunInput run = small_run();
  write_run_folder(temp / "run", run, false);
  {
    Journal journal(temp / "run" / "journal.jsonl", std::string(64, 'a'), Journal::Mode::kWrite);
    for (const CaseRecord& record : run.results.cases) {
      ItemResult item;
      item.record = record;
      journal.append(item);
    }
  }
  EXPECT_EQ(refusal([&] { read_run(temp / "run"); }), "");
  RunInput changed = run;
  *changed.results.cases.front().measures.front().value += 1e-9;
  write_json(temp / "run" / "results.json", to_json(changed.results));
  EXPECT_THAT(refusal([&] { read_run(temp / "run"); }),
              testing::AllOf(testing::StartsWith("2: "), HasSubstr("says otherwise about this item")));
  changed = run;
  changed.results.cases.pop_back();
  write_json(temp / "run" / "results.json", to_json(changed.results));
  EXPECT_THAT(refusal([&] { read_run(temp / "run"); }), HasSubstr("is in the journal and not here"));
  changed = run;
  changed.results.cases.push_back(changed.results.cases.front());
  changed.results.cases.back().scan.name = "p9";
  write_json(temp / "run" / "results.json", to_json(changed.results));
  EXPECT_THAT(refusal([&] { read_run(temp / "run"); }), HasSubstr("does not hold this item"));
}

TEST(ReadRun, RefusesARunFolderWhoseJournalIsGone) {
  for (const char* left : {"run.json", "slices.csv", "failures.csv", "settings.json"}) {
    TempFolder temp;
    write_run_folder(temp / "run", small_run(), false);
    EXPECT_EQ(refusal([&] { read_run(temp / "run"); }), "") << "results.json alone, as CI keeps it";
    write_file(temp / "run" / left, "{}");
    EXPECT_THAT(refusal([&] { read_run(temp / "run"); }),
                testing::AllOf(testing::StartsWith("2: "), HasSubstr("journal.jsonl: is not there"),
                               HasSubstr(left), HasSubstr("copy the run folder whole")));
    EXPECT_EQ(refusal([&] { read_run(temp / "run" / "results.json"); }), "") << "the file was asked for";
  }
}

TEST(ReadRun, HoldsAFileAgainstTheJournalBesideIt) {
  TempFolder temp;
  RunInput run = small_run();
  write_run_folder(temp / "run", run, false);
  {
    Journal journal(temp / "run" / "journal.jsonl", std::string(64, 'a'), Journal::Mode::kWrite);
    for (const CaseRecord& record : run.results.cases) {
      ItemResult item;
      item.record = record;
      journal.append(item);
    }
  }
  EXPECT_EQ(refusal([&] { read_run(temp / "run" / "results.json"); }), "");
  *run.results.cases.front().measures.front().value += 1e-9;
  write_json(temp / "run" / "results.json", to_json(run.results));
  EXPECT_THAT(refusal([&] { read_run(temp / "run" / "results.json"); }), HasSubstr("says otherwise"));
}

}  // namespace
}  // namespace synerbench
