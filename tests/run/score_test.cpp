#include "harness/run/score.h"

#include <limits>

#include "harness/core/safetensors.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

class ScoreFolder : public RunFixture {
 protected:
  /// A run whose predictions are kept in <folder>/ran/predictions/<task>/<model>/...
  void SetUp() override {
    RunFixture::SetUp();
    RunOptions o = options("ran");
    o.models = {"noisy"};
    o.keep_predictions = true;
    run(o, test_models());
    // The layout that score reads has no model in it.
    for (const char* task : {"brain-mr-to-ct", "brain-cbct-to-ct", "brain-ct-to-mr"}) {
      std::filesystem::create_directories(folder_ / "given" / task);
      std::filesystem::copy(folder_ / "ran" / "predictions" / task / "noisy", folder_ / "given" / task,
                            std::filesystem::copy_options::recursive);
    }
  }

  ScoreOptions score_options(const std::string& out) const {
    ScoreOptions o;
    o.suite = (folder_ / "suite.json").string();
    o.store = folder_ / "store";
    o.predictions = folder_ / "given";
    o.out = folder_ / out;
    o.name = "noisy";
    o.threads = 2;
    return o;
  }

  std::filesystem::path given(const std::string& task, int patient) const {
    return folder_ / "given" / task / "made" / ("brain-p0" + std::to_string(patient) + "-c0.safetensors");
  }
};

TEST_F(ScoreFolder, OfKeptPredictionsEqualsTheRunThatMadeThem) {
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_EQ(outcome.run.scored, 6);
  EXPECT_TRUE(outcome.missing.empty());
  EXPECT_TRUE(outcome.extra.empty());
  const Results ran = read_results(folder_ / "ran"), scored = read_results(folder_ / "scored");
  EXPECT_EQ(to_json(ran)["cases"], to_json(scored)["cases"]);
  EXPECT_EQ(to_json(ran)["tasks"], to_json(scored)["tasks"]);
  EXPECT_EQ(read_file(folder_ / "ran" / "slices.csv"), read_file(folder_ / "scored" / "slices.csv"));
  EXPECT_EQ(read_file(folder_ / "ran" / "journal.jsonl").substr(200),
            read_file(folder_ / "scored" / "journal.jsonl").substr(200));
}

TEST_F(ScoreFolder, AMissingPredictionIsAFailureAndNotLeftOut) {
  std::filesystem::remove(given("brain-mr-to-ct", 6));
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_EQ(outcome.missing, std::vector<std::string>{"brain-mr-to-ct made/brain-p06-c0"});
  EXPECT_EQ(outcome.run.failed, 1);
  EXPECT_EQ(outcome.run.exit_code(), ExitCode::kSomeFailed);
  const Results results = read_results(folder_ / "scored");
  EXPECT_EQ(results.cases.size(), 6U);
  EXPECT_EQ(results.cases[0].status, CaseStatus::kFailed);
  EXPECT_EQ(results.cases[0].reason, "missing prediction");
}

TEST_F(ScoreFolder, DuplicateAndExtraFilesAreReported) {
  std::filesystem::copy(given("brain-mr-to-ct", 6),
                        folder_ / "given" / "brain-mr-to-ct" / "made_brain-p06-c0.safetensors");
  std::filesystem::copy(given("brain-mr-to-ct", 6), given("brain-mr-to-ct", 2));  // a training case
  write_file(folder_ / "given" / "notes.txt", "");
  const ScoreOutcome outcome = score(score_options("scored"));
  ASSERT_EQ(outcome.duplicates.size(), 1U);
  EXPECT_EQ(outcome.duplicates[0],
            "brain-mr-to-ct made/brain-p06-c0: brain-mr-to-ct/made/brain-p06-c0.safetensors, "
            "brain-mr-to-ct/made_brain-p06-c0.safetensors");
  EXPECT_EQ(outcome.extra,
            (std::vector<std::string>{"brain-mr-to-ct/made/brain-p02-c0.safetensors", "notes.txt"}));
  EXPECT_EQ(outcome.run.failed, 1);
}

TEST_F(ScoreFolder, FilesOfOneTaskMayLieInTheFolderItself) {
  ScoreOptions o = score_options("scored");
  o.tasks = {"brain-mr-to-ct"};
  for (int patient : {6, 7}) {
    std::filesystem::create_directories(folder_ / "flat");
    std::filesystem::copy(given("brain-mr-to-ct", patient),
                          folder_ / "flat" / given("brain-mr-to-ct", patient).filename());
  }
  o.predictions = folder_ / "flat";
  EXPECT_EQ(score(o).run.scored, 2);
}

