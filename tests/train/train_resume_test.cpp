// A training that is killed, interrupted, damaged or begun twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/safetensors.h"
#include "harness/train/weights.h"
#include "tests/support/error_of.h"
#include "tests/train/train_fixture.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using namespace testing_support;

class TrainResume : public TrainFixture {};

TEST_F(TrainResume, CrashedAtAnyUpdateAndResumedEqualsTheUninterruptedOne) {
  run(options("whole"));
  for (int64_t at = 0; at < 12; ++at) {
    TrainOptions resumed = options("crashed-" + std::to_string(at));
    resumed.checkpoint_every = 3;
    crash(resumed, at);
    EXPECT_FALSE(std::filesystem::exists(resumed.folder / "config.json"));
    resumed.resume = true;
    const TrainReport report = run(resumed);
    // Checkpoints after updates 3, 6, 9 and after validations at the ends of epochs 2, 4: updates 4, 8.
    const int64_t last[] = {0, 0, 0, 3, 4, 4, 6, 6, 8, 9, 9, 9};
    EXPECT_EQ(report.resumed_at, last[at]);
    EXPECT_EQ(result_in(folder_ / "whole"), result_in(resumed.folder)) << "crashed at update " << at;
  }
}

TEST_F(TrainResume, CrashedWhileWritingACheckpointKeepsTheOneBefore) {
  run(options("whole"));
  for (const std::string step : {"open", "write", "sync", "rename"}) {
    TrainOptions resumed = options("crashed-" + step);
    resumed.checkpoint_every = 1;
    TinyModelHooks hooks;
    hooks.before_update = [&](int64_t update) {
      if (update == 6) set_write_fault_for_testing(step);
    };
    EXPECT_THAT(error_of([&] { run(resumed, hooks); }, ExitCode::kBadInput),
                HasSubstr("checkpoint.safetensors"));
    set_write_fault_for_testing("");
    resumed.resume = true;
    EXPECT_EQ(run(resumed).resumed_at, 6);
    EXPECT_EQ(result_in(folder_ / "whole"), result_in(resumed.folder)) << step;
  }
}

TEST_F(TrainResume, KilledBetweenWeightsAndConfigIsCompletedByResume) {
  run(options("whole"));
  TrainOptions resumed = options("killed");
  crash(resumed, 11);
  resumed.resume = true;
  run(resumed);
  // What a kill after config.json and before the removal of the checkpoint leaves: both.
  TrainOptions again = options("again");
  again.checkpoint_every = 12;
  TinyModelHooks keep;
  std::filesystem::path copy = folder_ / "copy.safetensors";
  keep.calls = nullptr;
  crash(again, 11);
  std::filesystem::copy_file(again.folder / "checkpoint.safetensors", copy);
  again.resume = true;
  run(again);
  std::filesystem::copy_file(copy, again.folder / "checkpoint.safetensors");
  run(again);
  EXPECT_FALSE(std::filesystem::exists(again.folder / "checkpoint.safetensors"));
  EXPECT_EQ(result_in(folder_ / "whole"), result_in(again.folder));
}

TEST_F(TrainResume, InterruptedByASignalStopsAfterTheUpdateAndResumes) {
  // In a child: the flag of the interrupt handler cannot be taken back in this process.
  run(options("whole"));
  TrainOptions stopped = options("stopped");
  EXPECT_EXIT(
      {
        install_interrupt_handler();
        TinyModelHooks hooks;
        hooks.before_update = [](int64_t update) {
          if (update == 4) std::raise(SIGINT);
        };
        try {
          run(stopped, hooks);
        } catch (const Error& error) {
          std::_Exit(static_cast<int>(error.code()));
        }
        std::_Exit(0);
      },
      testing::ExitedWithCode(130), "");
  stopped.resume = true;
  EXPECT_EQ(run(stopped).resumed_at, 5);
  EXPECT_EQ(result_in(folder_ / "whole"), result_in(stopped.folder));
}

TEST_F(TrainResume, ResumeOfAFinishedTrainingChangesNothing) {
  TrainOptions finished = options("a");
  const TrainReport first = run(finished);
  const Result before = result_in(finished.folder);
  finished.resume = true;
  TinyModelHooks hooks;
  hooks.before_update = [](int64_t) { FAIL() << "trained again"; };
  const TrainReport second = run(finished, hooks);
  EXPECT_EQ(result_in(finished.folder), before);
  EXPECT_EQ(second.weights_sha256, first.weights_sha256);
  EXPECT_EQ(second.updates, first.updates);
  EXPECT_EQ(second.selected_score, first.selected_score);
  EXPECT_EQ(second.losses, first.losses);
}

