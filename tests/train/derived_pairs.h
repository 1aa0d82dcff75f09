// Training pairs made from others: the way back, and a source that breaks down. Plain memory.
#pragma once

#include <stdexcept>

#include "harness/core/model.h"

namespace synerbench::testing_support {

/// The way back of some pairs.
class Reversed final : public PairSource {
 public:
  explicit Reversed(const PairSource& pairs) : pairs_(pairs) {}
  int64_t size() const override { return pairs_.size(); }
  int64_t height() const override { return pairs_.height(); }
  int64_t width() const override { return pairs_.width(); }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    pairs_.read(index, target, source, mask);
  }
  SliceKey key(int64_t index) const override { return pairs_.key(index); }

 private:
  const PairSource& pairs_;
};

/// Breaks down at the read number `last`, as a full disk or a pulled cable would.
class Breaking final : public PairSource {
 public:
  Breaking(const PairSource& pairs, int64_t last) : pairs_(pairs), last_(last) {}
  int64_t size() const override { return pairs_.size(); }
  int64_t height() const override { return pairs_.height(); }
  int64_t width() const override { return pairs_.width(); }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    if (++reads_ > last_) throw std::runtime_error("broken");
    pairs_.read(index, source, target, mask);
  }
  SliceKey key(int64_t index) const override { return pairs_.key(index); }

 private:
  const PairSource& pairs_;
  int64_t last_;
  mutable int64_t reads_ = 0;
};

}  // namespace synerbench::testing_support
