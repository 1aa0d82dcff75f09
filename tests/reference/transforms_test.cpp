#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/random.h"
#include "reference/transforms/image.h"
#include "reference/transforms/resize.h"
#include "tests/reference/support/parity.h"

namespace synerbench::reference {
namespace {

using testing::Fixture;
using testing::WorstError;

ResizeRule rule_from(const std::vector<int64_t>& setting) {
  return {setting[0], setting[1], setting[2], setting[3]};
}

TEST(TransformsParity, TargetSizesFollowTheOfficialRule) {
  NEEDS_FIXTURE("I1");
  const Fixture fixture("I1");
  const auto sizes = fixture.integers("in.sizes_wh"), settings = fixture.integers("in.settings"),
             targets = fixture.integers("out.target_wh");
  const size_t count = sizes.size() / 2, rules = settings.size() / 5;
  EXPECT_GT(count * rules, 0u);
  for (size_t i = 0; i < count; ++i) {
    for (size_t r = 0; r < rules; ++r) {
      const std::vector<int64_t> setting(settings.begin() + r * 5, settings.begin() + r * 5 + 5);
      const ImageSize seen = target_size({sizes[2 * i + 1], sizes[2 * i]}, rule_from(setting), setting[4]);
      EXPECT_EQ(seen.width, targets[(i * rules + r) * 2]) << i << " " << r;
      EXPECT_EQ(seen.height, targets[(i * rules + r) * 2 + 1]) << i << " " << r;
    }
  }
}

TEST(TransformsParity, BytesEqualPillowAndTensorsAgree) {
  NEEDS_FIXTURE("I1");
  const Fixture fixture("I1");
  WorstError worst("I1_transforms");
  for (const std::string& name : fixture.cases("in.", "image")) {
    const auto shape = fixture.shape("in." + name + ".image");
    const Image8 image{shape[0], shape[1], shape.size() == 3 ? shape[2] : 1,
                       fixture.bytes("in." + name + ".image")};
    const auto setting = fixture.integers("in." + name + ".setting");
    const Image8 rgb = to_rgb(image);
    EXPECT_EQ(rgb.pixels, fixture.bytes("out." + name + ".rgb")) << name;
    const Image8 resized =
        resize_bicubic(rgb, target_size({rgb.height, rgb.width}, rule_from(setting), setting[4]));
    const auto wanted = fixture.shape("out." + name + ".resized");
    EXPECT_EQ((std::vector<int64_t>{resized.height, resized.width, resized.channels}), wanted) << name;
    EXPECT_EQ(resized.pixels, fixture.bytes("out." + name + ".resized")) << name;
    expect_close(transform(image, rule_from(setting), setting[4]).values,
                 fixture.floats("out." + name + ".tensor"), 1e-6, name, worst);
  }
}

TEST(Resize, SlicesOf240PixelsTakeThePublishedSizes) {
  EXPECT_EQ(target_size({240, 240}, resize_rules::kVae), (ImageSize{512, 512}));
  EXPECT_EQ(target_size({240, 240}, resize_rules::kVitEditTraining), (ImageSize{238, 238}));
  EXPECT_EQ(target_size({240, 240}, resize_rules::kVitUnderstanding), (ImageSize{378, 378}));
}

TEST(Resize, FloatAndByteFiltersDifferOnlyByRounding) {
  Random random(5);
  Image8 image{23, 31, 1, std::vector<uint8_t>(23 * 31)};
  std::vector<float> plane;
  for (auto& pixel : image.pixels) plane.push_back(pixel = static_cast<uint8_t>(40 + random.below(170)));
  const Image8 bytes = resize_bicubic(image, {17, 50});
  const auto floats = resize_bicubic(plane, {23, 31}, {17, 50});
  for (size_t i = 0; i < floats.size(); ++i)
    EXPECT_NEAR(std::clamp(floats[i], 0.f, 255.f), bytes.pixels[i], 1.2f);
}

TEST(Resize, FloatFilterKeepsSizeUnchangedExactly) {
  Random random(6);
  std::vector<float> plane(12 * 9);
  for (auto& value : plane) value = static_cast<float>(random.normal());
  EXPECT_EQ(resize_bicubic(plane, {12, 9}, {12, 9}), plane);
}

TEST(Bridge, SliceSurvivesTheWayInWithinHalfAStep) {
  std::vector<float> slice;
  for (int i = 0; i <= 1000; ++i) slice.push_back(-1.0f + static_cast<float>(i) / 500.0f);
  const ImageTensor in = normalize(image_of_slice(slice, 1, 1001));
  for (size_t i = 0; i < slice.size(); ++i) {
    EXPECT_NEAR(in.values[i], slice[i], 0.5 / 127.5 + 1e-6);
    EXPECT_EQ(in.values[i], in.values[2 * 1001 + i]);
  }
}

TEST(Bridge, OutputIsNotQuantizedUnlessAsked) {
  const std::vector<float> pixels = {0.1234f, 0.1234f, 0.1237f};
  EXPECT_NEAR(slice_of_pixels(pixels, 1, 1, OutputBridge::kFloatMean)[0], 0.1235f, 1e-6f);
  EXPECT_EQ(slice_of_pixels(pixels, 1, 1, OutputBridge::kOfficial)[0],
            143.0f / 127.5f - 1.0f);  // 143.2 truncated
  EXPECT_EQ(image_of_pixels(pixels, 1, 1).pixels, (std::vector<uint8_t>{143, 143, 143}));
  const std::vector<float> bright = {7.0f, 7.0f, 7.0f};
  EXPECT_EQ(slice_of_pixels(bright, 1, 1, OutputBridge::kFloatMean)[0], 1.0f);
}

}  // namespace
}  // namespace synerbench::reference
