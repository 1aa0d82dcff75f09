// Whose image is a prediction: its own source, another case's scan, or one for everybody?
#include <gmock/gmock.h>

#include "harness/core/safetensors.h"
#include "harness/run/merge.h"
#include "harness/run/other_cases.h"
#include "harness/run/score.h"
#include "harness/run/source_check.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Origin : public RunFixture {
 protected:
  static constexpr const char* kSix = "made/brain-p06-c0";
  static constexpr const char* kSeven = "made/brain-p07-c0";

  std::vector<float> volume(const std::string& id, Modality modality) const {
    const SliceStore store(folder_ / "store");
    const StoredCase& stored_case = store.find(id);
    std::vector<float> values(static_cast<size_t>(9 * 28 * 24));
    store.volume(stored_case, modality).read(0, 9, values);
    return values;
  }
  /// A prediction that a model may make: the target, smoothed by its neighbors, with an error of its own.
  std::vector<float> fair(const std::string& id, Modality target = Modality::kCT) const {
    const std::vector<float> wanted = volume(id, target);
    std::vector<float> values = wanted;
    Random random(seed_from(id));
    for (size_t v = 1; v + 1 < values.size(); ++v)
      values[v] = (wanted[v - 1] + wanted[v] + wanted[v + 1]) / 3 + static_cast<float>(30 * random.normal());
    return values;
  }
  void give(const std::string& id, const std::vector<float>& values, const std::string& note = "",
            const std::string& task = "brain-mr-to-ct") const {
    std::map<std::string, std::string> about;
    if (!note.empty()) about["note"] = note;
    const auto path = folder_ / "given" / task / (id + ".safetensors");
    std::filesystem::create_directories(path.parent_path());
    write_safetensors(path, {{"prediction", DType::kF32, {9, 28, 24}, std::as_bytes(std::span(values))}},
                      about);
  }
  /// What is remarked on the cases, in their order.
  std::vector<std::vector<std::string>> scored(const std::string& task = "brain-mr-to-ct") {
    ScoreOptions o;
    o.suite = (folder_ / "suite.json").string();
    o.store = folder_ / "store";
    o.predictions = folder_ / "given";
    o.tasks = {task};
    o.name = "mine";
    o.out = folder_ / ("scored" + std::to_string(++runs_));
    o.threads = 2;
    outcome_ = score(o).run;
    std::vector<std::vector<std::string>> remarks;
    for (const CaseRecord& record : read_results(o.out).cases) remarks.push_back(record.remarks);
    return remarks;
  }
  std::vector<float> changed(std::vector<float> values, const std::function<float(float)>& change) const {
    for (float& value : values) value = change(value);
    return values;
  }

  RunOutcome outcome_;
  int runs_ = 0;
};

TEST_F(Origin, OfAFairPredictionNothingIsSaid) {
  for (const char* id : {kSix, kSeven}) give(id, fair(id));
  EXPECT_THAT(scored(), Each(IsEmpty()));
  EXPECT_EQ(outcome_.with_remarks, 0);
}

// --- the source, handed on ---

TEST_F(Origin, TheSourceItselfIsRemarked) {
  for (const char* id : {kSix, kSeven}) give(id, volume(id, Modality::kMRI));
  EXPECT_THAT(scored(),
              Each(Contains(HasSubstr("the prediction is the source: 100.0 % of the body's voxels"))));
}

TEST_F(Origin, TheSourceOnAnotherScaleIsRemarked) {
  const auto on_scale = [&](const std::function<float(float)>& change) {
    for (const char* id : {kSix, kSeven}) give(id, changed(volume(id, Modality::kMRI), change));
    return scored();
  };
  EXPECT_THAT(on_scale([](float x) { return 2 * x - 1000; }),
              Each(Contains(StartsWith("the prediction is the source times 2 plus -1000: inside the body its "
                                       "correlation with the MRI is 1.00000"))));
  EXPECT_THAT(on_scale([](float x) { return std::round(500 - 0.7F * x); }),
              Each(Contains(HasSubstr("the source times -0.7 plus 500"))));
}

// A model sees the source cut to its range, and answers in that of the target.
TEST_F(Origin, TheSourceCutToItsRangeIsRemarked) {
  const SliceStore store(folder_ / "store");
  for (const char* id : {kSix, kSeven}) {
    const IntensityMap& map = store.find(id).find(Modality::kMRI)->intensity;
    const double low = map.low + 0.3 * (map.high - map.low);
    IntensityMap narrow = map;
    narrow.low = low;
    StoredCase made = store.find(id);
    for (StoredVolume& stored : made.volumes) {
      if (stored.modality == Modality::kMRI) stored.intensity = narrow;
    }
    const auto cut = changed(volume(id, Modality::kMRI), [&](float x) {
      return static_cast<float>(std::clamp<double>(x, narrow.low, narrow.high));
    });
    const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
    EXPECT_THAT(
        source_remarks(store, made, task, store.mask(made), changed(cut, [](float x) { return x / 2; })),
        SizeIs(1))
        << id;
  }
}

