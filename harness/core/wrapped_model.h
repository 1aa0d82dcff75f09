// A model inside another one.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "harness/core/model.h"

namespace synerbench {

/// Everything goes on to the model inside; a wrapper overrides what it changes.
class WrappedModel : public Synthesizer {
 public:
  explicit WrappedModel(std::unique_ptr<Synthesizer> model) : model_(std::move(model)) {}
  ModelInfo info() const override { return model_->info(); }
  void prepare(const Task& task, const PairSource& training) override { model_->prepare(task, training); }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    model_->synthesize(task, source, seeds, prediction);
  }

 private:
  std::unique_ptr<Synthesizer> model_;
};

}  // namespace synerbench
