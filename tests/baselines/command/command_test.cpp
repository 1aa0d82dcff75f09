#include "baselines/command/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/json.h"
#include "harness/core/piped_program.h"
#include "harness/run/merge.h"
#include "tests/run/run_fixture.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;
using Clock = std::chrono::steady_clock;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

std::string program(const std::string& kind, const std::string& options = "") {
  return "command:'" + std::string(MISBEHAVING) + " " + kind + "'" + options;
}

std::unique_ptr<Synthesizer> load(const std::string& text, const std::filesystem::path& run_folder = {}) {
  set_quiet(true);
  return make_model(parse_model_spec(text), {command_method()}, "cpu", {run_folder, 0});
}

class NoPairs final : public PairSource {
 public:
  int64_t size() const override { return 0; }
  int64_t height() const override { return 0; }
  int64_t width() const override { return 0; }
  void read(int64_t, std::span<float>, std::span<float>, std::span<uint8_t>) const override {}
  SliceKey key(int64_t) const override { return {}; }
};

std::vector<float> ramp(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i) / static_cast<float>(count) - 0.5F;
  return values;
}

/// The answer to n slices of 6 x 5 pixels.
std::vector<float> ask(Synthesizer& model, int64_t n = 2) {
  const std::vector<float> source = ramp(static_cast<size_t>(n) * 30);
  std::vector<float> prediction(source.size());
  const std::vector<uint64_t> seeds(static_cast<size_t>(n), 7);
  model.synthesize(kTask, {n, 6, 5, source}, seeds, prediction);
  return prediction;
}

/// What a call fails with.
std::string failure_of(Synthesizer& model) {
  try {
    ask(model);
  } catch (const std::exception& problem) {
    return problem.what();
  }
  return "no failure";
}
std::string failure_of(const std::string& kind, const std::string& options = "") {
  return failure_of(*load(program(kind, options)));
}

std::vector<float> negative(std::vector<float> values) {
  for (float& x : values) x = -x;
  return values;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Nothing with this process for a parent is left, dead or alive.
bool no_children() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

TEST(Command, AnswersWithWhatTheProgramAnswers) {
  const auto model = load(program("good"));
  EXPECT_EQ(ask(*model), negative(ramp(60)));
  EXPECT_EQ(ask(*model, 1), negative(ramp(30)));
  const ModelInfo info = model->info();
  EXPECT_EQ(info.name, "command");
  EXPECT_EQ(info.label, "Negative");
  EXPECT_EQ(info.switches.at("version"), "1");
  EXPECT_FALSE(info.concurrent);
}

TEST(Command, TheExampleInCppIsSuchAProgram) {
  EXPECT_EQ(ask(*load("command:" EXAMPLE_MODEL)), negative(ramp(60)));
}

TEST(Command, TheProgramSaysWhatItWants) {
  const ModelInfo slab = load(program("slab"))->info();
  EXPECT_EQ(slab.input.neighbors, 1);
  EXPECT_EQ(slab.parameters, 12);
  EXPECT_EQ(load(program("volume"))->info().input.neighbors, ModelInput::kWholeVolume);
  EXPECT_EQ(load(program("sources"))->info().input.sources, ModelInput::kAnySources);
  EXPECT_EQ(load(program("two-sources"))->info().input.sources, 2);
  EXPECT_EQ(load(program("canvas"))->info().canvases.at(kEveryTask).at("size"), 64);
}

TEST(Command, SlabsVolumesAndSourcesArriveAsTheContractLaysThem) {
  const std::vector<float> source = ramp(2 * 3 * 3 * 30);  // two slabs, three sources, three slices
  const auto plane = [&](size_t at) {
    return negative({source.begin() + static_cast<std::ptrdiff_t>(at * 30),
                     source.begin() + static_cast<std::ptrdiff_t>(at * 30 + 30)});
  };
  std::vector<float> prediction(60);
  const std::vector<uint64_t> seeds{1, 2};
  load(program("slab"))
      ->synthesize(kTask, {2, 6, 5, std::span(source).first(2 * 3 * 30), 1, 3}, seeds, prediction);
  std::vector<float> wanted = plane(1);
  for (const float x : plane(4)) wanted.push_back(x);
  EXPECT_EQ(prediction, wanted);

  load(program("sources"))
      ->synthesize(kTask, {2, 6, 5, std::span(source).first(2 * 3 * 30), 3, 1}, seeds, prediction);
  wanted = plane(2);
  for (const float x : plane(5)) wanted.push_back(x);
  EXPECT_EQ(prediction, wanted);

  std::vector<float> volume(90);
  const std::vector<uint64_t> three{1, 2, 3};
  load(program("volume"))->synthesize(kTask, {1, 6, 5, std::span(source).first(90), 1, 3}, three, volume);
  EXPECT_EQ(volume, negative({source.begin(), source.begin() + 90}));
}

TEST(Command, PixelsAreMovedToTheRangeThatItWantsAndBack) {
  // In [0, 1] one minus the value is the negative of the model's range.
  const auto model = load(program("range"));
  const std::vector<float> answer = ask(*model), wanted = negative(ramp(60));
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(answer[i], wanted[i], 2e-7);
}

TEST(Command, APathIsTakenApartAsAShellDoes) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(words_of_command("python3  mine.py", "x"), (Words{"python3", "mine.py"}));
  EXPECT_EQ(words_of_command(R"('/my models/a b' "x \"y\"" z\ w '')", "x"),
            (Words{"/my models/a b", "x \"y\"", "z w", ""}));
  EXPECT_EQ(error_of([] { words_of_command("a 'b", "here"); }),
            "here: the quote at \"'b\" is not closed\n  close it, or put a backslash before it");
  EXPECT_THAT(error_of([] { words_of_command("  ", "here"); }), HasSubstr("no program is named"));
}