TEST_F(Origin, OfWhatOnlyLooksLikeTheSourceNothingIsSaid) {
  const SliceStore store(folder_ / "store");
  const StoredCase& own = store.find(kSix);
  const Task task{"brain-cbct-to-ct", "brain", Modality::kCBCT, Modality::kCT};
  const auto remarks = [&](const std::vector<float>& prediction) {
    return source_remarks(store, own, task, store.mask(own), prediction);
  };
  EXPECT_THAT(remarks(volume(kSix, Modality::kCT)), IsEmpty()) << "two scans of one body";
  EXPECT_THAT(remarks(fair(kSix)), IsEmpty());
  EXPECT_THAT(remarks(std::vector<float>(9 * 28 * 24, 40.0F)), IsEmpty()) << "one value lies on every line";
  std::vector<float> denoised = volume(kSix, Modality::kCBCT);
  for (size_t v = 1; v + 1 < denoised.size(); ++v)
    denoised[v] = 0.25F * denoised[v - 1] + 0.5F * denoised[v] + 0.25F * denoised[v + 1];
  EXPECT_THAT(remarks(denoised), IsEmpty());
  const std::vector<uint8_t> nothing(denoised.size(), 0);
  EXPECT_THAT(source_remarks(store, own, task, nothing, denoised), IsEmpty());
}

/// Hands its source on.
class HandsOn final : public Synthesizer {
 public:
  explicit HandsOn(bool trivial) : trivial_(trivial) {}
  ModelInfo info() const override {
    ModelInfo info = named(trivial_ ? "identity" : "learned");
    info.trivial = trivial_;
    return info;
  }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t>,
                  std::span<float> prediction) override {
    std::ranges::copy(source.pixels, prediction.begin());
  }

 private:
  bool trivial_;
};

TEST_F(Origin, ARunRemarksALearnedModelThatHandsItsSourceOn) {
  const MethodTable table{
      row("learned", [](const LoadRequest&) { return std::make_unique<HandsOn>(false); }),
      row("identity", [](const LoadRequest&) { return std::make_unique<HandsOn>(true); })};
  RunOptions o = options("ran");
  o.models = {"learned", "identity"};
  o.tasks = {"brain-mr-to-ct", "brain-ct-to-mr"};
  const RunOutcome outcome = run(o, table);
  EXPECT_EQ(outcome.failed, 0);
  for (const CaseRecord& record : read_results(o.out).cases) {
    const auto says = Contains(StartsWith("the prediction is the source"));
    if (record.model == "learned") {
      EXPECT_THAT(record.remarks, says) << record.text();
    } else {
      EXPECT_THAT(record.remarks, Not(says)) << record.text();
    }
  }
}

// --- another case's ---

TEST_F(Origin, ExchangedCasesAreRemarked) {
  give(kSix, volume(kSeven, Modality::kCT));
  give(kSeven, volume(kSix, Modality::kCT));
  const auto remarks = scored();
  EXPECT_THAT(remarks[0],
              Contains(StartsWith(std::string("the prediction holds the image of case ") + kSeven)));
  EXPECT_THAT(remarks[1],
              Contains(StartsWith(std::string("the prediction holds the image of case ") + kSix)));
}

TEST_F(Origin, SoIsAnotherCasesScanThatWasScaledOrMirrored) {
  std::vector<float> scaled = changed(volume(kSeven, Modality::kCT), [](float x) { return 0.8F * x + 13; });
  give(kSix, scaled);
  std::vector<float> mirrored = volume("made/brain-p01-c0", Modality::kCT);  // a training case
  for (size_t first = 0; first < mirrored.size(); first += 24)
    std::reverse(mirrored.begin() + static_cast<std::ptrdiff_t>(first),
                 mirrored.begin() + static_cast<std::ptrdiff_t>(first + 24));
  give(kSeven, mirrored);
  const auto remarks = scored();
  EXPECT_THAT(remarks[0], Contains(HasSubstr(std::string("holds the image of case ") + kSeven)));
  EXPECT_THAT(remarks[1], Contains(HasSubstr("holds the image of case made/brain-p01-c0")));
}

// Stores know scans by their axial slices, and a prediction comes in those of its plane.
TEST_F(Origin, AnotherCasesScanIsKnownInCoronalCasesToo) {
  testing_support::MakeStoreOptions made;
  made.regions = {{"wb", {Modality::kCT, Modality::kPET}}};
  made.size = {40, 48, 9};
  testing_support::make_store(folder_ / "coronal", made);
  const SliceStore store(folder_ / "coronal");
  const StoredCase &own = store.cases()[0], &other = store.cases()[1];
  ASSERT_EQ(own.plane, "coronal");
  const auto read = [&](const StoredCase& of) {
    const std::vector<double> values = store.volume(of, Modality::kCT).read_all();
    return std::vector<float>(values.begin(), values.end());
  };
  OtherCases others(store);
  EXPECT_THAT(others.remark(own, Modality::kCT, read(other)), HasSubstr(other.id.text()));
  EXPECT_THAT(others.remark(own, Modality::kCT, changed(read(other), [](float x) { return 0.8F * x + 13; })),
              HasSubstr("holds the image of case " + other.id.text()));
  EXPECT_EQ(others.remark(own, Modality::kCT, read(own)), "");
}

