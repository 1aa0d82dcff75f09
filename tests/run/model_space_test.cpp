// Several sources, slabs and whole volumes: on their way to a model, and back.
#include "harness/data/model_space.h"

#include <atomic>
#include <thread>

#include "harness/core/safetensors.h"
#include "harness/run/pair_source.h"
#include "harness/run/synth.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

/// Answers each slice with the mean of all it is given of it: sources, and slices of the slab. Of a whole
/// volume: with the mean of the sources, slice by slice.
class MeanOfInput final : public Synthesizer {
 public:
  explicit MeanOfInput(ModelInput input, std::vector<SliceBatch>* seen = nullptr)
      : input_(input), seen_(seen) {}
  ModelInfo info() const override {
    ModelInfo info = named("mean-of-input");
    info.input = input_;
    return info;
  }
  void prepare(const Task&, const PairSource& training) override {
    sources_ = training.sources();
    depth_ = training.depth();
    std::vector<float> source(static_cast<size_t>(sources_ * depth_ * training.height() * training.width()));
    std::vector<float> target(static_cast<size_t>(training.height() * training.width()));
    training.read(0, source, target, {});
  }
  void synthesize(const Task&, const SliceBatch& batch, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    if (seen_) seen_->push_back(batch);
    const bool whole = input_.neighbors == ModelInput::kWholeVolume;
    ASSERT_EQ(static_cast<int64_t>(seeds.size()), whole ? batch.depth : batch.n);
    ASSERT_EQ(batch.sources, sources_);
    ASSERT_EQ(depth_, whole ? 1 : batch.depth)
        << "pairs have the slabs that the model sees, volumes single slices";
    const auto pixels = static_cast<size_t>(batch.height * batch.width);
    const auto sources = static_cast<size_t>(batch.sources), depth = static_cast<size_t>(batch.depth);
    for (size_t i = 0; i < seeds.size(); ++i) {
      for (size_t p = 0; p < pixels; ++p) {
        double sum = 0;
        for (size_t s = 0; s < sources; ++s) {
          if (whole) {
            sum += batch.pixels[(s * depth + i) * pixels + p] * static_cast<double>(depth);
            continue;
          }
          for (size_t d = 0; d < depth; ++d)
            sum += batch.pixels[((i * sources + s) * depth + d) * pixels + p];
        }
        prediction[i * pixels + p] = static_cast<float>(sum / static_cast<double>(sources * depth));
      }
    }
  }

 private:
  ModelInput input_;
  std::vector<SliceBatch>* seen_;
  int64_t sources_ = 0, depth_ = 0;
};

class Spaces : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    write_file(folder_ / "two.json", R"({
      "schema": "synerbench/suite", "schema_version": 1, "name": "two", "title": "Two sources",
      "canvas": {"size": 32, "fit": "pad"}, "protocols": ["synermed-2d@1"],
      "tasks": [{"region": "brain", "source": ["MRI", "CBCT"], "target": "CT", "group": "g"}]})");
  }
  RunOptions with_two(const std::string& out, const std::string& model) const {
    RunOptions o = options(out);
    o.suite = (folder_ / "two.json").string();
    o.models = {model};
    o.keep_predictions = true;
    return o;
  }
  /// "slab": one neighbor on either side; "volume"; both take any number of sources.
  static MethodTable table(std::vector<SliceBatch>* seen = nullptr) {
    const auto method = [seen](const std::string& name, ModelInput input) {
      return row(name, [=](const LoadRequest&) { return std::make_unique<MeanOfInput>(input, seen); });
    };
    MethodTable rows = test_models();
    rows.push_back(method("slab", {ModelInput::kAnySources, 1}));
    rows.push_back(method("volume", {ModelInput::kAnySources, ModelInput::kWholeVolume}));
    return rows;
  }
  std::vector<float> kept(const RunOptions& o) const {
    const SafetensorsFile file(prediction_path(o.out, read_results(o.out).cases.front()));
    const auto values = file.at("prediction").as<float>();
    return {values.begin(), values.end()};
  }
};

