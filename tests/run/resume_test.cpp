// Runs that ended early, and what is done when they go on.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "harness/core/safetensors.h"
#include "harness/run/run_folder.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

class ResumedRun : public RunFixture {};

TEST_F(ResumedRun, ResumeDoesFailedItemsAgainAndCountsNoneTwice) {
  RunOptions o = options("a");
  o.models = {"f=faulty(noisy, throw=0.15, seed=3, heal=" + (folder_ / "healed").string() + ")"};
  const RunOutcome first = run(o, test_models());
  ASSERT_GT(first.failed, 0);
  ASSERT_GT(first.scored, 0);
  write_file(folder_ / "healed", "");
  RunOptions again = read_settings(o.out);
  EXPECT_TRUE(again.resume);
  const RunOutcome second = run(again, test_models());
  EXPECT_EQ(second.already_done, first.scored);
  EXPECT_EQ(second.scored, first.failed);
  EXPECT_EQ(second.failed, 0);
  EXPECT_EQ(read_file(o.out / "failures.csv"), "task,model,case,slice,reason\n");
  // The same run, never faulty, leaves the same bytes.
  RunOptions clean = o;
  clean.out = folder_ / "clean";
  run(clean, test_models());
  expect_same_run(o.out, clean.out);
  const RunOutcome third = run(again, test_models());
  EXPECT_EQ(third.already_done, third.items);
  expect_same_run(o.out, clean.out);
}

TEST_F(ResumedRun, RefusesAFolderThatHoldsARun) {
  run(options("a"), test_models());
  try {
    run(options("a"), test_models());
    FAIL() << "a second run in one folder";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("--resume"), std::string::npos);
  }
}

TEST_F(ResumedRun, ResumeOfAnotherRunIsRefusedWithTheDifferenceNamed) {
  run(options("a"), test_models());
  RunOptions other = options("a");
  other.resume = true;
  other.seed = 2;
  try {
    run(other, test_models());
    FAIL() << "resumed with another seed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("/seed: 1 in the folder, 2 in this command"), std::string::npos)
        << error.what();
  }
  other.seed = 1;
  other.models[1] = "more=noisy:noise=0.3";
  try {
    run(other, test_models());
    FAIL() << "resumed with another model";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("/models/1/info/switches/noise: 0.2 in the folder, 0.3 in this command"),
              std::string::npos)
        << error.what();
  }
}

TEST_F(ResumedRun, ResumeWithOtherThreadsBatchAndShardIsTheSameRun) {
  RunOptions o = options("a");
  o.shard = {1, 2};
  run(o, test_models());
  RunOptions rest = options("a");
  rest.resume = true;
  rest.threads = 3;
  rest.batch = 2;
  run(rest, test_models());
  run(options("whole"), test_models());
  expect_same_run(folder_ / "a", folder_ / "whole");
}

TEST_F(ResumedRun, WeightsThatChangedSinceTheRunBeganAreRefused) {
  struct Weighted final : Synthesizer {
    explicit Weighted(std::string sha) : sha_(std::move(sha)) {}
    ModelInfo info() const override {
      ModelInfo info = named("weighted");
      if (!task_.empty()) info.weights_sha256 = sha_ + task_;
      return info;
    }
    void prepare(const Task& task, const PairSource&) override { task_ = task.id; }
    void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t>,
                    std::span<float> prediction) override {
      if (sha_ == "old" && calls_++ == 3) throw std::runtime_error("once");
      std::ranges::copy(source.pixels, prediction.begin());
    }
    std::string sha_, task_;
    int calls_ = 0;
  };
  const auto table = [](const std::string& sha) {
    return MethodTable{
        row("weighted", [sha](const LoadRequest&) { return std::make_unique<Weighted>(sha); })};
  };
  RunOptions o = options("a");
  o.models = {"weighted"};
  o.batch = 1;
  ASSERT_EQ(run(o, table("old")).failed, 1);
  EXPECT_EQ(read_results(o.out).models[0].info["tasks"]["brain-ct-to-mr"]["weights_sha256"],
            "oldbrain-ct-to-mr");
  o.resume = true;
  try {
    run(o, table("new"));
    FAIL() << "cases of two weights in one table";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("/weights_sha256: \"oldbrain-mr-to-ct\" in the journal, \"newbrain-mr-to-ct\" in "
                        "this command"),
              std::string::npos)
        << error.what();
  }
}

TEST_F(ResumedRun, ADiskThatFillsUpLeavesARunThatCanBeResumed) {
  RunOptions o = options("a");
  std::filesystem::create_directories(o.out);
  run(options("whole"), test_models());
  set_write_fault_for_testing("");
  struct FillsTheDisk final : Synthesizer {
    ModelInfo info() const override { return NoisyModel(0.05).info(); }
    void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                    std::span<float> prediction) override {
      NoisyModel(0.05).synthesize(task, source, seeds, prediction);
      if (task.id == "brain-cbct-to-ct") set_write_fault_for_testing("write");
    }
  };
  MethodTable full = test_models();
  full[0].load = [](const LoadRequest& request) -> std::unique_ptr<Synthesizer> {
    if (request.options.contains("noise")) return std::make_unique<NoisyModel>(0.2);
    return std::make_unique<FillsTheDisk>();
  };
  EXPECT_THROW(run(o, full), Error);
  set_write_fault_for_testing("");
  o.resume = true;
  const RunOutcome outcome = run(o, test_models());
  EXPECT_EQ(outcome.already_done, 4);
  expect_same_run(o.out, folder_ / "whole");
}