TEST_F(ScoreFolder, WrongShapeNonFiniteAndDamagedFilesAreFailedCases) {
  const std::vector<float> small(8, 0.0F);
  write_safetensors(given("brain-mr-to-ct", 6),
                    {{"prediction", DType::kF32, {2, 2, 2}, std::as_bytes(std::span(small))}});
  std::vector<float> values(24 * 28 * 9, 0.0F);
  values[5] = std::numeric_limits<float>::quiet_NaN();
  write_safetensors(given("brain-mr-to-ct", 7),
                    {{"prediction", DType::kF32, {9, 28, 24}, std::as_bytes(std::span(values))}});
  write_file(given("brain-cbct-to-ct", 6), "not a safetensors file");
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_EQ(outcome.run.failed, 3);
  const Results results = read_results(folder_ / "scored");
  EXPECT_NE(results.cases[0].reason.find("shape 2x2x2 (D x H x W), the case has 9x28x24"), std::string::npos)
      << results.cases[0].reason;
  EXPECT_NE(results.cases[1].reason.find("1 of 6048 values are not finite"), std::string::npos)
      << results.cases[1].reason;
  EXPECT_EQ(results.cases[2].status, CaseStatus::kFailed);
}

TEST_F(ScoreFolder, AFolderWithoutAnyPredictionIsRefused) {
  ScoreOptions o = score_options("scored");
  o.predictions = folder_ / "store";
  try {
    score(o);
    FAIL() << "scored nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(
        std::string(error.what()).find("expected for example brain-mr-to-ct/made/brain-p06-c0.safetensors"),
        std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "scored"));
}

TEST_F(ScoreFolder, ImagesComeThroughTheInjectedReaderAndMustLieOnTheReferencesGrid) {
  ScoreOptions o = score_options("scored");
  o.tasks = {"brain-mr-to-ct"};
  o.predictions = folder_ / "images";
  write_file(folder_ / "images" / "made" / "brain-p06-c0.nii.gz", "read by the function below");
  write_file(folder_ / "images" / "made" / "brain-p07-c0.mha", "read by the function below");
  const SliceStore store(o.store);
  o.read_image = [&](const std::filesystem::path& path) {
    // An image file has i fastest; an axial store [D, H, W] has the same order.
    const std::string name = path.filename().string();
    const StoredCase& stored_case = store.find("made/" + name.substr(0, name.find('.')));
    Volume volume;
    volume.geometry = stored_case.geometry;
    volume.voxels.resize(static_cast<size_t>(volume.geometry.count()));
    store.volume(stored_case, Modality::kCT).read(0, stored_case.shape[0], volume.voxels);
    if (path.extension() == ".mha") volume.geometry.origin[0] += 1;  // a millimetre off
    return volume;
  };
  ASSERT_EQ(score(o).run.failed, 1);
  const Results results = read_results(folder_ / "scored");
  EXPECT_EQ(results.cases[0].status, CaseStatus::kScored);
  for (const Measure& m : results.cases[0].measures) {
    EXPECT_TRUE(m.metric != "mae" || m.value == 0.0) << "the reference itself was given";
  }
  EXPECT_NE(results.cases[1].reason.find("is on another grid"), std::string::npos) << results.cases[1].reason;

  // When told to, onto the reference's grid.
  o.out = folder_ / "resampled";
  o.resample = true;
  o.resample_image = [](const Volume& volume, const Geometry& grid, float) {
    Volume moved = volume;
    moved.geometry = grid;
    return moved;
  };
  EXPECT_EQ(score(o).run.failed, 0);
  EXPECT_EQ(read_results(folder_ / "resampled").models[0].info["switches"]["other_grid"], "resample, linear");
}

TEST_F(ScoreFolder, KilledAndResumedLeavesTheSameBytes) {
  score(score_options("whole"));
  score(score_options("killed"));
  const std::string journal = read_file(folder_ / "killed" / "journal.jsonl");
  write_file(folder_ / "killed" / "journal.jsonl", journal.substr(0, journal.size() / 2));
  std::filesystem::remove(folder_ / "killed" / "results.json");
  ScoreOptions again = score_options("killed");
  EXPECT_THROW(score(again), Error);
  again.resume = true;
  const ScoreOutcome outcome = score(again);
  EXPECT_GT(outcome.run.already_done, 0);
  EXPECT_GT(outcome.run.scored, 0);
  expect_same_run(folder_ / "killed", folder_ / "whole");
  write_safetensors(given("brain-mr-to-ct", 6), {});
  EXPECT_THROW(score(again), Error) << "other files are another scoring";
}

TEST_F(ScoreFolder, RecordsTheHashOfEveryFile) {
  score(score_options("scored"));
  const std::string list = read_file(folder_ / "scored" / "predictions.csv");
  EXPECT_NE(list.find(sha256_file(given("brain-ct-to-mr", 7))), std::string::npos);
  EXPECT_EQ(read_results(folder_ / "scored").models[0].info["weights_sha256"], sha256_hex(list));
}

}  // namespace
}  // namespace synerbench
