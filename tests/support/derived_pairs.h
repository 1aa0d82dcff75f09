// Training pairs made from others: changed, turned around, broken. Plain memory.
#pragma once

#include <functional>
#include <span>
#include <stdexcept>
#include <utility>

#include "harness/core/model.h"

namespace synerbench::testing_support {

/// `pairs`, which have to live as long. A test overrides what differs.
class DerivedPairs : public PairSource {
 public:
  explicit DerivedPairs(const PairSource& pairs) : pairs_(pairs) {}
  int64_t size() const override { return pairs_.size(); }
  int64_t height() const override { return pairs_.height(); }
  int64_t width() const override { return pairs_.width(); }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    pairs_.read(index, source, target, mask);
  }
  SliceKey key(int64_t index) const override { return pairs_.key(index); }

 protected:
  const PairSource& pairs() const { return pairs_; }

 private:
  const PairSource& pairs_;
};

/// Each pair is changed in place as it is read.
class ChangedPairs final : public DerivedPairs {
 public:
  using Change = std::function<void(std::span<float> source, std::span<float> target)>;
  ChangedPairs(const PairSource& pairs, Change change) : DerivedPairs(pairs), change_(std::move(change)) {}
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    pairs().read(index, source, target, mask);
    change_(source, target);
  }

 private:
  Change change_;
};

/// The way back of some pairs.
class Reversed final : public DerivedPairs {
 public:
  using DerivedPairs::DerivedPairs;
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    pairs().read(index, target, source, mask);
  }
};

/// Breaks down after `reads` reads, as a full disk or a pulled cable would.
class Breaking final : public DerivedPairs {
 public:
  Breaking(const PairSource& pairs, int64_t reads) : DerivedPairs(pairs), left_(reads) {}
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    if (left_-- == 0) throw std::runtime_error("broken");
    pairs().read(index, source, target, mask);
  }

 private:
  mutable int64_t left_;
};

}  // namespace synerbench::testing_support