TEST_F(ResumedRun, CtrlCStopsBetweenBatchesAndResumeGoesOn) {
  struct Interrupting final : Synthesizer {
    ModelInfo info() const override { return NoisyModel(0.05).info(); }
    void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                    std::span<float> prediction) override {
      if (task.id == "brain-cbct-to-ct") ::raise(SIGINT);
      NoisyModel(0.05).synthesize(task, source, seeds, prediction);
    }
  };
  RunOptions o = options("a");
  o.models = {"noisy"};
  const pid_t child = ::fork();  // the flag cannot be taken back
  ASSERT_GE(child, 0);
  if (child == 0) {
    install_interrupt_handler();
    MethodTable table = test_models();
    table[0].load = [](const LoadRequest&) { return std::make_unique<Interrupting>(); };
    const RunOutcome outcome = run(o, table);
    ::_exit(outcome.interrupted && !outcome.finished ? static_cast<int>(outcome.exit_code()) : 99);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_FALSE(std::filesystem::exists(o.out / "results.json"));
  o.resume = true;
  const RunOutcome outcome = run(o, test_models());
  EXPECT_EQ(outcome.already_done, 2)
      << "the case at hand is done again: a slow model must not keep Ctrl-C waiting";
  RunOptions whole = options("whole");
  whole.models = {"noisy"};
  run(whole, test_models());
  expect_same_run(o.out, whole.out);
}

// Several processes are told to begin in one folder at the same moment: one does, the others say so and write
// nothing.
TEST_F(ResumedRun, OfSeveralThatBeginInOneFolderOneDoes) {
  run(options("whole"), test_models());
  for (int round = 0; round < 5; ++round) {
    const RunOptions o = options("race-" + std::to_string(round));
    int gate[2];
    ASSERT_EQ(::pipe(gate), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
      children.push_back(::fork());
      ASSERT_GE(children.back(), 0);
      if (children.back() == 0) {
        ::close(gate[1]);
        char byte;
        if (::read(gate[0], &byte, 1) != 0) ::_exit(8);  // ends for all at once
        try {
          ::_exit(run(o, test_models()).finished ? 0 : 7);
        } catch (const Error& error) {
          ::_exit(error.code() == ExitCode::kUsage ? 1 : 9);
        }
      }
    }
    ::close(gate[0]);
    ::close(gate[1]);
    int done = 0, refused = 0;
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      ASSERT_TRUE(WIFEXITED(status));
      done += WEXITSTATUS(status) == 0;
      refused += WEXITSTATUS(status) == 1;
    }
    EXPECT_EQ(done, 1);
    EXPECT_EQ(refused, 3);
    expect_same_run(o.out, folder_ / "whole");
  }
}

TEST_F(ResumedRun, AJournalOfAnEarlierVersionIsRefusedWithWhatToDo) {
  run(options("a"), test_models());
  std::string journal = read_file(folder_ / "a" / "journal.jsonl");
  const std::string version = "\"schema_version\":2";
  journal.replace(journal.find(version), version.size(), "\"schema_version\":1");
  write_file(folder_ / "a" / "journal.jsonl", journal);
  try {
    run(read_settings(folder_ / "a"), test_models());
    FAIL() << "read as if it were of this version";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_NE(std::string(error.what()).find("is a journal of version 1, this program reads 2"),
              std::string::npos)
        << error.what();
  }
}

// A child process runs, is killed without warning at a random moment, and another one resumes; again and
// again.
TEST_F(ResumedRun, KilledAtAnyTimeAndResumedLeavesTheSameBytes) {
  run(options("whole"), test_models());
  Random random(11);
  RunOptions o = options("killed");
  o.threads = 2;
  int kills = 0;
  for (int attempt = 0; attempt < 40; ++attempt) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      o.resume = std::filesystem::exists(o.out / "run.json");
      try {
        ::_exit(run(o, test_models()).finished ? 0 : 1);
      } catch (...) {
        ::_exit(9);
      }
    }
    // Later attempts live longer, so that the test ends on slow machines.
    std::this_thread::sleep_for(
        std::chrono::microseconds(random.below(static_cast<uint64_t>(20000 * (1 + attempt)))));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
      ASSERT_EQ(WEXITSTATUS(status), 0) << "attempt " << attempt;
      break;
    }
    ++kills;
  }
  EXPECT_GT(kills, 0);
  o.resume = std::filesystem::exists(o.out / "run.json");
  write_file(o.out / "panels" / ".tmp-1-2-half.safetensors", "what a killed write leaves");
  ASSERT_TRUE(run(o, test_models()).finished);
  expect_same_run(o.out, folder_ / "whole");
}

}  // namespace
}  // namespace synerbench
