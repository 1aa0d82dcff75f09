#include "metrics/window.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace synerbench {
namespace {

double total(const std::vector<double>& weights) {
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

TEST(Window, WeightsSumToOneAndAreSymmetric) {
  for (const Window& window : {Window{}, Window{WindowShape::kUniform, 7, 0, false},
                               Window{WindowShape::kGaussian, 5, 0.7, false}}) {
    const std::vector<double> weights = window_weights(window);
    ASSERT_EQ(weights.size(), static_cast<size_t>(window.size));
    EXPECT_NEAR(total(weights), 1, 1e-15);
    for (size_t i = 0; i < weights.size(); ++i) EXPECT_EQ(weights[i], weights[weights.size() - 1 - i]);
  }
}

TEST(Window, Float32WeightsAreThoseOfPyTorch) {
  // arange(11) - 5, exp(-x^2 / 4.5), divided by the sum, as PyTorch 1.13 computes it on a CPU.
  const double half[] = {0x1.0d957p-10, 0x1.f1fe02p-8, 0x1.26eb18p-5,
                         0x1.bff0fep-4, 0x1.b43c3ep-3, 0x1.10656p-2};
  const std::vector<double> weights = window_weights({WindowShape::kGaussian, 11, 1.5, true});
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(weights[i], half[i]) << i;
    EXPECT_EQ(weights[10 - i], half[i]) << i;
  }
  EXPECT_NE(total(weights), 1) << "the rounded weights do not sum to 1; that is their effect";
}

TEST(Window, RefusesEvenSizesAndNoWidth) {
  EXPECT_THROW(window_weights({WindowShape::kUniform, 8, 0, false}), std::invalid_argument);
  EXPECT_THROW(window_weights({WindowShape::kGaussian, 0, 1.5, false}), std::invalid_argument);
  EXPECT_THROW(window_weights({WindowShape::kGaussian, 11, 0, false}), std::invalid_argument);
}

std::string around(Border border) {
  std::string text;
  for (int64_t i = -5; i < 9; ++i) text += "abcd"[mirrored_index(i, 4, border)];
  return text;
}

TEST(Window, MirrorsAsTheLibrariesDo) {
  EXPECT_EQ(around(Border::kHalfSampleMirror), "ddcbaabcddcbaa");   // SciPy "reflect", NumPy "symmetric"
  EXPECT_EQ(around(Border::kWholeSampleMirror), "bcdcbabcdcbabc");  // PyTorch "reflect"
}

}  // namespace
}  // namespace synerbench
