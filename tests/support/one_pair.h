// One pair of a source, as a source of its own.
#pragma once

#include "harness/core/model.h"

namespace synerbench::testing_support {

/// `all` outlives it.
class OnePair final : public PairSource {
 public:
  OnePair(const PairSource& all, int64_t index) : all_(all), index_(index) {}
  int64_t size() const override { return 1; }
  int64_t height() const override { return all_.height(); }
  int64_t width() const override { return all_.width(); }
  SliceKey key(int64_t) const override { return all_.key(index_); }
  void read(int64_t, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    all_.read(index_, source, target, mask);
  }

 private:
  const PairSource& all_;
  int64_t index_;
};

}  // namespace synerbench::testing_support