TEST(Command, AProgramThatCannotBeStartedIsRefusedBeforeTheRun) {
  EXPECT_THAT(error_of([] { load("command:/no/such/program x"); }),
              HasSubstr("\"/no/such/program\" could not be started (No such file or directory)"));
  EXPECT_THAT(error_of([] { load("command"); }), HasSubstr("no program is named"));
  const auto refused = [](const std::string& kind, const std::string& options = "") {
    return error_of([&] { load(program(kind, options)); }, ExitCode::kBadInput);
  };
  EXPECT_THAT(refused("never-starts"), HasSubstr("the program ended (exit code 7) before it answered"));
  EXPECT_THAT(refused("hangs-at-start", ",start=0.2"),
              HasSubstr("the program did not answer within 0.2 s (start)"));
  EXPECT_THAT(refused("version"), HasSubstr("speaks version 2 of the pipe, version 1 is wanted"));
  EXPECT_THAT(refused("says-hello"), HasSubstr("the program wrote \"Hello, world"));
  EXPECT_THAT(refused("floods"), HasSubstr("the program wrote \"xxx"));
  EXPECT_THAT(refused("bad-json"), HasSubstr("holds no JSON object"));
  EXPECT_THAT(refused("bad-field"), HasSubstr("the program's READY: /lable"));
  EXPECT_THAT(refused("bad-field"), HasSubstr("did you mean \"label\""));
  EXPECT_THAT(refused("bad-canvas"), HasSubstr("\"64\" is no canvas"));
  EXPECT_THAT(refused("many-evaluations"),
              HasSubstr("/network_evaluations: 3000000000 is outside 0 .. 2147483647"));
  EXPECT_THAT(refused("blank-label"), HasSubstr("/label: is blank"));
  EXPECT_THAT(refused("wide-range"), HasSubstr("/high: from -1e+308 to 1e+308 is too wide a range"));
  EXPECT_TRUE(no_children());
}

TEST(Command, OneThatIsNoAnswerSaysWhatWasSeenAndWhatIsWanted) {
  EXPECT_EQ(failure_of("dies"),
            "the program ended (exit code 3) before it answered; the last it said: ValueError: no good");
  EXPECT_THAT(failure_of("crashes"), HasSubstr("the program ended (signal 11 (Segmentation fault))"));
  EXPECT_EQ(failure_of("hangs", ",timeout=0.1"),
            "the program did not answer within 0.2 s (timeout=0.1 for each of 2 slices)");
  EXPECT_THAT(failure_of("stops-half-way", ",timeout=0.1"), HasSubstr("did not answer within 0.2 s"));
  EXPECT_THAT(failure_of("prints"), HasSubstr("the program wrote \"slice done"));
  EXPECT_EQ(failure_of("shape"),
            "the program answered 2 x 6 x 3 pixels (slices x height x width), 2 x 6 x 5 are wanted");
  EXPECT_EQ(failure_of("short"),
            "the program's reply says 2 x 6 x 5 pixels and holds 236 bytes, 240 bytes are wanted (float32)");
  EXPECT_EQ(failure_of("huge"),
            "the program announced 4611686018427387904 bytes of data, 2 x 6 x 5 float32 are wanted");
  EXPECT_EQ(failure_of("huge-json"),
            "the program announced 4294967295 bytes of JSON, at most 1048576 are taken");
  EXPECT_EQ(failure_of("error"), "the program reports: I cannot do this");
  EXPECT_EQ(failure_of("refuses-task"), "the program reports: I know no brains");
  EXPECT_EQ(failure_of("wrong-kind"), "the program answered with DONE, REPLY is wanted");
  EXPECT_TRUE(no_children());
}