TEST_F(Spaces, ASlabHoldsTheNeighborsAndRepeatsTheLastSliceBeyondTheEnds) {
  const SliceStore store(folder_ / "store");
  const StoredCase& scan = store.cases().front();
  const ModelSpace space({32, Canvas::Fit::kPad}, scan.shape);
  const Task task{"", "brain", Modality::kMRI, Modality::kCT, {Modality::kCBCT}};
  const std::vector<SliceReader> sources = sources_of(store, scan, task);
  const ModelInput input{2, 2};
  ASSERT_EQ(space.depth(input), 5);
  const size_t pixels = space.canvas_pixels();
  for (const int64_t index : {int64_t{0}, int64_t{4}, scan.shape[0] - 1}) {
    std::vector<float> slab(2 * 5 * pixels), slice(pixels);
    space.slab(sources, input, index, slab);
    for (size_t s = 0; s < 2; ++s) {
      for (int64_t d = 0; d < 5; ++d) {
        space.slice(sources[s], std::clamp<int64_t>(index + d - 2, 0, scan.shape[0] - 1), slice);
        const auto at = (s * 5 + static_cast<size_t>(d)) * pixels;
        EXPECT_TRUE(std::equal(slice.begin(), slice.end(), slab.begin() + static_cast<std::ptrdiff_t>(at)))
            << index << " " << s << " " << d;
      }
    }
  }
}

TEST_F(Spaces, TheWholeVolumeOfAllSourcesReachesAModelThatAsksForIt) {
  std::vector<SliceBatch> seen;
  RunOptions o = with_two("a", "volume");
  ASSERT_EQ(run(o, table(&seen)).failed, 0);
  ASSERT_EQ(seen.size(), 2U) << "one call for each case";
  for (const SliceBatch& batch : seen) {
    EXPECT_EQ(batch.n, 1);
    EXPECT_EQ(batch.sources, 2);
    EXPECT_EQ(batch.depth, 9);
    EXPECT_EQ(batch.pixels.size(), 2U * 9 * 32 * 32);
  }
  // The mean of two sources, each through its own intensity map, as worked out from the store.
  const SliceStore store(o.store);
  const StoredCase& scan = store.find(read_results(o.out).cases.front().scan);
  const auto map = [&](Modality m) { return scan.find(m)->intensity; };
  const auto in_model = [&](Modality m) { return map(m).to_model(store.volume(scan, m).value(4, 14, 12)); };
  const double mean = (in_model(Modality::kMRI) + in_model(Modality::kCBCT)) / 2.0;
  EXPECT_NEAR(kept(o)[(4 * 28 + 14) * 24 + 12], map(Modality::kCT).to_physical(static_cast<float>(mean)),
              1e-2);
  const Results results = read_results(o.out);
  EXPECT_EQ(results.tasks[0].id, "brain-mr+cbct-to-ct");
  EXPECT_EQ(results.tasks[0].source, "MRI + CBCT");
  EXPECT_EQ(results.models[0].info["input"]["neighbors"], ModelInput::kWholeVolume);
  EXPECT_TRUE(std::filesystem::exists(panel_path(o.out, results.cases.front())));
}

TEST_F(Spaces, OneSourceThroughAVolumeIsThatSourceSliceBySlice) {
  RunOptions one = options("one"), whole = options("whole");
  one.models = {"m=noisy:noise=0"};
  whole.models = {"m=volume"};
  run(one, table());
  run(whole, table());
  EXPECT_EQ(to_json(read_results(one.out))["cases"], to_json(read_results(whole.out))["cases"]);
}

TEST_F(Spaces, OfSlabsDoNotDependOnTheBatchAlsoWhenCallsThrow) {
  RunOptions eight = with_two("eight", "f=faulty(slab, throw=0.05, nan=0.05, seed=3)");
  ASSERT_GT(run(eight, table()).failed, 0);
  EXPECT_NE(read_file(eight.out / "failures.csv").find("exception injected"), std::string::npos);
  for (int64_t batch : {1, 4, 100}) {
    RunOptions other = eight;
    other.out = folder_ / std::to_string(batch);
    other.batch = batch;
    run(other, table());
    expect_same_run(eight.out, other.out);
  }
}

