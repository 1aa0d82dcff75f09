#include "harness/data/canvas.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "harness/core/random.h"

namespace synerbench {
namespace {

std::vector<float> random_slice(int64_t height, int64_t width, uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> values(static_cast<size_t>(height * width));
  for (auto& v : values) v = static_cast<float>(random.uniform(-1, 1));
  return values;
}

std::vector<float> onto(const Canvas& canvas, const std::vector<float>& native, int64_t h, int64_t w) {
  std::vector<float> pixels(static_cast<size_t>(canvas.size * canvas.size), 99.F);
  to_canvas(canvas, native, h, w, pixels);
  return pixels;
}

std::vector<float> back(const Canvas& canvas, const std::vector<float>& pixels, int64_t h, int64_t w) {
  std::vector<float> native(static_cast<size_t>(h * w), 99.F);
  from_canvas(canvas, pixels, h, w, native);
  return native;
}

TEST(Canvas, PaddingThereAndBackIsExact) {
  const Canvas canvas{32, Canvas::Fit::kPad};
  for (const auto& [h, w] : {std::pair<int64_t, int64_t>{32, 32}, {31, 30}, {1, 32}, {17, 8}, {1, 1}}) {
    const auto native = random_slice(h, w);
    EXPECT_EQ(back(canvas, onto(canvas, native, h, w), h, w), native) << h << "x" << w;
  }
}

TEST(Canvas, PaddingIsBackgroundAndCenterd) {
  const Canvas canvas{5, Canvas::Fit::kPad};
  const auto pixels = onto(canvas, {0.1F, 0.2F}, 1, 2);
  for (size_t p = 0; p < pixels.size(); ++p) {
    const float wanted = p == 11 ? 0.1F : p == 12 ? 0.2F : -1.F;  // row 2, columns 1 and 2
    EXPECT_EQ(pixels[p], wanted) << p;
  }
}

TEST(Canvas, CroppedPixelsComeBackAsBackgroundAndTheRestUnchanged) {
  const Canvas canvas{8, Canvas::Fit::kPad};
  const int64_t h = 11, w = 8;  // an odd surplus of three rows
  const auto native = random_slice(h, w);
  const auto returned = back(canvas, onto(canvas, native, h, w), h, w);
  int kept_rows = 0;
  for (int64_t y = 0; y < h; ++y) {
    const bool kept = returned[static_cast<size_t>(y * w)] != -1.F;
    kept_rows += kept;
    for (int64_t x = 0; x < w; ++x) {
      const auto p = static_cast<size_t>(y * w + x);
      EXPECT_EQ(returned[p], kept ? native[p] : -1.F);
    }
  }
  EXPECT_EQ(kept_rows, 8);
  EXPECT_EQ(returned[0], -1.F);
  EXPECT_EQ(returned[static_cast<size_t>((h - 1) * w)], -1.F) << "cropping is symmetric";
}

TEST(Canvas, ScalingOfACanvasSizedSliceIsTheIdentity) {
  const Canvas canvas{24, Canvas::Fit::kScale};
  const auto native = random_slice(24, 24);
  EXPECT_EQ(onto(canvas, native, 24, 24), native);
  EXPECT_EQ(back(canvas, native, 24, 24), native);
}

TEST(Canvas, ShrinkingKeepsTheMean) {
  const Canvas canvas{10, Canvas::Fit::kScale};
  for (const int64_t side : {20, 25, 37}) {
    const auto native = random_slice(side, side, 7);
    const auto pixels = onto(canvas, native, side, side);
    const double before =
        std::accumulate(native.begin(), native.end(), 0.0) / static_cast<double>(native.size());
    const double after =
        std::accumulate(pixels.begin(), pixels.end(), 0.0) / static_cast<double>(pixels.size());
    EXPECT_NEAR(before, after, 1e-7) << side;  // float rounding of 100 pixels
  }
}

TEST(Canvas, ShrinkingByTwoAveragesFourPixels) {
  const Canvas canvas{2, Canvas::Fit::kScale};
  std::vector<float> native(16);
  std::iota(native.begin(), native.end(), 0.F);
  EXPECT_EQ(onto(canvas, native, 4, 4), (std::vector<float>{2.5F, 4.5F, 10.5F, 12.5F}));
}

TEST(Canvas, EnlargingIsBilinearBetweenHalfPixelCenters) {
  const Canvas canvas{4, Canvas::Fit::kScale};
  const auto pixels = onto(canvas, {0.F, 1.F}, 1, 2);  // 2 rows of 4
  const std::vector<float> row{0.F, 0.25F, 0.75F, 1.F};
  for (size_t x = 0; x < 4; ++x) {
    EXPECT_EQ(pixels[x], -1.F);
    EXPECT_FLOAT_EQ(pixels[4 + x], row[x]);
    EXPECT_FLOAT_EQ(pixels[8 + x], row[x]);
    EXPECT_EQ(pixels[12 + x], -1.F);
  }
}

TEST(Canvas, ScalingASmoothSliceThereAndBackIsClose) {
  // A wave of 40 pixels' length: linear interpolation errs by at most (2 pi / 40)^2 / 8 of its amplitude per
  // pass.
  for (const int64_t size : {48, 64, 160}) {
    const Canvas canvas{size, Canvas::Fit::kScale};
    const int64_t h = 90, w = 70;
    std::vector<float> native;
    for (int64_t y = 0; y < h; ++y) {
      for (int64_t x = 0; x < w; ++x) {
        native.push_back(static_cast<float>(0.5 * std::sin(static_cast<double>(x + y) * 6.2831853 / 40)));
      }
    }
    const auto returned = back(canvas, onto(canvas, native, h, w), h, w);
    double worst = 0;
    for (int64_t y = 4; y < h - 4; ++y) {
      for (int64_t x = 4; x < w - 4; ++x) {
        const auto p = static_cast<size_t>(y * w + x);
        worst = std::max(worst, std::abs(static_cast<double>(native[p]) - returned[p]));
      }
    }
    EXPECT_LT(worst, 0.05) << size;
    EXPECT_GT(worst, 0);
  }
}

TEST(Canvas, ScalingNeverLeavesTheRangeOfTheInput) {
  for (const int64_t size : {5, 33, 200}) {
    const Canvas canvas{size, Canvas::Fit::kScale};
    for (const float v : onto(canvas, random_slice(40, 61, 3), 40, 61)) {
      EXPECT_GE(v, -1.F);
      EXPECT_LE(v, 1.F);
    }
  }
}

TEST(Canvas, MaskFollowsTheImage) {
  for (const auto fit : {Canvas::Fit::kPad, Canvas::Fit::kScale}) {
    for (const int64_t size : {20, 64}) {
      const Canvas canvas{size, fit};
      const int64_t h = 30, w = 44;
      std::vector<float> image(static_cast<size_t>(h * w), -1.F);
      std::vector<uint8_t> mask(static_cast<size_t>(h * w), 0);
      for (int64_t y = 8; y < 24; ++y) {
        for (int64_t x = 12; x < 36; ++x) {
          image[static_cast<size_t>(y * w + x)] = 1;
          mask[static_cast<size_t>(y * w + x)] = 1;
        }
      }
      const auto pixels = onto(canvas, image, h, w);
      std::vector<uint8_t> laid(static_cast<size_t>(size * size), 9);
      mask_to_canvas(canvas, mask, h, w, laid);
      int64_t inside = 0;
      for (size_t p = 0; p < laid.size(); ++p) {
        ASSERT_LE(laid[p], 1);
        inside += laid[p];
        // Where the image is surely inside or outside (not a blended border), the mask agrees.
        if (pixels[p] == 1.F) {
          EXPECT_EQ(laid[p], 1) << p;
        }
        if (pixels[p] == -1.F) {
          EXPECT_EQ(laid[p], 0) << p;
        }
      }
      EXPECT_GT(inside, 0);
    }
  }
}

}  // namespace
}  // namespace synerbench
