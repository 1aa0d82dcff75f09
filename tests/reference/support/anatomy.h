// Pairs of slices of made-up heads: two contrasts of the same smooth shapes, which change from slice to
// slice.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "harness/core/model.h"
#include "harness/core/random.h"

namespace synerbench::reference::testing {

/// `cases` volumes of `slices` slices of side x side pixels. Source like MR (bright inside), target like CT
/// (bright rim).
class MadeHeads final : public PairSource {
 public:
  MadeHeads(int64_t cases, int64_t slices, int64_t side) : cases_(cases), slices_(slices), side_(side) {}
  int64_t size() const override { return cases_ * slices_; }
  int64_t height() const override { return side_; }
  int64_t width() const override { return side_; }
  SliceKey key(int64_t i) const override {
    const std::string name = std::to_string(i / slices_);
    return {{"heads", name, name}, i % slices_};
  }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    Random random(static_cast<uint64_t>(100 + index / slices_));  // one anatomy per case
    const double turn = random.uniform(-0.4, 0.4), shift = random.uniform(-0.08, 0.08);
    const double z = (static_cast<double>(index % slices_) + 0.5) / static_cast<double>(slices_);  // 0 .. 1
    const double radius = 0.55 + 0.35 * std::sin(3.14159 * z);
    for (int64_t y = 0; y < side_; ++y) {
      for (int64_t x = 0; x < side_; ++x) {
        const double u = 2.0 * (static_cast<double>(x) + 0.5) / static_cast<double>(side_) - 1 - shift,
                     v = 2.0 * (static_cast<double>(y) + 0.5) / static_cast<double>(side_) - 1;
        const double a = (std::cos(turn) * u + std::sin(turn) * v) / (0.85 * radius),
                     b = (std::cos(turn) * v - std::sin(turn) * u) / radius;
        const double r = std::sqrt(a * a + b * b);
        const double head = soft(1 - r), inside = soft(0.86 - r), rim = head - inside;
        // Two ventricles that open with z, and a lesion that wanders through the slices.
        const double w = 0.08 + 0.14 * z;
        const double ventricles = soft(1 - std::hypot((std::abs(a) - 0.2) / w, (b + 0.1) / (2.2 * w)));
        const double lesion = soft(1 - std::hypot((a - 0.5 + z) / 0.16, (b - 0.45) / 0.16));
        const auto at = static_cast<size_t>(y * side_ + x);
        source[at] = static_cast<float>(-1 + 1.3 * inside - 0.8 * ventricles * inside +
                                        0.5 * lesion * inside + 0.25 * rim);
        target[at] = static_cast<float>(-1 + 0.9 * inside - 0.25 * ventricles * inside -
                                        0.3 * lesion * inside + 1.8 * rim);
        if (!mask.empty()) mask[at] = head > 0.5 ? 1 : 0;
      }
    }
  }

 private:
  static double soft(double x) { return 1.0 / (1.0 + std::exp(-14.0 * x)); }
  int64_t cases_, slices_, side_;
};

}  // namespace synerbench::reference::testing
