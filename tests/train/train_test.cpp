// The training loop, with the smallest model that uses all of it.
#include "harness/train/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/core/safetensors.h"
#include "harness/train/weights.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"
#include "tests/train/tiny_model.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;
using testing_support::make_tiny_model;
using testing_support::SyntheticPairs;
using testing_support::TinyModelHooks;

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

/// Everything a finished training leaves, as bytes.
struct Result {
  std::string network, helper, config, log;
  bool operator==(const Result&) const = default;
};
Result result_in(const std::filesystem::path& folder) {
  return {read_file(folder / "N.safetensors"), read_file(folder / "H.safetensors"),
          read_file(folder / "config.json"), read_file(folder / "log.jsonl")};
}

std::vector<Json> log_of(const std::filesystem::path& folder, const std::string& event) {
  std::vector<Json> lines;
  const std::string text = read_file(folder / "log.jsonl");
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    Json line = parse_json(text.substr(begin, end - begin), "log");
    if (line.at("event") == event) lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

class Train : public testing::Test {
 protected:
  static void SetUpTestSuite() { set_quiet(true); }

  /// 6 pairs in batches of 4: 2 updates per epoch, the second one of 2 pairs.
  TrainOptions options(const std::string& name, int64_t constant = 6, int64_t decay = 0) const {
    TrainOptions options;
    options.task = kTask;
    options.folder = folder_ / name;
    options.seed = 5;
    options.recipe.constant = constant;
    options.recipe.decay = decay;
    options.recipe.batch = 4;
    options.recipe.augmentation = Augmentation::kJitter;
    options.recipe.ema_decay = 0.5;
    options.recipe.validate_every = 2;
    options.log_every = 5;
    return options;
  }
  TrainReport run(const TrainOptions& options, const TinyModelHooks& hooks = {}) {
    const auto model = make_tiny_model(hooks);
    return train(options, *model, pairs_, validation_);
  }
  /// Stops at update `at` as a crash would: nothing is written after it.
  void crash(const TrainOptions& options, int64_t at) {
    TinyModelHooks hooks;
    hooks.before_update = [at](int64_t update) {
      if (update == at) throw std::runtime_error("crash");
    };
    EXPECT_THROW(run(options, hooks), std::runtime_error);
  }

  TempFolder folder_;
  SyntheticPairs pairs_{6, 32, 1}, validation_{4, 32, 2};
  const SyntheticPairs none_{0, 32, 3};
};

TEST_F(Train, LeavesACompleteWeightsFolder) {
  const TrainReport report = run(options("a"));
  EXPECT_EQ(report.updates, 12);
  EXPECT_EQ(report.epochs, 6);
  EXPECT_EQ(report.images_seen, 36);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a/checkpoint.safetensors"));
  const WeightsConfig weights = read_weights_config(folder_ / "a", "tiny-test");
  EXPECT_EQ(weights.tasks, std::vector<std::string>{"brain-mr-to-ct"});
  ASSERT_EQ(weights.networks.size(), 2u);
  EXPECT_EQ(weights.networks[0].name, "N");
  EXPECT_FALSE(weights.networks[1].inference);
  EXPECT_EQ(weights.sha256(), report.weights_sha256);
  EXPECT_NO_THROW(weights.checked_file("N"));
  const Json config = read_json(folder_ / "a/config.json");
  EXPECT_EQ(config.at("training").at("images_seen"), 36);
  EXPECT_EQ(config.at("networks").at("N").at("parameters"), 1 * 4 * 9 + 4 + 8 + 4 + 1);
}

Lineage lineage_in(const std::filesystem::path& folder) {
  return *read_weights_config(folder, "tiny-test").lineage;
}

/// A training that goes on from weights.
TinyModelHooks from(const std::filesystem::path& weights) {
  TinyModelHooks hooks;
  hooks.learns.weights = {{weights, "other weights"}};
  return hooks;
}

TEST_F(Train, RecordsWhatTheWeightsLearnedFrom) {
  TrainOptions options = this->options("a");
  options.data = {{"store", "store's hash"}, {"content", {"s1", "s2"}}};
  const TrainReport report = run(options);
  const Lineage lineage = lineage_in(options.folder);
  ASSERT_EQ(lineage.trainings.size(), 1U);
  const TrainingOrigin& own = lineage.trainings.front();
  EXPECT_EQ(own.model, "tiny-test");
  EXPECT_EQ(own.weights_sha256, report.weights_sha256);
  EXPECT_EQ(own.store_sha256, "store's hash");
  EXPECT_EQ(own.data_sets, std::vector<std::string>{"made"});
  EXPECT_EQ(own.patients_sha256, sha256_of_set({"made/p0", "made/p1", "made/p2"}));
  EXPECT_EQ(own.samples, std::vector<SampleKind>{SampleKind::kSynthesis});
  EXPECT_EQ(own.synthesis, (std::vector<LearnedRoute>{{"made", "brain-mr-to-ct"}}));
  EXPECT_EQ(*own.scans, (std::set<std::string>{"s1", "s2"}));
  EXPECT_TRUE(read_json(options.folder / "config.json").at("lineage").at("scans").empty())
      << "its own scans stand under \"data\" already";
}

TEST_F(Train, WithoutPatientsRecordsNone) {
  TinyModelHooks hooks;
  hooks.learns.samples = {SampleKind::kPictures, SampleKind::kEdits};
  hooks.phases = {{.name = "pictures", .updates = 12, .schedule = {}, .synthesizes = false}};
  TrainOptions options = this->options("a");
  options.data = {{"store", "store's hash"}, {"content", {"s1"}}};
  run(options, hooks);
  TrainingOrigin own = lineage_in(options.folder).trainings.front();
  EXPECT_TRUE(own.data_sets.empty());
  EXPECT_EQ(own.scans, nullptr);
  EXPECT_EQ(own.store_sha256, "");
  // Validation shows it patients, and chooses by them.
  hooks.phases[0].synthesizes = true;
  options.folder = folder_ / "b";
  run(options, hooks);
  own = lineage_in(options.folder).trainings.front();
  EXPECT_EQ(own.data_sets, std::vector<std::string>{"made"});
  EXPECT_EQ(own.patients_sha256, sha256_of_set({"made/p0", "made/p1"}));
}

TEST_F(Train, InheritsTheLineageOfTheWeightsItStartsFrom) {
  TrainOptions base = options("base");
  base.data = {{"content", {"s1"}}};
  run(base);
  TrainOptions stage = options("stage");
  stage.data = {{"content", {"s2"}}};
  run(stage, from(base.folder));
  const Lineage lineage = lineage_in(stage.folder);
  ASSERT_EQ(lineage.trainings.size(), 2U);
  EXPECT_EQ(to_json(Lineage{{lineage.trainings[1]}}), to_json(lineage_in(base.folder)));
  EXPECT_EQ(*lineage.trainings[1].scans, std::set<std::string>{"s1"});
  // One network of the folder is the folder's.
  run(options("network"), from(base.folder / "N.safetensors"));
  EXPECT_EQ(lineage_in(folder_ / "network").trainings.at(1).weights_sha256,
            lineage_in(base.folder).trainings.front().weights_sha256);
  // And on.
  run(options("third"), from(stage.folder));
  EXPECT_EQ(lineage_in(folder_ / "third").trainings.size(), 3U);
}

TEST_F(Train, ARecipeIsTheSameWhereverItsBaseLies) {
  run(options("base"));
  std::filesystem::copy(folder_ / "base", folder_ / "moved");
  run(options("a"), from(folder_ / "base"));
  run(options("b"), from(folder_ / "moved"));
  EXPECT_EQ(lineage_in(folder_ / "a").trainings.front().recipe_sha256,
            lineage_in(folder_ / "b").trainings.front().recipe_sha256);
  EXPECT_NE(lineage_in(folder_ / "a").trainings.front().recipe_sha256,
            lineage_in(folder_ / "base").trainings.front().recipe_sha256);
}

TEST_F(Train, SaysThatWeightsWithoutALineageHaveNone) {
  write_file(folder_ / "downloaded.safetensors", "content");
  run(options("a"), from(folder_ / "downloaded.safetensors"));
  const TrainingOrigin unknown = lineage_in(folder_ / "a").trainings.at(1);
  EXPECT_FALSE(unknown.recorded);
  EXPECT_EQ(unknown.model, "other weights");
  EXPECT_EQ(unknown.weights_sha256, sha256_hex("content"));
  // Weights of a version before lineages are read as ever.
  run(options("old"));
  Json config = read_json(folder_ / "old/config.json");
  config.erase("lineage");
  write_json(folder_ / "old/config.json", config);
  EXPECT_EQ(read_weights_config(folder_ / "old", "tiny-test").lineage, nullptr);
  run(options("b"), from(folder_ / "old"));
  EXPECT_FALSE(lineage_in(folder_ / "b").trainings.at(1).recorded);
  EXPECT_EQ(lineage_in(folder_ / "b").trainings.at(1).model, "tiny-test");
}

TEST_F(Train, DoesNotGoOnFromWeightsOfAnotherLineage) {
  run(options("base"));
  TrainOptions stage = options("stage");
  TinyModelHooks hooks = from(folder_ / "base");
  hooks.before_update = [](int64_t update) {
    if (update == 7) throw std::runtime_error("crash");
  };
  EXPECT_THROW(run(stage, hooks), std::runtime_error);
  stage.resume = true;
  Json config = read_json(folder_ / "base/config.json");
  const Json kept = config;
  config["lineage"]["trainings"][0]["data_sets"].push_back("another");
  write_json(folder_ / "base/config.json", config);
  EXPECT_THAT(error_of([&] { run(stage, from(folder_ / "base")); }, ExitCode::kUsage),
              HasSubstr("begun from weights with another lineage"));
  write_json(folder_ / "base/config.json", kept);
  EXPECT_NO_THROW(run(stage, from(folder_ / "base")));
}

TEST_F(Train, Learns) {
  TrainOptions many = options("a", 150);
  many.recipe.augmentation = Augmentation::kNone;
  run(many);
  const auto losses = log_of(many.folder, "losses");
  EXPECT_LT(losses.back().at("losses").at("L1").get<double>(),
            0.5 * losses.front().at("losses").at("L1").get<double>());
  const auto validations = log_of(many.folder, "validation");
  EXPECT_GT(validations.back().at("score").get<double>(), validations.front().at("score").get<double>());
}

TEST_F(Train, TwiceGivesTheSameBytes) {
  run(options("a"));
  run(options("b"));
  EXPECT_EQ(result_in(folder_ / "a"), result_in(folder_ / "b"));
  TrainOptions other = options("c");
  other.seed = 6;
  run(other);
  EXPECT_NE(result_in(folder_ / "a").network, result_in(folder_ / "c").network);
}

TEST_F(Train, CrashedAtAnyUpdateAndResumedEqualsTheUninterruptedOne) {
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

TEST_F(Train, CrashedWhileWritingACheckpointKeepsTheOneBefore) {
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

TEST_F(Train, KilledBetweenWeightsAndConfigIsCompletedByResume) {
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

TEST_F(Train, InterruptedByASignalStopsAfterTheUpdateAndResumes) {
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

TEST_F(Train, ResumeOfAFinishedTrainingChangesNothing) {
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

TEST_F(Train, CallsDamagedRecordsOfAFinishedTrainingBadInput) {
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

TEST_F(Train, RefusesAFolderThatIsTaken) {
  TrainOptions taken = options("a");
  crash(taken, 7);
  EXPECT_THAT(error_of([&] { run(taken); }),
              HasSubstr("holds an unfinished training\n  go on with --resume"));
  taken.resume = true;
  run(taken);
  taken.resume = false;
  EXPECT_THAT(error_of([&] { run(taken); }), HasSubstr("holds the weights of a finished training"));
}

TEST_F(Train, RefusesToResumeAnotherTrainingAndSaysWhatDiffers) {
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

TEST_F(Train, LearnsSeveralTasksAndNamesThemAll) {
  const Task pelvis{"pelvis-mr-to-ct", "pelvis", Modality::kMRI, Modality::kCT},
      back{"brain-ct-to-mr", "brain", Modality::kCT, Modality::kMRI};
  const SyntheticPairs others(3, 32, 9);
  const std::vector<TaskPairs> training{{kTask, &pairs_}, {pelvis, &others}},
      validation{{kTask, &validation_}, {pelvis, &none_}, {back, &validation_}};
  TrainOptions several = options("a", 4);
  const auto model = make_tiny_model();
  const TrainReport report = train(several, *model, training, validation);
  EXPECT_EQ(report.updates, 4 * (2 + 1));
  EXPECT_EQ(report.images_seen, 4 * (6 + 3));
  EXPECT_EQ(read_weights_config(several.folder, "tiny-test").tasks,
            (std::vector<std::string>{"brain-mr-to-ct", "pelvis-mr-to-ct", "brain-ct-to-mr"}));
  const Json line = log_of(several.folder, "validation").back();
  const double one = line.at("tasks").at("brain-mr-to-ct").get<double>(),
               two = line.at("tasks").at("brain-ct-to-mr").get<double>();
  EXPECT_FALSE(line.at("tasks").contains("pelvis-mr-to-ct")) << "it has no validation pairs";
  EXPECT_DOUBLE_EQ(line.at("score").get<double>(), (one + two) / 2);

  TinyModelHooks hooks;
  hooks.before_update = [](int64_t update) {
    if (update == 7) throw std::runtime_error("crash");
  };
  TrainOptions stopped = options("b", 4);
  EXPECT_THROW(train(stopped, *make_tiny_model(hooks), training, validation), std::runtime_error);
  stopped.resume = true;
  train(stopped, *make_tiny_model(), training, validation);
  EXPECT_EQ(result_in(several.folder), result_in(stopped.folder));
  stopped.folder = several.folder;
  EXPECT_THAT(error_of([&] {
                train(stopped, *make_tiny_model(), {{kTask, &pairs_}}, validation);
              }),
              HasSubstr("/pairs/pelvis-mr-to-ct"));
}

TEST_F(Train, RefusesADamagedCheckpoint) {
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
TEST_F(Train, BelievesACheckpointAsAWholeOrNotAtAll) {
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
TEST_F(Train, RefusesAPositionThatNoTrainingComesTo) {
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

TEST_F(Train, OfTwoIntoOneFolderOneTrainsAndTheOtherSaysSo) {
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

TEST_F(Train, FollowsTheScheduleInEpochsAndInUpdates) {
  std::vector<double> rates;
  TinyModelHooks hooks;
  hooks.learning_rates = &rates;
  run(options("epochs", 2, 2), hooks);
  const auto near = [](double v) { return testing::DoubleNear(0.02 * v, 1e-12); };
  EXPECT_THAT(rates, testing::ElementsAre(near(1), near(1), near(2 / 3.0), near(2 / 3.0), near(1 / 3.0),
                                          near(1 / 3.0), near(0), near(0)));
  rates.clear();
  TrainOptions updates = options("updates", 2, 3);
  updates.recipe.unit = BudgetUnit::kUpdates;
  const TrainReport report = run(updates, hooks);
  EXPECT_THAT(rates, testing::ElementsAre(near(1), near(0.75), near(0.5), near(0.25), near(0)));
  EXPECT_EQ(report.updates, 5);
  EXPECT_EQ(report.epochs, 3);
  EXPECT_EQ(report.images_seen, 6 + 6 + 4);
}

// See Note [Learning rates].
TEST_F(Train, MultipliesTheRecipesFactorAndTheModelsOwnRule) {
  std::vector<double> rates;
  TinyModelHooks hooks;
  hooks.learning_rates = &rates;
  const auto near = [](double v) { return testing::DoubleNear(0.02 * v, 1e-12); };
  TrainOptions options = this->options("own", 1, 3);  // epochs of two updates, at 3/4, 1/2, 1/4 and 0
  options.log_every = 1;
  hooks.schedule = {.kind = Schedule::Kind::kPolynomial, .unit = BudgetUnit::kEpochs, .length = 2};
  run(options, hooks);
  EXPECT_THAT(rates, testing::ElementsAre(near(0.75), near(0.75), near(0.25), near(0.25), near(0), near(0),
                                          near(0), near(0)));
  const std::vector<Json> lines = log_of(options.folder, "losses");
  ASSERT_EQ(lines.size(), rates.size());
  for (size_t i = 0; i < rates.size(); ++i)
    EXPECT_NEAR(lines[i].at("lr_factor").get<double>(), rates[i] / 0.02, 1e-12) << i;

  rates.clear();
  hooks.schedule.unit = BudgetUnit::kUpdates;
  options = this->options("updates", 2);
  run(options, hooks);
  EXPECT_THAT(rates, testing::ElementsAre(near(1), near(0.5), near(0), near(0)));
}

TEST_F(Train, CountsAPhasesScheduleFromThePhasesFirstUnit) {
  std::vector<double> rates;
  std::vector<std::string> calls;
  TinyModelHooks hooks;
  hooks.learning_rates = &rates;
  hooks.calls = &calls;
  using Kind = Schedule::Kind;
  hooks.phases = {
      {"first", 4, {.kind = Kind::kLinear, .unit = BudgetUnit::kEpochs, .constant = 1, .decay = 1}, false},
      {"none", 0, {}, false},
      {"second", 4, {.kind = Kind::kPolynomial, .length = 4}, true}};
  hooks.schedule = {.kind = Kind::kPolynomial, .length = 1};  // of trainings without phases
  const TrainOptions options = this->options("a", 4);
  run(options, hooks);
  const auto near = [](double v) { return testing::DoubleNear(0.02 * v, 1e-12); };
  EXPECT_THAT(rates, testing::ElementsAre(near(0.5), near(0.5), near(0), near(0), near(1), near(0.75),
                                          near(0.5), near(0.25)));
  std::erase_if(calls, [](const std::string& call) { return !call.starts_with("phase"); });
  EXPECT_THAT(calls, testing::ElementsAre("phase 0", "phase 2"));
  for (const Json& line : log_of(options.folder, "validation")) EXPECT_EQ(line.at("phase"), "second");
}

TEST_F(Train, ACheckpointFromBeforeTheMethodHadPhasesIsOfAnotherVersion) {
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

TEST_F(Train, CallsTheModelsHooksInOrder) {
  std::vector<std::string> calls;
  run(options("a", 2), {.calls = &calls});
  EXPECT_THAT(calls,
              testing::ElementsAre("update 0", "update 1", "epoch 0", "update 2", "update 3", "epoch 1"));
}

TEST_F(Train, KeepsTheWeightsOfTheBestValidation) {
  // A model that gets worse: after update 4 the losses are followed uphill by a huge rate.
  TrainOptions options = this->options("a", 12);
  options.recipe.ema_decay = 0;
  options.recipe.validate_every = 1;
  const TrainReport report = run(options, {.lr = 0.5});
  const auto validations = log_of(options.folder, "validation");
  ASSERT_EQ(validations.size(), 12u);
  double best = -2;
  int64_t at = 0;
  for (const Json& line : validations) {
    const double score = line.at("score").get<double>();
    EXPECT_EQ(line.at("best").get<bool>(), score > best);
    if (score > best) {
      best = score;
      at = line.at("update").get<int64_t>();
    }
  }
  EXPECT_EQ(report.selected_update, at);
  EXPECT_EQ(report.selected_score, best);
  ASSERT_LT(at, 24) << "the last one was the best: nothing was tested";
  // The same training cut there ends with the same weights.
  TrainOptions cut = options;
  cut.folder = folder_ / "cut";
  cut.recipe.constant = at / 2;
  run(cut, {.lr = 0.5});
  EXPECT_EQ(read_file(cut.folder / "N.safetensors"), read_file(options.folder / "N.safetensors"));
  EXPECT_EQ(read_file(cut.folder / "H.safetensors"), read_file(options.folder / "H.safetensors"));
}

TEST_F(Train, WithoutValidationPairsKeepsTheLastWeights) {
  const auto model = make_tiny_model();
  const TrainReport report = train(options("a"), *model, pairs_, none_);
  EXPECT_EQ(report.selected_update, 12);
  EXPECT_FALSE(report.selected_score.has_value());
  EXPECT_EQ(read_json(folder_ / "a/config.json").at("selection").at("rule"), "last update");
}

TEST_F(Train, AveragingChangesTheWeightsAndStartsWhenTold) {
  TrainOptions plain = options("plain");
  plain.recipe.ema_decay = 0;
  run(plain);
  run(options("averaged"));
  EXPECT_NE(read_file(folder_ / "plain/N.safetensors"), read_file(folder_ / "averaged/N.safetensors"));
  TrainOptions late = options("late");
  late.recipe.ema_start = 12;  // never: every average is a copy
  run(late);
  EXPECT_EQ(read_file(folder_ / "plain/N.safetensors"), read_file(folder_ / "late/N.safetensors"));
}

TEST_F(Train, LogHoldsMeansOverItsUpdates) {
  run(options("a"));
  const auto losses = log_of(folder_ / "a", "losses");
  ASSERT_EQ(losses.size(), 3u);  // after 5, 10 and the last, 12th update
  EXPECT_EQ(losses[1].at("update"), 10);
  EXPECT_EQ(losses[1].at("over"), 5);
  EXPECT_EQ(losses[1].at("losses").at("counter"), 8);  // mean of 6..10
  EXPECT_EQ(losses[2].at("over"), 2);
  EXPECT_EQ(losses[2].at("losses").at("counter"), 11.5);
  EXPECT_EQ(log_of(folder_ / "a", "start").size(), 1u);
}

TEST_F(Train, StopsAtALossThatIsNotFinite) {
  TinyModelHooks hooks;
  hooks.change_losses = [](Losses& losses) {
    if (losses[1].second == 8) losses[0].second = std::nan("");
  };
  EXPECT_THAT(error_of([&] { run(options("a"), hooks); }, ExitCode::kSomeFailed),
              HasSubstr("training tiny-test on brain-mr-to-ct: loss L1 is nan at update 7"));
}

TEST_F(Train, RefusesToTrainOnNothing) {
  const auto model = make_tiny_model();
  EXPECT_THAT(error_of([&] { train(options("a"), *model, none_, validation_); }, ExitCode::kBadInput),
              HasSubstr("there are no training pairs"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
}

TEST_F(Train, SideBySideInTwoThreadsGivesTheSameBytesAsAlone) {
  TrainOptions first = options("alone-1", 20), second = options("alone-2", 20);
  second.seed = 77;
  run(first);
  run(second);
  TrainOptions a = first, b = second;
  a.folder = folder_ / "beside-1";
  b.folder = folder_ / "beside-2";
  std::thread other([&] { run(a); });
  run(b);
  other.join();
  EXPECT_EQ(result_in(first.folder), result_in(a.folder));
  EXPECT_EQ(result_in(second.folder), result_in(b.folder));
}

}  // namespace
}  // namespace synerbench
