// What synth is handed, and what it hands on: values that cannot be what they are called, slices of another
// plane, MR without a scale.
#include <gmock/gmock.h>

#include "harness/run/score.h"
#include "harness/run/synth.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

const testing_support::MakeStoreOptions kMade{.size = {24, 28, 9}};

Volume made(Modality modality) {
  Volume volume;
  volume.geometry.size = kMade.size;
  std::vector<uint8_t> mask;
  volume.voxels = testing_support::made_voxels(kMade, "someone", modality, &mask);
  return volume;
}

Volume made_mask() {
  Volume volume;
  volume.geometry.size = kMade.size;
  std::vector<uint8_t> mask;
  testing_support::made_voxels(kMade, "someone", Modality::kCT, &mask);
  volume.voxels.assign(mask.begin(), mask.end());
  return volume;
}

SynthResult synth(const std::string& task, const Volume& source, const Volume* mask = nullptr,
                  const SynthOptions& more = {}) {
  set_quiet(true);
  SynthOptions options = more;
  options.name = "a.nii.gz";
  options.canvas = Canvas{32, Canvas::Fit::kPad};
  NoisyModel model(0.05);
  const std::vector<Volume> sources{source};
  return synthesize_volume(model, parse_task(task, "test"), sources, mask, options);
}

/// What is wrong with the source.
std::string refusal(const std::string& task, const Volume& source) {
  try {
    synth(task, source);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput) << error.what();
    EXPECT_EQ(error.place(), "a.nii.gz");
    EXPECT_THAT(error.hint(), HasSubstr("--accept-odd"));
    return error.problem();
  }
  return "";
}

TEST(SynthCheck, WhatIsWhatItIsCalledPassesWithoutAWord) {
  const Volume mask = made_mask();
  for (const auto& [task, modality] : {std::pair{"brain-mr-to-ct", Modality::kMRI},
                                       {"brain-cbct-to-ct", Modality::kCBCT},
                                       {"brain-ct-to-mr", Modality::kCT},
                                       {"brats-t1-to-t2", Modality::kT1},
                                       {"brats-flair-to-t1c", Modality::kFLAIR}}) {
    EXPECT_THAT(synth(task, made(modality)).remarks, IsEmpty()) << task;
    EXPECT_THAT(synth(task, made(modality), &mask).remarks, IsEmpty()) << task;
  }
}

TEST(SynthCheck, AnotherModalityIsRefused) {
  EXPECT_THAT(refusal("brain-mr-to-ct", made(Modality::kCT)), HasSubstr("MRI: "));
  EXPECT_THAT(refusal("brain-mr-to-ct", made(Modality::kCT)), HasSubstr("are negative"));
  EXPECT_THAT(refusal("brain-ct-to-mr", made(Modality::kMRI)), HasSubstr("CT: the minimum is"));
  EXPECT_THAT(refusal("brain-ct-to-mr", made(Modality::kPET)), HasSubstr("CT: "));
}

TEST(SynthCheck, AndTakenWhenItIsAccepted) {
  SynthOptions accepting;
  accepting.accept_odd = true;
  EXPECT_THAT(synth("brain-mr-to-ct", made(Modality::kCT), nullptr, accepting).remarks,
              Contains(testing::StartsWith("accepted: MRI: ")));
}

TEST(SynthCheck, WhatIsOddIsNoted) {
  Volume windowed = made(Modality::kCT);
  for (float& value : windowed.voxels) value = std::min(value, 100.0F);
  EXPECT_THAT(synth("brain-ct-to-mr", windowed).remarks, Contains(HasSubstr("its largest value")));
}

TEST(SynthCheck, AnotherPlaneThanTheTasksIsNoted) {
  const auto remarks = [](const std::string& task, const std::string& plane) {
    SynthOptions options;
    options.plane = plane;
    return synth(task, made(Modality::kCT), nullptr, options).remarks;
  };
  EXPECT_THAT(remarks("brain-ct-to-mr", "axial"), IsEmpty());
  EXPECT_THAT(remarks("brain-ct-to-mr", "coronal"), Contains(HasSubstr("the slices are coronal, those of")));
  EXPECT_THAT(remarks("wb-ct-to-pet", "coronal"), IsEmpty());
  EXPECT_THAT(remarks("wb-ct-to-pet", "axial"), Contains(HasSubstr("the slices are axial, those of")));
}

// --- MR that synth has made, scored ---

class SynthScored : public RunFixture {
 protected:
  /// The reasons and remarks of the cases of brain-ct-to-mr, whose files hold `values` and this note.
  std::vector<std::string> scored(const std::string& task, float value, const std::string& note) {
    for (const char* name : {"6", "7"})
      write_file(folder_ / "images" / task / "made" / ("brain-p0" + std::string(name) + "-c0.nii.gz"), name);
    ScoreOptions o;
    o.suite = (folder_ / "suite.json").string();
    o.store = folder_ / "store";
    o.predictions = folder_ / "images";
    o.tasks = {task};
    o.name = "mine";
    o.out = folder_ / ("scored" + std::to_string(++runs_));
    const SliceStore store(o.store);
    o.read_image = [&](const std::filesystem::path&) {
      Volume volume;
      volume.geometry = store.find("made/brain-p06-c0").geometry;
      volume.voxels.assign(static_cast<size_t>(volume.geometry.count()), value);
      volume.voxels.front() = 0;
      return volume;
    };
    o.read_note = [&](const std::filesystem::path&) { return note; };
    score(o);
    std::vector<std::string> reasons;
    for (const CaseRecord& record : read_results(o.out).cases) reasons.push_back(record.reason);
    return reasons;
  }
  int runs_ = 0;
};

TEST_F(SynthScored, IsAFailedCaseWithTheReason) {
  EXPECT_THAT(scored("brain-ct-to-mr", 700, kNoScaleNote),
              testing::Each(HasSubstr("synth has written it: MRI of 0 .. 1000 over the model's range")));
}

TEST_F(SynthScored, OtherFilesAreScored) {
  EXPECT_THAT(scored("brain-ct-to-mr", 700, ""), testing::Each("")) << "of somebody else";
  EXPECT_THAT(scored("brain-ct-to-mr", 1700, kNoScaleNote), testing::Each("")) << "brought to a scale";
  EXPECT_THAT(scored("brain-mr-to-ct", 700, kNoScaleNote), testing::Each("")) << "CT has a unit";
}

}  // namespace
}  // namespace synerbench
