#include "harness/run/score.h"

#include <limits>

#include "harness/core/safetensors.h"
#include "harness/data/dicom.h"
#include "harness/data/dicom_writer.h"
#include "harness/run/merge.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

class ScoreFolder : public RunFixture {
 protected:
  /// A run that keeps its predictions, and a copy of them that a test may spoil.
  void SetUp() override {
    RunFixture::SetUp();
    RunOptions o = options("ran");
    o.models = {"noisy"};
    o.keep_predictions = true;
    run(o, test_models());
    std::filesystem::copy(predictions_of(folder_ / "ran", "noisy"), folder_ / "given",
                          std::filesystem::copy_options::recursive);
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

// Shards of a run, merged, and a key that no folder can be called by: every model's kept folder is scored
// where it lies.
TEST_F(ScoreFolder, OfAModelInAMergedRunEqualsThatModelsRecords) {
  const std::vector<std::string> keys{"noisy", "noisy:noise=0.2"};
  std::vector<std::filesystem::path> shards;
  for (const int64_t i : {1, 2}) {
    RunOptions o = options("shard" + std::to_string(i));
    o.models = keys;
    o.shard = {i, 2};
    o.keep_predictions = true;
    run(o, test_models());
    shards.push_back(o.out);
  }
  merge({shards, folder_ / "merged"});
  const Results merged = read_results(folder_ / "merged");
  for (const std::string& key : keys) {
    ScoreOptions o = score_options("scored-" + file_name_of(key));
    o.predictions = predictions_of(folder_ / "merged", key);
    const ScoreOutcome outcome = score(o);
    EXPECT_EQ(outcome.run.scored, 6) << key;
    EXPECT_TRUE(outcome.extra.empty()) << key << ": " << outcome.extra.front();
    Results wanted = merged, scored = read_results(o.out);
    std::erase_if(wanted.cases, [&](const CaseRecord& record) { return record.model != key; });
    for (CaseRecord& record : wanted.cases) record.model = scored.models[0].key;
    EXPECT_EQ(to_json(scored)["cases"], to_json(wanted)["cases"]) << key;
  }
  EXPECT_NE(merged.cases[0].measures[0].value, merged.cases[2].measures[0].value)
      << "the two models should differ, or the test says nothing";
}

// A store name may be of 200 letters, a file name that is made of it has 64.
TEST_F(ScoreFolder, FindsTheFileOfACaseWithALongName) {
  const testing_support::MakeStoreOptions made{.size = {24, 28, 3}};
  StoreWriter writer(folder_ / "long", "made", Json{{"rule", "made by a test"}});
  for (const Split split : {Split::kTrain, Split::kTest}) {
    CaseToStore to_store;
    to_store.name = std::string(90, 'x') + (split == Split::kTest ? "-test" : "-train");
    to_store.patient = to_store.name;
    to_store.region = "brain";
    to_store.group = "A";
    to_store.plane = "axial";
    to_store.split = split;
    to_store.geometry.size = made.size;
    to_store.mask_rule = "made by a test";
    for (const Modality modality : {Modality::kMRI, Modality::kCT}) {
      VolumeToStore volume;
      volume.modality = modality;
      volume.voxels = testing_support::made_voxels(made, to_store.name, modality, &to_store.mask);
      volume.intensity = default_intensity_map(modality, volume.voxels, to_store.mask, to_store.name);
      volume.source = Json::object();
      to_store.volumes.push_back(std::move(volume));
    }
    writer.add(to_store, sha256_hex(to_store.name));
  }
  writer.finish();
  RunOptions o = options("long-run");
  o.store = folder_ / "long";
  o.tasks = {"brain-mr-to-ct"};
  o.models = {"noisy"};
  o.keep_predictions = true;
  ASSERT_GT(run(o, test_models()).scored, 0);
  ScoreOptions scoring = score_options("long-scored");
  scoring.store = o.store;
  scoring.tasks = o.tasks;
  scoring.predictions = predictions_of(o.out, "noisy");
  score(scoring);
  EXPECT_EQ(to_json(read_results(scoring.out))["cases"], to_json(read_results(o.out))["cases"]);
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

TEST_F(ScoreFolder, AKeptPredictionInThePlaceOfAnotherCaseOrTaskIsAFailedCase) {
  const auto options = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(given("brain-mr-to-ct", 7), given("brain-mr-to-ct", 6), options);
  std::filesystem::copy_file(given("brain-mr-to-ct", 7), given("brain-cbct-to-ct", 7), options);
  EXPECT_EQ(score(score_options("scored")).run.failed, 2);
  const Results results = read_results(folder_ / "scored");
  std::string reasons;
  for (const auto& record : results.cases) reasons += record.reason + "\n";
  EXPECT_NE(reasons.find("says that it is of case \"made/brain-p07-c0\", and lies in the place of "
                         "\"made/brain-p06-c0\""),
            std::string::npos)
      << reasons;
  EXPECT_NE(reasons.find("says that it is of task \"brain-mr-to-ct\", and lies in the place of "
                         "\"brain-cbct-to-ct\""),
            std::string::npos)
      << reasons;
}

// Predictions lie on a scratch disk; what is looked for is a link, or a tree of links.
TEST_F(ScoreFolder, LinkedFoldersAndFilesAreScoredLikeTheRealOnes) {
  namespace fs = std::filesystem;
  const ScoreOutcome direct = score(score_options("direct"));
  const auto tasks = [&] {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "given"))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }();
  ScoreOptions o = score_options("linked");
  o.predictions = folder_ / "links";
  fs::create_directories(o.predictions / "real");
  for (const auto& task : tasks) {  // the folder beside the link that leads to it, under another name
    fs::copy(folder_ / "given" / task, o.predictions / "real" / ("run-" + task), fs::copy_options::recursive);
    fs::create_directory_symlink(fs::path("real") / ("run-" + task), o.predictions / task);
  }
  fs::create_directory_symlink(o.predictions, o.predictions / "back");
  const ScoreOutcome linked = score(o);
  EXPECT_EQ(linked.run.scored, direct.run.scored);
  EXPECT_TRUE(linked.missing.empty());
  EXPECT_TRUE(linked.duplicates.empty());
  EXPECT_EQ(linked.extra,
            std::vector<std::string>{"back: is a link that leads back to a folder in which it lies"});
  EXPECT_EQ(to_json(read_results(folder_ / "direct"))["cases"],
            to_json(read_results(folder_ / "linked"))["cases"]);

  // A second way to a file that a case has already is no second prediction.
  const fs::path file = given(tasks.front(), 6);
  fs::create_symlink(file,
                     folder_ / "given" / tasks.front() / (std::string("made_") + file.filename().string()));
  const ScoreOutcome twice = score(score_options("twice"));
  EXPECT_TRUE(twice.duplicates.empty());
  EXPECT_EQ(twice.run.scored, direct.run.scored);
}

// See Note [Every entry of a tree].
TEST_F(ScoreFolder, FoldersNamedLikeAPredictionStandForTheOnlyOneInThem) {
  namespace fs = std::filesystem;
  const auto wrap = [](const fs::path& file) {
    const fs::path inner = file.string() + ".tmp";
    fs::rename(file, inner);
    fs::create_directories(file);
    fs::rename(inner, file / "inner.safetensors");
  };
  const fs::path one = given("brain-mr-to-ct", 6);
  wrap(one);
  const ScoreOutcome outcome = score(score_options("scored"));
  EXPECT_EQ(outcome.run.scored, 6);
  EXPECT_TRUE(outcome.extra.empty());
  fs::copy(one / "inner.safetensors", one / "other.safetensors");
  const ScoreOutcome doubtful = score(score_options("doubtful"));
  EXPECT_EQ(doubtful.run.scored, 5);
  ASSERT_EQ(doubtful.extra.size(), 1U);
  EXPECT_NE(doubtful.extra[0].find("is a folder with 2 images"), std::string::npos) << doubtful.extra[0];
}

TEST_F(ScoreFolder, WhatIsNotReadIsNamedWithTheReason) {
  write_file(folder_ / "given" / "brain-mr-to-ct" / "made" / "x.nrrd", "x");
  std::filesystem::create_symlink("nowhere", folder_ / "given" / "gone.safetensors");
  const ScoreOutcome outcome = score(score_options("scored"));
  ASSERT_EQ(outcome.extra.size(), 2U);
  EXPECT_NE(outcome.extra[0].find("x.nrrd: this kind of image is not read"), std::string::npos)
      << outcome.extra[0];
  EXPECT_NE(outcome.extra[1].find("gone.safetensors: is a link to \"nowhere\", which is not there"),
            std::string::npos)
      << outcome.extra[1];
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
    EXPECT_NE(std::string(error.what()).find("it holds\n      shards/"), std::string::npos) << error.what();
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
    if (path.extension() == ".mha") volume.geometry.origin[0] += 1;  // a millimeter off
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

TEST_F(ScoreFolder, ADicomSeriesIsAFolderOrAZipNamedAfterItsCase) {
  ScoreOptions o = score_options("scored");
  o.tasks = {"brain-mr-to-ct"};
  o.predictions = folder_ / "series";
  const SliceStore store(o.store);
  const auto write_case = [&](const std::string& name, const std::filesystem::path& folder) {
    const StoredCase& stored = store.find("made/" + name);
    Volume volume;
    volume.geometry = stored.geometry;
    volume.voxels.resize(static_cast<size_t>(volume.geometry.count()));
    store.volume(stored, Modality::kCT).read(0, stored.shape[0], volume.voxels);
    write_dicom_series(folder, volume, {.modality = Modality::kCT, .description = "synthetic CT"});
  };
  write_case("brain-p06-c0", folder_ / "series/brain-mr-to-ct/made/brain-p06-c0");
  write_file(folder_ / "series/brain-mr-to-ct/made/brain-p06-c0/notes.txt", "not a slice");
  // Slices without an ending, a folder deeper.
  write_case("brain-p07-c0", folder_ / "named");
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "named"))
    write_file(folder_ / "series/brain-mr-to-ct/made_brain-p07-c0/DICOM" / entry.path().stem(),
               read_file(entry.path()));
  o.read_image = [](const std::filesystem::path& path) {
    const DicomSeries series = read_dicom_series(path, path.filename().string());
    Volume volume;
    volume.geometry = series.geometry;
    for (const DicomSlice& slice : series.slices) {
      for (const double value : pixels_of(slice)) volume.voxels.push_back(static_cast<float>(value));
    }
    return volume;
  };
  o.read_grid = [](const std::filesystem::path& path) -> Geometry {
    throw std::logic_error("a series has no header of its own: " + path.string());
  };
  const ScoreOutcome outcome = score(o);
  EXPECT_EQ(outcome.run.scored, 2);
  EXPECT_EQ(outcome.extra, std::vector<std::string>{"brain-mr-to-ct/made/brain-p06-c0/notes.txt"});
  for (const CaseRecord& record : read_results(folder_ / "scored").cases) {
    for (const Measure& m : record.measures) {
      // Whole HU: the reference itself, to half a unit.
      EXPECT_TRUE(m.protocol != "synthrad2023@1" || m.metric != "mae" || *m.value <= 0.5) << *m.value;
    }
  }
  const std::string list = read_file(folder_ / "scored/predictions.csv");
  const std::string first = "brain-mr-to-ct/made/brain-p06-c0";
  EXPECT_NE(list.find(first + "\"," + sha256_of_image(folder_ / "series" / first)), std::string::npos)
      << list;

