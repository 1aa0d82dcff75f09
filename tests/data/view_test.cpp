#include "harness/data/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;

/// 4 x 3 x 5 voxels; voxel (i, j, k) is 100 k + 10 j + i + offset.
Volume ramp(float offset) {
  Volume volume;
  volume.geometry.size = {4, 3, 5};
  for (int k = 0; k < 5; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 4; ++i) volume.voxels.push_back(static_cast<float>(100 * k + 10 * j + i) + offset);
    }
  }
  return volume;
}

TEST(SliceOfFile, IsTheFileAndTheNumberBehindTheLastMark) {
  EXPECT_EQ(parse_slice_of_file("a/b.nii.gz", "--image").slice, std::nullopt);
  const SliceOfFile odd = parse_slice_of_file("a#1/b.nii#40", "--image");
  EXPECT_EQ(odd.file, "a#1/b.nii");
  EXPECT_EQ(odd.slice, 40);
  EXPECT_THAT(error_of([] { parse_slice_of_file("b.nii#4x", "--image"); }),
              HasSubstr("\"4x\" is no slice of b.nii"));
}

TEST(ModalityOfEach, IsGivenOnceForAllOrOnceForEachOrNotAtAll) {
  using Each = std::vector<std::optional<Modality>>;
  EXPECT_EQ(modality_of_each({}, 2, "--modality"), Each(2));
  EXPECT_EQ(modality_of_each({"CT"}, 2, "--modality"), Each(2, Modality::kCT));
  EXPECT_EQ(modality_of_each({"CT", "MRI"}, 2, "--modality"), (Each{Modality::kCT, Modality::kMRI}));
  EXPECT_THAT(error_of([] {
                modality_of_each({"CT", "MRI"}, 3, "--modality");
              }),
              HasSubstr("--modality: 2 for 3 images"));
  EXPECT_THAT(error_of([] { modality_of_each({"XT"}, 1, "--modality"); }), HasSubstr("--modality"));
}

TEST(ViewSlice, SaysWhatItShows) {
  const SliceView view = view_slice(ramp(0), {"a", 4}, Modality::kCT, "axial", "--image");
  EXPECT_EQ(to_text(view, "a.nii"), "a.nii: axial slice 4 of 5, window [-1024, 3000] HU");
}

TEST(ViewSlice, TakesTheMiddleSliceOrTheOneThatIsNamed) {
  const SliceView middle = view_slice(ramp(0), {"a", {}}, Modality::kCT, "axial", "--image");
  EXPECT_EQ(middle.slice, 2);
  EXPECT_EQ(middle.slices, 5);
  EXPECT_EQ(middle.height, 3);
  EXPECT_EQ(middle.width, 4);
  const SliceView last = view_slice(ramp(0), {"a", 4}, Modality::kCT, "axial", "--image");
  EXPECT_FLOAT_EQ(last.pixels.front(), last.map.to_model(400));
  EXPECT_FLOAT_EQ(last.pixels.back(), last.map.to_model(423));
  EXPECT_THAT(error_of([] {
                view_slice(ramp(0), {"a", 5}, Modality::kCT, "axial", "--image");
              }),
              HasSubstr("5 axial slices: 0 .. 4"));
}

TEST(ViewSlice, CoronalSlicesRunAlongTheSecondAxis) {
  const SliceView view = view_slice(ramp(0), {"a", 1}, Modality::kCT, "coronal", "--image");
  EXPECT_EQ(view.slices, 3);
  EXPECT_EQ(view.height, 5);
  for (const float value : view.pixels) {
    const auto physical = static_cast<int64_t>(std::lround(view.map.to_physical(value)));
    EXPECT_EQ(physical / 10 % 10, 1);
  }
}

TEST(ViewSlice, RecognizesHounsfieldUnitsByAir) {
  const SliceView hu = view_slice(ramp(-1000), {"a", {}}, {}, "axial", "--image");
  EXPECT_EQ(hu.map.unit, "HU");
  EXPECT_EQ(hu.map_chosen_by, "values below -200: HU");
  const SliceView mr = view_slice(ramp(0), {"a", {}}, {}, "axial", "--image");
  EXPECT_EQ(mr.map_chosen_by, "no values below -200");
  EXPECT_NE(mr.map.unit, "HU");
  EXPECT_EQ(view_slice(ramp(0), {"a", {}}, Modality::kCT, "axial", "--image").map.unit, "HU");
  EXPECT_EQ(to_json(hu, "a.nii")["window_chosen_by"], "values below -200: HU");
}

}  // namespace
}  // namespace synerbench
