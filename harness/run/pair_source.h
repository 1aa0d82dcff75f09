// The pairs of slices of one task and split, read from a slice store and laid onto a canvas.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/model.h"
#include "harness/data/canvas.h"
#include "harness/data/slice_store.h"

namespace synerbench {

struct StorePairsOptions {
  double min_foreground = 0.01;  // slices with a smaller share of mask pixels are left out
  int64_t cache_bytes =
      int64_t{1} << 30;   // pairs kept in memory once read; the rest is made again from the store
  int64_t max_cases = 0;  // only the first cases in id order; 0: all
  /// The pairs of a model with this input: its slabs and as many sources as the task names. A model of whole
  /// volumes gets single slices, because volumes differ in depth. Error(kUsage) when it does not fit the
  /// task.
  ModelInput input = {};
};

/// Cases in id order, slices in their order within a case. Source and target go through their own stored
/// intensity map (MR: 0 to the 99.5th percentile of that volume), then onto the canvas. Thread-safe. Borrows
/// the store.
class StorePairs final : public PairSource {
 public:
  /// Looks through the masks of all cases once, to know which slices count.
  StorePairs(const SliceStore& store, const Task& task, Split split, const Canvas& canvas,
             const StorePairsOptions& options = {});
  ~StorePairs() override;

  int64_t size() const override;
  int64_t height() const override { return canvas_.size; }
  int64_t width() const override { return canvas_.size; }
  void read(int64_t index, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override;
  int64_t sources() const override { return static_cast<int64_t>(task_.sources().size()); }
  int64_t depth() const override { return 2 * input_.neighbors + 1; }
  SliceKey key(int64_t index) const override;

  const StoredCase& case_of(int64_t index) const;
  int64_t slice_of(int64_t index) const;

 private:
  struct Cache;
  struct Entry {
    const StoredCase* stored_case;
    int64_t slice;
  };
  const SliceStore* store_;
  Task task_;
  Canvas canvas_;
  ModelInput input_;
  std::vector<Entry> entries_;
  std::unique_ptr<Cache> cache_;
};

/// Share of non-zero pixels per slice of a mask [D, H, W].
std::vector<double> foreground_shares(std::span<const uint8_t> mask, const std::array<int64_t, 3>& shape);

}  // namespace synerbench
