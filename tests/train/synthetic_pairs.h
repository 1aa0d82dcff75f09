// Training pairs made in code: ellipse phantoms whose target is a fixed function of the source's tissues.
// Plain memory.
#pragma once

#include <fmt/core.h>

#include <cmath>
#include <vector>

#include "harness/core/model.h"
#include "harness/core/random.h"

namespace synerbench::testing_support {

/// A body ellipse with four organ ellipses of random tissue. Source and target give every tissue another
/// value, neither monotone in the other, so that copying the source is a poor answer and the right one can be
/// learned.
class SyntheticPairs final : public PairSource {
 public:
  SyntheticPairs(int64_t count, int64_t size, uint64_t seed) : size_(size) {
    for (int64_t i = 0; i < count; ++i) add(combine_seeds(seed, static_cast<uint64_t>(i)));
  }
  int64_t size() const override { return static_cast<int64_t>(sources_.size()); }
  int64_t height() const override { return size_; }
  int64_t width() const override { return size_; }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    const auto i = static_cast<size_t>(index);
    std::copy(sources_[i].begin(), sources_[i].end(), source.begin());
    std::copy(targets_[i].begin(), targets_[i].end(), target.begin());
    if (!mask.empty()) std::copy(masks_[i].begin(), masks_[i].end(), mask.begin());
  }
  SliceKey key(int64_t index) const override {
    const std::string patient = fmt::format("p{}", index / 2);
    return {{"made", patient, patient}, index % 2};
  }

 private:
  void add(uint64_t seed) {
    constexpr float kSource[] = {-0.2f, 0.6f, 0.1f, -0.6f}, kTarget[] = {0.1f, -0.3f, 0.8f, 0.4f};
    Random random(seed);
    const auto pixels = static_cast<size_t>(size_ * size_);
    std::vector<float> source(pixels, -1.0f), target(pixels, -1.0f);
    std::vector<uint8_t> mask(pixels, 0);
    for (int organ = 0; organ < 5; ++organ) {
      const bool body = organ == 0;
      const double cx = body ? 0.5 : random.uniform(0.3, 0.7), cy = body ? 0.5 : random.uniform(0.3, 0.7);
      const double rx = body ? random.uniform(0.36, 0.46) : random.uniform(0.06, 0.16);
      const double ry = body ? random.uniform(0.36, 0.46) : random.uniform(0.06, 0.16);
      const size_t tissue = body ? 0 : 1 + random.below(3);
      for (int64_t h = 0; h < size_; ++h) {
        for (int64_t w = 0; w < size_; ++w) {
          const double x = (static_cast<double>(w) + 0.5) / static_cast<double>(size_) - cx;
          const double y = (static_cast<double>(h) + 0.5) / static_cast<double>(size_) - cy;
          if (x * x / (rx * rx) + y * y / (ry * ry) > 1) continue;
          const auto at = static_cast<size_t>(h * size_ + w);
          source[at] = kSource[tissue];
          target[at] = kTarget[tissue];
          if (body) mask[at] = 1;
        }
      }
    }
    sources_.push_back(std::move(source));
    targets_.push_back(std::move(target));
    masks_.push_back(std::move(mask));
  }

  int64_t size_;
  std::vector<std::vector<float>> sources_, targets_;
  std::vector<std::vector<uint8_t>> masks_;
};

/// Mean squared error over all pairs between the targets and the sources, or a model's predictions.
inline double mean_squared_error(const PairSource& pairs, const Task& task, Synthesizer* model) {
  const auto pixels = static_cast<size_t>(pairs.height() * pairs.width());
  std::vector<float> source(pixels), target(pixels), prediction(pixels);
  double sum = 0;
  for (int64_t i = 0; i < pairs.size(); ++i) {
    pairs.read(i, source, target, {});
    if (model) {
      const uint64_t seed = static_cast<uint64_t>(i);
      model->synthesize(task, {1, pairs.height(), pairs.width(), source}, {&seed, 1}, prediction);
    } else {
      prediction = source;
    }
    for (size_t p = 0; p < pixels; ++p) {
      const double d = static_cast<double>(prediction[p]) - static_cast<double>(target[p]);
      sum += d * d;
    }
  }
  return sum / static_cast<double>(pairs.size()) / static_cast<double>(pixels);
}

/// Peak signal-to-noise ratio for the range [-1, 1].
inline double psnr(double mean_squared_error) { return 10 * std::log10(4.0 / mean_squared_error); }

}  // namespace synerbench::testing_support