TEST(Command, ASecondAnswerIsNotTakenForThatOfTheNextSlices) {
  const auto model = load(program("twice"));
  EXPECT_EQ(ask(*model, 1), negative(ramp(30)));
  EXPECT_EQ(failure_of(*model),
            "the program wrote a frame REPLY that nothing had asked for; a request has one answer");
  EXPECT_EQ(ask(*model, 1), negative(ramp(30))) << "it was started again";
}

// The second answer may come after the look at what is unread, while the next slices are on their way.
TEST(Command, ALateAnswerIsNotTakenForThatOfTheNextSlices) {
  EXPECT_EQ(failure_of("late"),
            "the program answered question 1 (bytes 12 .. 15 of its REPLY) when question 2 was asked; a "
            "question has one answer, which repeats its number");
  const auto stops = load(program("stops-numbering"));
  EXPECT_EQ(ask(*stops), negative(ramp(60)));
  EXPECT_THAT(failure_of(*stops),
              HasSubstr("answered question 0 (bytes 12 .. 15 of its REPLY) when question 4"));
  EXPECT_EQ(ask(*stops), negative(ramp(60))) << "it was started again, and counts from 0";
}

TEST(Command, AProgramThatNumbersNothingIsTaken) {
  const auto model = load(program("no-numbers"));
  EXPECT_EQ(ask(*model), negative(ramp(60)));
  EXPECT_EQ(ask(*model), negative(ramp(60)));
}

TEST(Command, AProgramThatDiedIsStartedAgain) {
  const TempFolder folder;
  const auto model = load(program("dies-once " + (folder / "died").string()));
  EXPECT_THAT(failure_of(*model), HasSubstr("exit code 4"));
  EXPECT_EQ(ask(*model), negative(ramp(60)));
}

TEST(Command, IsNotStartedForEver) {
  const auto model = load(program("dies", ",restarts=2"));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(failure_of(*model), testing::StartsWith("the program ended"));
  EXPECT_EQ(failure_of(*model),
            "given up after 3 troubles in a row (restarts=2): the program ended (exit code 3) before it "
            "answered; the last it said: ValueError: no good");
}

TEST(Command, AnErrorOfTheProgramIsAnAnswerAndCostsNoRestart) {
  const auto model = load(program("error", ",restarts=0"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(failure_of(*model), "the program reports: I cannot do this");
  const auto shape = load(program("shape", ",restarts=0"));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(failure_of(*shape), HasSubstr("2 x 6 x 5 are wanted"));
}

TEST(Command, ARestartedProgramMustBeTheSame) {
  const TempFolder folder;
  const auto model = load(program("changes " + (folder / "one").string()));
  EXPECT_THAT(failure_of(*model), HasSubstr("exit code 0"));
  EXPECT_EQ(failure_of(*model),
            "the program says something else about itself than when it was first started");
}

TEST(Command, LeavesNothingBehind) {
  {
    const auto start = Clock::now();
    load(program("stays")).reset();
    EXPECT_LT(seconds_since(start), 20);
  }
  const TempFolder folder;
  const auto file = folder / "child";
  load(program("child " + file.string())).reset();
  const int child = std::stoi(read_file(file));
  for (int i = 0; i < 200 && ::kill(child, 0) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  // Killed; who waits for orphans in this container may take its time, so a dead one counts as gone.
  std::ifstream status("/proc/" + std::to_string(child) + "/stat");
  std::string pid, name, state = "X";
  status >> pid >> name >> state;
  EXPECT_THAT(state, testing::AnyOf("X", "Z"));
  EXPECT_TRUE(no_children());
}

TEST(Command, AnInterruptGoesToTheProgramAndIsNoFailure) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const auto model = load(program("hangs"));
        install_interrupt_handler();
        std::thread([] {
          std::this_thread::sleep_for(std::chrono::milliseconds(300));
          std::raise(SIGINT);
        }).detach();
        try {
          ask(*model);
        } catch (const Error& error) {
          if (!no_children()) std::_Exit(1);
          std::_Exit(static_cast<int>(error.code()));
        }
        std::_Exit(0);
      },
      testing::ExitedWithCode(static_cast<int>(ExitCode::kInterrupted)), "");
}