TEST_F(TrainResume, CallsDamagedRecordsOfAFinishedTrainingBadInput) {
  TrainOptions finished = options("a");
  run(finished);
  finished.resume = true;
  const Json sound = read_json(finished.folder / "config.json");
  const auto error_with = [&](const std::function<void(Json&)>& damage) {
    Json json = sound;
    damage(json);
    write_json(finished.folder / "config.json", json);
    return error_of([&] { run(finished); }, ExitCode::kBadInput);
  };
  EXPECT_THAT(error_with([](Json& json) { json["training"]["updates"] = "many"; }),
              HasSubstr("config.json: /training/updates: a whole number is wanted, a text found"));
  EXPECT_THAT(error_with([](Json& json) { json["training"]["last_losses"] = 3; }),
              HasSubstr("/training/last_losses"));
  EXPECT_THAT(error_with([](Json& json) { json["selection"].erase("update"); }),
              HasSubstr("copy the weights folder again"));
}

TEST_F(TrainResume, RefusesAFolderThatIsTaken) {
  TrainOptions taken = options("a");
  crash(taken, 7);
  EXPECT_THAT(error_of([&] { run(taken); }),
              HasSubstr("holds an unfinished training\n  go on with --resume"));
  taken.resume = true;
  run(taken);
  taken.resume = false;
  EXPECT_THAT(error_of([&] { run(taken); }), HasSubstr("holds the weights of a finished training"));
}

TEST_F(TrainResume, RefusesToResumeAnotherTrainingAndSaysWhatDiffers) {
  TrainOptions begun = options("a");
  crash(begun, 7);
  const auto differs = [&](const std::string& what, const std::function<void(TrainOptions&)>& change) {
    TrainOptions other = begun;
    other.resume = true;
    change(other);
    EXPECT_THAT(error_of([&] { run(other); }), HasSubstr("another one: " + what));
  };
  differs("/seed: 5, now 9", [](TrainOptions& o) { o.seed = 9; });
  differs("/recipe/batch: 4, now 2", [](TrainOptions& o) { o.recipe.batch = 2; });
  differs("/recipe/constant: 6, now 8", [](TrainOptions& o) { o.recipe.constant = 8; });
  differs("/task: \"brain-mr-to-ct\", now \"pelvis-mr-to-ct\"",
          [](TrainOptions& o) { o.task.id = "pelvis-mr-to-ct"; });
  differs("/threads: 1, now 2", [](TrainOptions& o) { o.threads = 2; });
  differs("/data/store: not there, now \"x\"", [](TrainOptions& o) { o.data["store"] = "x"; });
  TrainOptions other = begun;
  other.resume = true;
  EXPECT_THAT(error_of([&] { run(other, {.lr = 0.5}); }), HasSubstr("/config/lr: 0.02, now 0.5"));
  const SyntheticPairs more(7, 32, 1);
  const auto model = make_tiny_model();
  EXPECT_THAT(error_of([&] { train(other, *model, more, validation_); }),
              HasSubstr("/pairs/count: 6, now 7"));
}

TEST_F(TrainResume, RefusesADamagedCheckpoint) {
  TrainOptions begun = options("a");
  crash(begun, 7);
  const std::string whole = read_file(begun.folder / "checkpoint.safetensors");
  write_file(begun.folder / "checkpoint.safetensors", std::string_view(whole).substr(0, whole.size() - 10));
  begun.resume = true;
  EXPECT_THAT(error_of([&] { run(begun); }, ExitCode::kBadInput), HasSubstr("checkpoint.safetensors"));
  write_file(begun.folder / "checkpoint.safetensors",
             read_file(SYNERBENCH_SOURCE_DIR "/tests/fixtures/pix2pix/lr.safetensors"));
  EXPECT_THAT(error_of([&] { run(begun); }, ExitCode::kBadInput),
              HasSubstr("this is no checkpoint of a training"));
}

// One flipped bit made update 90 of 80 out of update 10.
TEST_F(TrainResume, BelievesACheckpointAsAWholeOrNotAtAll) {
  TrainOptions begun = options("a");
  crash(begun, 7);
  const auto path = begun.folder / "checkpoint.safetensors";
  const std::string whole = read_file(path);
  begun.resume = true;
  for (size_t at = 9; at < whole.size(); at += 1 + whole.size() / 97) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write_file(path, bad);
    EXPECT_NE(error_of([&] { run(begun); }, ExitCode::kBadInput), "") << "byte " << at;
  }
  write_file(path, whole);
  EXPECT_EQ(run(begun).resumed_at, 4);
}

