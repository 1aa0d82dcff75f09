// Training pairs made from others by a function. Plain memory.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>

#include "harness/core/model.h"

namespace synerbench::testing_support {

/// `pairs`, each changed in place as it is read.
class ChangedPairs final : public PairSource {
 public:
  using Change = std::function<void(std::span<float> source, std::span<float> target)>;
  ChangedPairs(const PairSource& pairs, Change change) : pairs_(pairs), change_(std::move(change)) {}
  int64_t size() const override { return pairs_.size(); }
  int64_t height() const override { return pairs_.height(); }
  int64_t width() const override { return pairs_.width(); }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    pairs_.read(index, source, target, mask);
    change_(source, target);
  }
  SliceKey key(int64_t index) const override { return pairs_.key(index); }

 private:
  const PairSource& pairs_;
  Change change_;
};

}  // namespace synerbench::testing_support