TEST_F(Spaces, AVolumeThatThrowsOrHangsFailsAllItsSlices) {
  RunOptions o = with_two("throws", "f=faulty(volume, throw=1)");
  EXPECT_EQ(run(o, table()).failed, 2);
  EXPECT_EQ(read_results(o.out).cases[0].reason.substr(0, 24), "9 of 9 slices failed; sl");
  const std::string heal = (folder_ / "healed").string();
  RunOptions hangs = with_two("hangs", "f=faulty(volume, hang=1, heal=" + heal + ")");
  hangs.timeout = 0.02;
  const RunOutcome outcome = run(hangs, table());
  EXPECT_EQ(outcome.failed, 2);
  EXPECT_EQ(outcome.abandoned_calls, 2);
  EXPECT_NE(read_file(hangs.out / "failures.csv").find("no answer within 0.18 s"), std::string::npos)
      << "the time of nine slices";
  write_file(heal, "");  // lets the abandoned threads end before the test does
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

TEST_F(Spaces, RecordedVolumesAndSlabsAreReplayedBitForBit) {
  for (const std::string model : {"slab", "volume"}) {
    const std::string folder = (folder_ / ("kept-" + model)).string();
    RunOptions first = with_two("record-" + model, "m=record(" + model + ", " + folder + ")");
    RunOptions second = with_two("replay-" + model, "m=replay(" + folder + ")");
    ASSERT_EQ(run(first, table()).failed, 0);
    ASSERT_EQ(run(second, table()).failed, 0);
    EXPECT_EQ(kept(first), kept(second)) << model;
  }
}

TEST_F(Spaces, AModelThatDoesNotFitTheTaskIsRefusedBeforeTheRunStarts) {
  RunOptions o = with_two("a", "noisy");
  try {
    run(o, table());
    FAIL() << "one source was taken silently";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_EQ(error.problem(), "noisy takes 1 source image, brain-mr+cbct-to-ct has 2 (MRI + CBCT)");
  }
  EXPECT_FALSE(std::filesystem::exists(o.out));
  EXPECT_THROW(make_model(parse_model_spec("check(slab, noisy)"), table()), Error);
}

TEST(SourcesOfASuite, AreOneModalityOrAListInItsOrder) {
  const TempFolder folder;
  const auto load = [&](const std::string& source) {
    write_file(folder / "s.json",
               R"({"schema": "synerbench/suite", "schema_version": 1, "name": "s", "title": "S",
               "canvas": {"size": 32, "fit": "pad"}, "protocols": ["synermed-2d@1"],
               "tasks": [{"region": "brats", "source": )" +
                   source + R"(, "target": "T1c", "group": "g"}]})");
    return load_suite((folder / "s.json").string()).tasks.front().task;
  };
  EXPECT_EQ(load(R"(["T1", "T2", "FLAIR"])").id, "brats-t1+t2+flair-to-t1c");
  EXPECT_EQ(load(R"(["FLAIR", "T1"])").sources_text(), "FLAIR + T1");
  EXPECT_EQ(load(R"(["T1"])").id, load("\"T1\"").id);
  for (const char* wrong : {"[]", R"(["T1", "T1"])", R"(["T1", "T1c"])", R"(["T1", "T9"])", "3"}) {
    EXPECT_THROW(load(wrong), Error) << wrong;
  }
}

TEST(TaskIds, AreReadBackAsTheyWereMade) {
  for (const char* id : {"brain-mr-to-ct", "head-neck-cbct-to-ct", "brats-t1+t2+flair-to-t1c"}) {
    const Task task = parse_task(id, "test");
    EXPECT_EQ(task.id, id);
    EXPECT_EQ(make_task_id(task.region, task.sources(), task.target), id);
  }
  for (const char* wrong : {"", "brain", "brain-mr", "brain-mr-to-", "brain-mr-to-mr", "brain-mr+mr-to-ct",
                            "brain-mr+-to-ct", "moon-mr-to-ct", "brain--to-ct"}) {
    EXPECT_THROW(parse_task(wrong, "test"), Error) << wrong;
  }
}

Volume filled(float value) {
  Volume volume;
  volume.geometry.size = {20, 24, 5};
  volume.voxels.assign(static_cast<size_t>(volume.geometry.count()), value);
  return volume;
}

TEST(SynthesizeVolume, TakesAsManySourcesAsTheTaskNames) {
  set_quiet(true);
  const Task task{"brain-ct+cbct-to-pet", "brain", Modality::kCT, Modality::kPET, {Modality::kCBCT}};
  for (const int64_t neighbors : {int64_t{0}, int64_t{1}, ModelInput::kWholeVolume}) {
    // No pairs outside a store: the model below reads none.
    struct Mean final : Synthesizer {
      explicit Mean(int64_t neighbors) : neighbors_(neighbors) {}
      ModelInfo info() const override {
        ModelInfo info = named("m");
        info.input = {2, neighbors_};
        return info;
      }
      void synthesize(const Task&, const SliceBatch& batch, std::span<const uint64_t>,
                      std::span<float> prediction) override {
        const size_t half = batch.pixels.size() / 2, center = half / 2 + static_cast<size_t>(batch.width) / 2;
        std::ranges::fill(prediction, (batch.pixels[center] + batch.pixels[half + center]) / 2);
      }
      int64_t neighbors_;
    } model(neighbors);
    SynthOptions options;
    options.canvas = Canvas{32, Canvas::Fit::kPad};
    options.batch = 1;
    options.accept_odd = true;  // no scan is of one value
    const std::vector<Volume> sources{filled(-1024), filled(3000)};
    const SynthResult result = synthesize_volume(model, task, sources, nullptr, options);
    for (const float value : result.volume.voxels)
      ASSERT_NEAR(value, 10, 1e-3);  // SUV, the middle of 0 .. 20
    EXPECT_THROW(synthesize_volume(model, task, {sources.data(), 1}, nullptr, options), Error);
  }
}

/// Throws `what` from synthesize(), or from prepare().
template <class What>
class Throwing final : public Synthesizer {
 public:
  explicit Throwing(What what, bool early = false) : what_(what), early_(early) {}
  ModelInfo info() const override { return named("throwing"); }
  void prepare(const Task&, const PairSource&) override {
    if (early_) throw what_;
  }
  void synthesize(const Task&, const SliceBatch&, std::span<const uint64_t>, std::span<float>) override {
    throw what_;
  }

 private:
  What what_;
  bool early_;
};

Error synthesis_error(Synthesizer& model) {
  set_quiet(true);
  SynthOptions options;
  options.name = "mr.nii.gz";
  options.canvas = Canvas{32, Canvas::Fit::kPad};
  options.batch = 3;
  options.accept_odd = true;
  const std::vector<Volume> sources{filled(0)};
  try {
    synthesize_volume(model, parse_task("brain-cbct-to-ct", "test"), sources, nullptr, options);
  } catch (const Error& error) {
    return error;
  }
  return {ExitCode::kOk, "", "no exception"};
}

TEST(SynthesizeVolume, WhatAModelThrowsIsTroubleOfTheModelAndNamesTheCase) {
  Throwing loud(std::runtime_error("out of tensors")), silent(std::runtime_error(""));
  Throwing odd(7);
  Throwing early(std::logic_error("no weights"), true);
  const Error error = synthesis_error(loud);
  EXPECT_EQ(error.code(), ExitCode::kSomeFailed);
  EXPECT_EQ(error.place(), "mr.nii.gz: slices 0 .. 2");
  EXPECT_EQ(error.problem(), "the model failed: out of tensors");
  EXPECT_EQ(synthesis_error(silent).problem(), "the model failed: exception without a message");
  EXPECT_EQ(synthesis_error(odd).problem(), "the model failed: exception of an unknown kind");
  EXPECT_EQ(synthesis_error(early).place(), "mr.nii.gz");
  EXPECT_EQ(synthesis_error(early).problem(), "the model failed: no weights");
}

TEST(SynthesizeVolume, AnErrorOfTheModelComesThrough) {
  Throwing model(usage_error("weights", "another canvas is wanted"));
  EXPECT_EQ(synthesis_error(model).code(), ExitCode::kUsage);
  EXPECT_EQ(synthesis_error(model).place(), "weights");
}

TEST(SynthesizeVolume, APredictionThatIsNotFiniteIsTroubleOfTheModel) {
  set_quiet(true);
  const MethodTable table = test_models();
  const auto model = make_model(parse_model_spec("faulty(noisy, nan=1)"), table);
  const std::vector<Volume> sources{filled(0)};
  try {
    SynthOptions options;
    options.canvas = Canvas{32, Canvas::Fit::kPad};
    options.accept_odd = true;
    synthesize_volume(*model, parse_task("brain-cbct-to-ct", "test"), sources, nullptr, options);
    FAIL() << "a NaN was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kSomeFailed);
    EXPECT_EQ(error.place(), "slice 0");
  }
}

}  // namespace
}  // namespace synerbench
