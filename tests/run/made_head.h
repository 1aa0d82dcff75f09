// A CT made in code, and predictions of it, for the tests of what is remarked on.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "harness/data/intensity.h"
#include "harness/run/case_score.h"

namespace synerbench::testing_support {

inline constexpr int64_t kDepth = 6, kSide = 48;

/// A CT of a nearly symmetric head: an ellipse with a denser spot on one side, near the front and the top.
struct Head {
  StoredCase stored;
  Reference reference;
};

inline Head head(unsigned seed = 1) {
  Head made;
  std::mt19937 random(seed);
  std::normal_distribution<float> noise(0, 10);
  Reference& r = made.reference;
  made.stored.shape = {kDepth, kSide, kSide};
  made.stored.spacing = {4, 4, 4};
  r.intensity = default_intensity_map(Modality::kCT, {}, {}, "");
  for (int64_t d = 0; d < kDepth; ++d) {
    for (int64_t h = 0; h < kSide; ++h) {
      for (int64_t w = 0; w < kSide; ++w) {
        const double y = static_cast<double>(h) - 23.5, x = static_cast<double>(w) - 23.5;
        const bool body = y * y / 400 + x * x / 256 < 1;
        const bool spot = (h - 14) * (h - 14) + (w - 30) * (w - 30) < 20 + 8 * d;
        r.target.push_back(body ? (spot ? 400.F : 40.F) + noise(random) : -1000.F);
        r.mask.push_back(body);
      }
    }
  }
  return made;
}

using Predict = std::function<float(const Head&, int64_t d, int64_t h, int64_t w)>;

/// What `check` (prediction_remarks, slice_remarks) says of what `predict` makes of the head.
inline std::vector<std::string> made_remarks(std::vector<std::string> (*check)(const Reference&,
                                                                               std::span<const float>),
                                             const Predict& predict) {
  Head made = head();
  made.reference.stored_case = &made.stored;
  std::vector<float> prediction;
  for (int64_t d = 0; d < kDepth; ++d) {
    for (int64_t h = 0; h < kSide; ++h) {
      for (int64_t w = 0; w < kSide; ++w) prediction.push_back(predict(made, d, h, w));
    }
  }
  return check(made.reference, prediction);
}

inline float at(const Head& made, int64_t d, int64_t h, int64_t w) {
  return made.reference.target[static_cast<size_t>((d * kSide + h) * kSide + w)];
}

/// As a model of some worth would: the truth, smoothed and noisy.
inline float fair(const Head& made, int64_t d, int64_t h, int64_t w) {
  const auto clamp = [](int64_t v) { return std::clamp<int64_t>(v, 0, kSide - 1); };
  float sum = 0;
  for (int64_t y = -1; y <= 1; ++y) {
    for (int64_t x = -1; x <= 1; ++x) sum += at(made, d, clamp(h + y), clamp(w + x));
  }
  return sum / 9 + static_cast<float>((d * 31 + h * 17 + w * 7) % 60) - 30;
}

/// As a model of great worth would: the truth with a little noise.
inline float close_to(const Head& made, int64_t d, int64_t h, int64_t w) {
  return at(made, d, h, w) + static_cast<float>((d * 31 + h * 17 + w * 7) % 60) - 30;
}

}  // namespace synerbench::testing_support