class CommandRun : public RunFixture {
 protected:
  MethodTable table() const {
    MethodTable rows = test_models();
    rows.push_back(command_method());
    return rows;
  }
  RunOptions of(const std::string& model, const std::string& out) const {
    RunOptions o = options(out);
    o.models = {"mine=" + model};
    return o;
  }
  /// The reasons of failed cases.
  std::vector<std::string> reasons(const std::string& out) const {
    std::vector<std::string> found;
    const Json results = read_json(folder_ / out / "results.json");
    for (const Json& record : results.at("cases")) {
      if (record.contains("reason")) found.push_back(record.at("reason"));
    }
    return found;
  }
};

TEST_F(CommandRun, DoesNotDependOnBatchThreadsWorkersAndLanguage) {
  EXPECT_EQ(run(of(program("good"), "a"), table()).exit_code(), ExitCode::kOk);
  RunOptions other = of(program("good", ",workers=3"), "b");
  other.batch = 3;
  other.threads = 3;
  EXPECT_EQ(run(other, table()).exit_code(), ExitCode::kOk);
  run(of("command:" EXAMPLE_MODEL, "c"), table());
  const auto cases = [&](const std::string& out) {
    return read_json(folder_ / out / "results.json").at("cases");
  };
  EXPECT_EQ(cases("a"), cases("b"));
  EXPECT_EQ(cases("a"), cases("c"));
  EXPECT_TRUE(no_children());
}

TEST_F(CommandRun, KeepsWhatTheProgramSaysWithTheRun) {
  run(of(program("good"), "a"), table());
  const std::string log = read_file(folder_ / "a/logs/mine.txt");
  EXPECT_THAT(log, HasSubstr("kind 1 {\"program\":\"synerbench\",\"device\":\"cpu\"}"));
  EXPECT_THAT(log, HasSubstr("kind 3 {\"task\":\"brain-mr-to-ct\",\"region\":\"brain\",\"sources\":[\"MRI\"],"
                             "\"target\":\"CT\"}"));
  EXPECT_THAT(log, HasSubstr("[synerbench] ended: exit code 0"));
}

TEST_F(CommandRun, FailedSlicesAreRecordsAndTheRunGoesOn) {
  EXPECT_EQ(run(of(program("nan"), "nan"), table()).exit_code(), ExitCode::kSomeFailed);
  EXPECT_THAT(reasons("nan").front(), HasSubstr("predicted values are not finite"));
  EXPECT_EQ(run(of(program("dies", ",restarts=1"), "dies"), table()).exit_code(), ExitCode::kSomeFailed);
  EXPECT_THAT(reasons("dies").front(), HasSubstr("the program ended (exit code 3)"));
  EXPECT_EQ(run(of(program("refuses-task"), "task"), table()).exit_code(), ExitCode::kSomeFailed);
  EXPECT_THAT(reasons("task").front(), HasSubstr("prepare: the program reports: I know no brains"));
}

TEST_F(CommandRun, ATimeOutOfTheRunIsTheProgramsAndLeavesNoThreadBehind) {
  RunOptions hanging = of(program("hangs", ",restarts=0"), "hangs");
  hanging.timeout = 0.1;
  const RunOutcome outcome = run(hanging, table());
  EXPECT_EQ(outcome.exit_code(), ExitCode::kSomeFailed);
  EXPECT_EQ(outcome.abandoned_calls, 0);
  EXPECT_THAT(reasons("hangs").front(), HasSubstr("did not answer within"));
  EXPECT_TRUE(no_children());
}

TEST_F(CommandRun, WhatItWantsIsComparedWithTheTasksBeforeTheRun) {
  EXPECT_THAT(error_of([&] { run(of(program("two-sources"), "s"), table()); }),
              HasSubstr("mine takes 2 source images"));
  EXPECT_THAT(error_of([&] { run(of(program("canvas"), "c"), table()); }), HasSubstr("64:pad"));
  EXPECT_EQ(run(of(program("slab"), "slab"), table()).exit_code(), ExitCode::kOk);
  EXPECT_EQ(run(of(program("volume"), "volume"), table()).exit_code(), ExitCode::kOk);
}

}  // namespace
}  // namespace synerbench
