#include "harness/run/merge.h"

#include <sys/wait.h>
#include <unistd.h>

#include "harness/run/run_folder.h"
#include "tests/run/run_fixture.h"
#include "tests/support/interrupted.h"

namespace synerbench {
namespace {

class Merge : public RunFixture {
 protected:
  void run_shards(int64_t count) {
    for (int64_t i = 1; i <= count; ++i) {
      RunOptions o = options("shard" + std::to_string(i));
      o.models = {"noisy", "f=faulty(noisy, throw=0.02)"};
      o.shard = {i, count};
      o.keep_predictions = true;
      run(o, test_models());
    }
    RunOptions whole = options("whole");
    whole.models = {"noisy", "f=faulty(noisy, throw=0.02)"};
    whole.keep_predictions = true;
    whole.threads = 2;
    run(whole, test_models());
  }
  std::filesystem::path shard(int i) const { return folder_ / ("shard" + std::to_string(i)); }
};

TEST_F(Merge, OfShardsInAnyOrderEqualsTheUnshardedRun) {
  run_shards(3);
  std::vector<int> order{1, 2, 3};
  int n = 0;
  do {
    const auto out = folder_ / ("merged" + std::to_string(n++));
    const MergeOutcome outcome = merge({{shard(order[0]), shard(order[1]), shard(order[2])}, out});
    EXPECT_EQ(outcome.items, 12);
    EXPECT_EQ(outcome.missing, 0);
    EXPECT_GT(outcome.failed, 0) << "the test wants failed items among the merged ones";
    expect_same_run(out, folder_ / "whole");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(Merge, IsAssociativeAndIdempotent) {
  run_shards(3);
  merge({{shard(1), shard(2)}, folder_ / "12"});
  merge({{folder_ / "12", shard(3)}, folder_ / "12-3"});
  merge({{shard(2), shard(3)}, folder_ / "23"});
  merge({{shard(1), folder_ / "23"}, folder_ / "1-23"});
  expect_same_run(folder_ / "12-3", folder_ / "whole");
  expect_same_run(folder_ / "1-23", folder_ / "whole");
  merge({{folder_ / "12-3", folder_ / "1-23", shard(1), shard(1)}, folder_ / "again"});
  expect_same_run(folder_ / "again", folder_ / "whole");
  EXPECT_EQ(read_file(folder_ / "again" / "timing.json"), read_file(folder_ / "12-3" / "timing.json"));
}

TEST_F(Merge, WasDoneWhenItsLastPartWas) {
  run_shards(3);
  for (int part = 1; part <= 3; ++part) {
    Json timing = read_json(shard(part) / "timing.json");
    timing["finished"] = "2026-01-0" + std::to_string(part == 2 ? 9 : part) + "T00:00:00Z";
    write_json(shard(part) / "timing.json", timing);
  }
  merge({{shard(1), shard(2), shard(3)}, folder_ / "merged"});
  EXPECT_EQ(read_finished(folder_ / "merged"), "2026-01-09T00:00:00Z");
}

TEST_F(Merge, CountsWhatIsMissing) {
  run_shards(3);
  const MergeOutcome outcome = merge({{shard(1), shard(3)}, folder_ / "13"});
  EXPECT_EQ(outcome.items, 8);
  EXPECT_EQ(outcome.missing, 4);
  const Results results = read_results(folder_ / "13");
  EXPECT_EQ(results.cases.size(), 8U);
  EXPECT_EQ(results.tasks[0].cases, 2) << "the denominator of coverage is what was planned";
}

TEST_F(Merge, TakesAScoredItemBeforeAFailedOne) {
  RunOptions bad = options("bad");
  const std::string heal = (folder_ / "healed").string();
  bad.models = {"f=faulty(noisy, throw=0.2, seed=3, heal=" + heal + ")"};
  ASSERT_GT(run(bad, test_models()).failed, 0);
  write_file(heal, "");
  RunOptions good = bad;
  good.out = folder_ / "good";
  ASSERT_EQ(run(good, test_models()).failed, 0);
  merge({{bad.out, good.out}, folder_ / "bg"});
  merge({{good.out, bad.out}, folder_ / "gb"});
  expect_same_run(folder_ / "bg", good.out);
  expect_same_run(folder_ / "gb", good.out);
  EXPECT_EQ(read_file(folder_ / "bg" / "timing.json"), read_file(folder_ / "gb" / "timing.json"));
}

TEST_F(Merge, RefusesRunsOfDifferentSeeds) {
  run(options("a"), test_models());
  RunOptions other = options("b");
  other.seed = 2;
  run(other, test_models());
  try {
    merge({{folder_ / "a", folder_ / "b"}, folder_ / "m"});
    FAIL() << "two runs became one";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("/seed: 1 in"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "m"));
}

TEST_F(Merge, RefusesTwoResultsForOneItem) {
  run(options("a"), test_models());
  run(options("b"), test_models());
  // The same run, but one number is another: the block is sound, so only the comparison can notice.
  Json header = read_json(folder_ / "b" / "run.json");
  const std::string identity = identity_sha256(header["identity"]);
  ItemResult changed;
  {
    Journal journal(folder_ / "b" / "journal.jsonl", identity, Journal::Mode::kWrite);
    changed = journal.read(journal.items().front());
    changed.record.measures[0].value = 0.123;
    journal.append(changed);
  }
  try {
    merge({{folder_ / "a", folder_ / "b"}, folder_ / "m"});
    FAIL() << "one of two results was picked";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_NE(std::string(error.what()).find("has two different results"), std::string::npos) << error.what();
  }
}

TEST_F(Merge, RefusesOtherBuildsUnlessTold) {
  run(options("a"), test_models());
  run(options("b"), test_models());
  RunHeader header = read_run_header(folder_ / "b");
  header.identity["builds"][0]["commit"] = "0000000";
  write_run_header(folder_ / "b", header);
  EXPECT_THROW(merge({{folder_ / "a", folder_ / "b"}, folder_ / "m"}), Error);
  merge({{folder_ / "a", folder_ / "b"}, folder_ / "ab", true});
  merge({{folder_ / "b", folder_ / "a"}, folder_ / "ba", true});
  expect_same_run(folder_ / "ab", folder_ / "ba");
  EXPECT_EQ(read_results(folder_ / "ab").identity["builds"].size(), 2U);
}

TEST_F(Merge, RefusesAHeaderOfOtherContent) {
  run(options("a"), test_models());
  const Json sound = read_json(folder_ / "a" / "run.json");
  for (const char* pointer :
       {"/identity/seed", "/identity/suite/title", "/tasks/0/cases", "/tasks/0/group", "/sha256"}) {
    Json header = sound;
    Json& value = header.at(Json::json_pointer(pointer));
    value = value.is_number() ? Json(value.get<int64_t>() + 1) : Json("");
    write_json(folder_ / "a" / "run.json", header);
    for (const bool resumes : {false, true}) {
      try {
        if (resumes) {
          RunOptions again = options("a");
          again.resume = true;
          run(again, test_models());
        } else {
          merge({{folder_ / "a"}, folder_ / "m"});
        }
        FAIL() << pointer;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kBadInput) << pointer;
        EXPECT_NE(std::string(error.what()).find("run.json"), std::string::npos) << error.what();
      }
    }
  }
}

TEST_F(Merge, RefusesADamagedPanel) {
  run(options("a"), test_models());
  const CaseRecord record = read_results(folder_ / "a").cases.front();
  std::string bytes = read_file(panel_path(folder_ / "a", record));
  bytes.back() ^= 1;
  write_file(panel_path(folder_ / "a", record), bytes);
  EXPECT_THROW(merge({{folder_ / "a"}, folder_ / "m"}), Error);
}

TEST_F(Merge, RefusesAKeptPredictionThatIsMissingOrDamaged) {
  RunOptions o = options("a");
  o.keep_predictions = true;
  run(o, test_models());
  const Results results = read_results(o.out);
  const auto path = prediction_path(o.out, results.cases[0]),
             other = prediction_path(o.out, results.cases[1]);
  const std::string sound = read_file(path);
  const auto refused = [&](const std::string& problem) {
    std::string seen = "nothing";
    try {
      merge({{o.out}, folder_ / "m"});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput);
      EXPECT_EQ(error.place(), path.string());
      seen = error.problem();
    }
    EXPECT_EQ(seen, problem);
  };
  std::string bad = sound;
  bad.back() ^= 1;
  write_file(path, bad);
  refused("is not the prediction that was scored");
  write_file(path, read_file(other));
  refused("is not the prediction that was scored");
  std::filesystem::remove(path);
  refused("no such file");
  write_file(path, sound);
  merge({{o.out}, folder_ / "m"});  // over what the refused ones have left
  expect_same_run(folder_ / "m", o.out);
}

// Ended at every write in turn, and started again with the same words.
TEST_F(Merge, EndedAnywhereAndStartedAgainLeavesTheSameBytes) {
  run_shards(2);
  const MergeOptions words{{shard(1), shard(2)}, folder_ / "m"};
  int ended = 0;
  for (int writes = 0; writes < 100; ++writes) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      set_write_limit_for_testing(writes);
      try {
        merge(words);
        ::_exit(0);
      } catch (...) {
        ::_exit(9);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
      ASSERT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    ++ended;
  }
  EXPECT_GT(ended, 10);
  expect_same_run(folder_ / "m", folder_ / "whole");
  EXPECT_THROW(merge(words), Error) << "a finished merge is not touched";
}

TEST_F(Merge, StopsWhenItIsInterrupted) {
  run(options("a"), test_models());
  const auto a = folder_ / "a", out = folder_ / "m";
  testing_support::expect_interruptible([&] { merge({{a}, out}); });
  EXPECT_FALSE(std::filesystem::exists(out / "run.json"));
}

// What lies in the folder of an unfinished merge is removed; a part there would be lost.
TEST_F(Merge, APartInsideAnUnfinishedMergeIsRefused) {
  run(options("m/a"), test_models());
  const std::string identity = identity_sha256(read_run_header(folder_ / "m/a").identity);
  write_json(folder_ / "m" / kMergingFile, {{"schema", "synerbench/merging"}, {"identity", identity}});
  EXPECT_THROW(merge({{folder_ / "m/a"}, folder_ / "m"}), Error);
  EXPECT_NO_THROW(read_results(folder_ / "m/a"));
}

TEST_F(Merge, AnUnfinishedOneOfAnotherRunIsNotTouched) {
  run(options("a"), test_models());
  RunOptions b = options("b");
  b.seed = 2;
  run(b, test_models());
  write_json(folder_ / "m" / kMergingFile,
             {{"schema", "synerbench/merging"}, {"identity", std::string(64, 'b')}});
  write_file(folder_ / "m" / "journal.jsonl", "another's");
  EXPECT_THROW(merge({{folder_ / "a"}, folder_ / "m"}), Error);
  EXPECT_EQ(read_file(folder_ / "m" / "journal.jsonl"), "another's");
}

}  // namespace
}  // namespace synerbench