TEST_F(Origin, TheCasesOwnTargetIsNoOtherCases) {
  for (const char* id : {kSix, kSeven}) give(id, volume(id, Modality::kCT));
  EXPECT_THAT(scored(), Each(Not(Contains(HasSubstr("holds the image of")))));
  const SliceStore store(folder_ / "store");
  OtherCases others(store);
  EXPECT_EQ(others.remark(store.find(kSix), Modality::kCT, fair(kSix)), "");
  EXPECT_EQ(others.remark(store.find(kSix), Modality::kCT, std::vector<float>(9 * 28 * 24, 0.0F)), "");
}

// --- one for everybody ---

TEST_F(Origin, OneFileForSeveralCasesIsRemarked) {
  const std::vector<float> one = fair(kSix);
  for (const char* id : {kSix, kSeven}) give(id, one);
  const auto remarks = scored();
  EXPECT_THAT(remarks[0], Contains(std::string("the same file as for 1 other case, the first is ") + kSeven));
  EXPECT_THAT(remarks[1], Contains(std::string("the same file as for 1 other case, the first is ") + kSix));
  EXPECT_THAT(remarks[0], Not(Contains(HasSubstr("has the values of that for")))) << "it is said once";
  EXPECT_EQ(outcome_.with_remarks, 2);
}

TEST_F(Origin, SoAreEqualVoxelsInOtherBytes) {
  const std::vector<float> one = fair(kSix);
  give(kSix, one, "a");
  give(kSeven, one, "b");
  const auto remarks = scored();
  EXPECT_THAT(remarks[0],
              Contains(std::string("the prediction has the values of that for 1 other case, the first is ") +
                       kSeven));
  EXPECT_EQ(outcome_.with_remarks, 2) << "the console counts what needs all records, too";
  EXPECT_THAT(outcome_.first_remark, HasSubstr("has the values of that for"));
}

/// Answers a fixed picture, whatever it is shown.
class Fixed final : public Synthesizer {
 public:
  explicit Fixed(bool trivial) : trivial_(trivial) {}
  ModelInfo info() const override {
    ModelInfo info = named(trivial_ ? "mean" : "collapsed");
    info.trivial = trivial_;
    return info;
  }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t>,
                  std::span<float> prediction) override {
    const auto pixels = static_cast<size_t>(source.height * source.width);
    for (size_t p = 0; p < prediction.size(); ++p)
      prediction[p] = -0.9F + 0.5F * static_cast<float>(p % pixels) / static_cast<float>(pixels);
  }

 private:
  bool trivial_;
};

TEST_F(Origin, ARunRemarksAModelThatAnswersEquallyForAll) {
  const MethodTable table{row("collapsed", [](const LoadRequest&) { return std::make_unique<Fixed>(false); }),
                          row("mean", [](const LoadRequest&) { return std::make_unique<Fixed>(true); })};
  RunOptions o = options("whole");
  o.models = {"collapsed", "mean"};
  o.tasks = {"brain-mr-to-ct"};
  run(o, table);
  for (const CaseRecord& record : read_results(o.out).cases) {
    const auto says = Contains(HasSubstr("has the values of that for 1 other case"));
    if (record.model == "collapsed") {
      EXPECT_THAT(record.remarks, says) << record.text();
    } else {
      EXPECT_THAT(record.remarks, Not(says)) << record.text();
    }
  }
  // A shard sees one of the two cases. Together they are what the whole run is.
  std::vector<std::filesystem::path> shards;
  for (const int64_t i : {1, 2}) {
    RunOptions part = o;
    part.out = folder_ / ("shard" + std::to_string(i));
    part.shard = {i, 2};
    run(part, table);
    shards.push_back(part.out);
  }
  merge({shards, folder_ / "merged"});
  EXPECT_EQ(read_file(folder_ / "merged/results.json"), read_file(o.out / "results.json"));
}

// --- why a case failed ---

TEST_F(Origin, TheFirstFailureInPlanOrderIsTold) {
  std::filesystem::create_directories(folder_ / "given/brain-mr-to-ct/made");
  write_file(folder_ / "given" / "brain-mr-to-ct" / (std::string(kSeven) + ".safetensors"), "cut off");
  scored();
  EXPECT_EQ(outcome_.failed, 2);
  EXPECT_EQ(outcome_.first_failure, std::string("brain-mr-to-ct|mine|") + kSix + ": missing prediction");
  for (const char* id : {kSix, kSeven}) give(id, fair(id));
  scored();
  EXPECT_EQ(outcome_.first_failure, "");
}

}  // namespace
}  // namespace synerbench
