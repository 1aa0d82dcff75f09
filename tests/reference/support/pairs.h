// Pairs of slices made in memory whose pixels say where they came from.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "harness/core/model.h"
#include "harness/core/random.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference::testing {

/// `cases` volumes of `slices` slices. The first three pixels hold case, slice and side; the rest is noise of
/// the slice's own.
class MadePairs final : public PairSource {
 public:
  MadePairs(int64_t cases, int64_t slices, int64_t side) : cases_(cases), slices_(slices), side_(side) {}
  int64_t size() const override { return cases_ * slices_; }
  int64_t height() const override { return side_; }
  int64_t width() const override { return side_; }
  SliceKey key(int64_t i) const override {
    const std::string name = std::to_string(i / slices_);
    return {{"made", name, name}, 10 + i % slices_};
  }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    fill(index, false, source);
    fill(index, true, target);
    for (auto& m : mask) m = 1;
  }

  struct Origin {
    int64_t case_number, slice;
    bool is_target;
  };
  static Origin origin(const SliceImage& image) {
    return {std::lround(image.pixels[0] * 1000), std::lround(image.pixels[1] * 1000), image.pixels[2] > 0};
  }

 private:
  void fill(int64_t index, bool is_target, std::span<float> out) const {
    Random random(static_cast<uint64_t>(2 * index + is_target));
    for (auto& v : out) v = static_cast<float>(random.uniform(-1, 1));
    out[0] = static_cast<float>(index / slices_) / 1000.0f;
    out[1] = static_cast<float>(index % slices_) / 1000.0f;
    out[2] = is_target ? 1.0f : -1.0f;
  }
  int64_t cases_, slices_, side_;
};

}  // namespace synerbench::reference::testing