  // Beside an image of the same name, nobody knows which of the two is meant.
  o.out = folder_ / "both";
  write_file(folder_ / "series/brain-mr-to-ct/made/brain-p06-c0.nii.gz", "an image");
  write_file(folder_ / "series/brain-mr-to-ct/made_brain-p07-c0.zip", "an archive");
  const ScoreOutcome both = score(o);
  EXPECT_EQ(both.run.failed, 2);
  EXPECT_EQ(both.duplicates.size(), 2u);
}

// A small compressed file may hold gigabytes of zeros.
TEST_F(ScoreFolder, AnImageOnAnotherGridFailsBeforeAVoxelIsRead) {
  ScoreOptions o = score_options("scored");
  o.tasks = {"brain-mr-to-ct"};
  o.predictions = folder_ / "images";
  write_file(folder_ / "images" / "made" / "brain-p06-c0.nii.gz", "a");
  write_file(folder_ / "images" / "made" / "brain-p07-c0.nii.gz", "b");
  o.read_grid = [](const std::filesystem::path&) {
    Geometry grid;
    grid.size = {800, 800, 800};
    return grid;
  };
  o.read_image = [](const std::filesystem::path&) -> Volume {
    throw std::logic_error("the voxels were read");
  };
  ASSERT_EQ(score(o).run.failed, 2);
  for (const CaseRecord& record : read_results(folder_ / "scored").cases)
    EXPECT_NE(record.reason.find("is on another grid than the reference: size 800x800x800"),
              std::string::npos)
        << record.reason;
}

