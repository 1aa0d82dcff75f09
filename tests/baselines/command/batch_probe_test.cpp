// Programs whose answer for a slice depends on its batch, and those that only seem to.
#include "baselines/command/batch_probe.h"

#include <gmock/gmock.h>

#include "baselines/command/command.h"
#include "harness/core/error.h"
#include "harness/run/synth.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

using testing::HasSubstr;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kOther{"brain-cbct-to-ct", "brain", Modality::kCBCT, Modality::kCT};
constexpr size_t kPixels = 30;

std::string program(const std::string& kind, const std::string& options = "") {
  return "command:'" + std::string(MISBEHAVING) + " " + kind + "'" + options;
}

std::unique_ptr<Synthesizer> load(const std::string& text, const std::filesystem::path& run_folder = {}) {
  set_quiet(true);
  return make_model(parse_model_spec(text), {command_method()}, "cpu", {run_folder, 0});
}

/// Slices that differ: each one's values begin at another one.
std::vector<float> slices(int64_t n, float step = 0.2F) {
  std::vector<float> values(static_cast<size_t>(n) * kPixels);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = -0.9F + step * static_cast<float>(i / kPixels) + 0.01F * static_cast<float>(i % kPixels);
  return values;
}

/// "" when it answers.
std::string failure_of(Synthesizer& model, int64_t n, const Task& task = kTask, float step = 0.2F) {
  const std::vector<float> source = slices(n, step);
  std::vector<float> prediction(source.size());
  const std::vector<uint64_t> seeds(static_cast<size_t>(n), 7);
  try {
    model.synthesize(task, {n, 6, 5, source}, seeds, prediction);
  } catch (const std::exception& problem) {
    return problem.what();
  }
  return "";
}
std::string failure_of(const std::string& kind, int64_t n) { return failure_of(*load(program(kind)), n); }

TEST(BatchProbe, FindsAProgramWhoseAnswersDependOnTheBatch) {
  for (const std::string kind : {"reversed", "first-for-all", "batch-norm"}) {
    EXPECT_THAT(failure_of(kind, 4), HasSubstr("the answer for a slice depends on its batch")) << kind;
    EXPECT_THAT(failure_of(kind, 4), HasSubstr("use --batch 1")) << kind;
    EXPECT_EQ(failure_of(kind, 1), "") << kind << ": slice by slice there is nothing to find";
  }
}

// The harness asks the slices of a batch that failed one by one: they must not pass then.
TEST(BatchProbe, WhatWasFoundFailsEverySliceOfTheTask) {
  const auto model = load(program("reversed"));
  const std::string found = failure_of(*model, 4);
  EXPECT_EQ(failure_of(*model, 1), found);
  EXPECT_EQ(failure_of(*model, 2), found);
  EXPECT_THAT(failure_of(*model, 4, kOther), HasSubstr("depends on its batch"));
}

TEST(BatchProbe, FindsAProgramThatIsNotDeterministicAndSaysSo) {
  EXPECT_THAT(failure_of("draws", 4), HasSubstr("answers one slice in several ways"));
  EXPECT_THAT(failure_of("draws", 4), HasSubstr("say \"deterministic\": false"));
  EXPECT_EQ(failure_of("says-it-draws", 4), "");
}

TEST(BatchProbe, SoundProgramsPass) {
  for (const std::string kind : {"good", "range", "no-numbers", "half-precision"})
    EXPECT_EQ(failure_of(kind, 4), "") << kind;
}

// Slices of air are answered equally in any order: the next batch is looked at instead.
TEST(BatchProbe, WaitsForABatchThatCanTell) {
  const auto model = load(program("reversed"));
  EXPECT_EQ(failure_of(*model, 4, kTask, 0), "");
  EXPECT_THAT(failure_of(*model, 4), HasSubstr("depends on its batch"));
}

TEST(BatchProbe, AsksOnceForEachTask) {
  const TempFolder folder;
  {
    const auto model = load(program("good"), folder.path());
    for (const Task& task : {kTask, kTask, kOther}) {
      model->prepare(task, NoPairs(6, 1));
      for (int i = 0; i < 3; ++i) EXPECT_EQ(failure_of(*model, 4, task), "");
    }
  }
  const std::string log = read_file(std::filesystem::directory_iterator(folder / "logs")->path());
  int requests = 0;
  for (size_t at = 0; (at = log.find("kind 5", at)) != std::string::npos; ++at) ++requests;
  EXPECT_EQ(requests, 9 + 2);
}

TEST(BatchProbe, TakesTheSlabOfTheLastSlice) {
  const std::vector<float> source = slices(6);
  const SliceBatch batch{2, 6, 5, source, 1, 3};
  const SliceBatch one = pipe::last_alone(batch);
  EXPECT_EQ(one.n, 1);
  EXPECT_EQ(one.depth, 3);
  EXPECT_EQ(one.pixels.data(), source.data() + 3 * kPixels);
  EXPECT_EQ(one.pixels.size(), 3 * kPixels);
  EXPECT_FALSE(pipe::tells_order({1, 6, 5, source, 1, 6})) << "a whole volume is one question";
}

class BatchProbeRun : public RunFixture {};

TEST_F(BatchProbeRun, FailsTheCasesWithTheReason) {
  MethodTable table = test_models();
  table.push_back(command_method());
  RunOptions o = options("reversed");
  o.models = {"mine=" + program("reversed", ",workers=2")};
  o.threads = 2;
  EXPECT_EQ(run(o, table).failed, 6);
  for (const CaseRecord& record : read_results(o.out).cases)
    EXPECT_THAT(record.reason, HasSubstr("depends on its batch")) << record.text();
  o.out = folder_ / "alone";
  o.batch = 1;
  EXPECT_EQ(run(o, table).failed, 0);
}

}  // namespace
}  // namespace synerbench