// With a sum that fits, so that only the range can be seen.
TEST_F(TrainResume, RefusesAPositionThatNoTrainingComesTo) {
  TrainOptions begun = options("a");
  crash(begun, 7);
  const auto path = begun.folder / "checkpoint.safetensors";
  begun.resume = true;
  const auto error_with = [&](const std::function<void(Json&)>& change) {
    const SafetensorsFile file = SafetensorsFile::read_whole(path);
    std::vector<TensorToWrite> tensors;
    for (const std::string& name : file.names()) {
      const TensorView view = file.at(name);
      tensors.push_back({name, view.dtype, view.shape, view.bytes});
    }
    Json json = parse_json(file.metadata().at("synerbench"), "checkpoint");
    change(json);
    const std::string text = to_text(json, -1);
    TrainOptions other = begun;
    other.folder = folder_ / "other";
    std::filesystem::create_directories(other.folder);
    std::filesystem::copy_file(begun.folder / "log.jsonl", other.folder / "log.jsonl",
                               std::filesystem::copy_options::overwrite_existing);
    write_safetensors(other.folder / "checkpoint.safetensors", tensors,
                      {{"synerbench", text}, {"sha256", sha256_hex(text + "\n" + content_sha256(tensors))}});
    return error_of([&] { run(other); }, ExitCode::kBadInput);
  };
  EXPECT_THAT(error_with([](Json& j) { j["update"] = 90; }), HasSubstr("/update: 90 is outside 0 .. 12"));
  EXPECT_THAT(error_with([](Json& j) { j["update"] = -5; }), HasSubstr("/update: -5 is outside 0 .. 12"));
  EXPECT_THAT(error_with([](Json& j) { j["update"] = "4"; }), HasSubstr("/update: a whole number is wanted"));
  EXPECT_THAT(error_with([](Json& j) { j["log_length"] = -1; }), HasSubstr("/log_length: -1 is outside"));
  EXPECT_THAT(error_with([](Json& j) { j["summed"] = 5; }), HasSubstr("/summed: 5 is outside 0 .. 4"));
  EXPECT_THAT(error_with([](Json& j) { j["best"]["score"] = 1e308; }), HasSubstr("/best/score: no SSIM"));
  EXPECT_THAT(error_with([](Json& j) { j["best"]["update"] = 11; }),
              HasSubstr("/best/update: 11 is outside 1 .. 4"));
  EXPECT_THAT(error_with([](Json& j) { j["losses"] = 7; }), HasSubstr("/losses"));
  EXPECT_THAT(error_with([](Json& j) { j["sums"]["L1"] = "much"; }),
              HasSubstr("/sums/L1: a number is wanted"));
  EXPECT_THAT(error_with([](Json& j) { j["identity"] = 7; }), HasSubstr("/identity: an object"));
  EXPECT_THAT(error_with([](Json& j) {
                j.erase("best");
                j["schema"] = 5;
              }),
              HasSubstr("another version"));
}

TEST_F(TrainResume, OfTwoIntoOneFolderOneTrainsAndTheOtherSaysSo) {
  std::atomic<int> done{0}, refused{0};
  const auto begin = [&] {
    TinyModelHooks hooks;
    hooks.before_update = [&](int64_t) {  // the other one comes in the middle of it
      for (int wait = 0; refused == 0 && wait < 1000; ++wait)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    };
    try {
      run(options("a"), hooks);
      ++done;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_EQ(error.problem(), "another training is writing here");
      ++refused;
    }
  };
  std::thread other(begin);
  begin();
  other.join();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(refused, 1);
  run(options("alone"));
  EXPECT_EQ(result_in(folder_ / "a"), result_in(folder_ / "alone"));
}

TEST_F(TrainResume, ACheckpointFromBeforeTheMethodHadPhasesIsOfAnotherVersion) {
  TrainOptions options = this->options("a", 2);
  options.checkpoint_every = 1;
  crash(options, 2);
  options.resume = true;
  EXPECT_THAT(error_of(
                  [&] {
                    run(options, {.phases = {{"all", 4, {}, true}}});
                  },
                  ExitCode::kBadInput),
              HasSubstr("this checkpoint was written by another version\n  finish the training with"));
}

}  // namespace
}  // namespace synerbench