// What was hashed is what is scored, or the case fails. Mapped files would end the process here.
TEST_F(ScoreFolder, AFileThatChangesWhileItIsScoredIsAFailedCase) {
  ScoreOptions o = score_options("scored");
  o.tasks = {"brain-mr-to-ct"};
  o.predictions = folder_ / "images";
  const auto image = folder_ / "images" / "made" / "brain-p06-c0.nii.gz";
  write_file(image, "before");
  const auto tensor = folder_ / "images" / "made" / "brain-p07-c0.safetensors";
  std::filesystem::copy_file(given("brain-mr-to-ct", 7), tensor);
  const SliceStore store(o.store);
  o.threads = 1;
  o.read_image = [&](const std::filesystem::path& path) {
    const StoredCase& stored_case = store.find("made/brain-p06-c0");
    Volume volume;
    volume.geometry = stored_case.geometry;
    volume.voxels.resize(static_cast<size_t>(volume.geometry.count()));
    write_file(path, "after");
    std::string bytes = read_file(tensor);
    bytes.back() ^= 1;
    write_file(tensor, bytes);
    return volume;
  };
  ASSERT_EQ(score(o).run.failed, 2);
  for (const CaseRecord& record : read_results(folder_ / "scored").cases)
    EXPECT_NE(record.reason.find("changed while it was scored"), std::string::npos) << record.reason;
}

TEST_F(ScoreFolder, ValuesOfAnySizeAreScoredOrFailTheirCase) {
  const auto path = given("brain-mr-to-ct", 6);
  std::vector<float> values(24 * 28 * 9, 3e38F);
  values[0] = -3e38F;
  write_safetensors(path, {{"prediction", DType::kF32, {9, 28, 24}, std::as_bytes(std::span(values))}});
  ScoreOptions o = score_options("scored");
  o.tasks = {"brain-mr-to-ct"};
  EXPECT_EQ(score(o).run.items, 2);
  EXPECT_NO_THROW(read_results(folder_ / "scored"));
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
