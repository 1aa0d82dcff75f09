// Calls a model on whole cases and survives what it does: exceptions, values that are not finite, no answer
// at all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/core/model.h"
#include "harness/data/canvas.h"
#include "harness/data/slice_store.h"
#include "harness/run/journal.h"

namespace synerbench {

/// A predicted case.
struct Prediction {
  std::vector<float> values;  // [D, H, W], physical units of the target; meaningless when there are failures
  std::vector<SliceFailure> failures;  // in slice order; empty: every slice is there and finite
  double seconds = 0;                  // inside synthesize()
  std::vector<std::string> remarks;    // go into the record: resampled, trained on
};

struct HostOptions {
  int64_t batch = 8;   // slices per call; the results do not depend on it
  double timeout = 0;  // seconds per slice; 0: wait for ever
  uint64_t run_seed = 1;
};

/// Owns a model. Thread-safe: predict() may be called from several threads at a time; a model that is not
/// concurrent is called by one of them after the other.
///
/// Note [A batch that throws] When a call with several slices throws, its slices are tried again one by one,
/// so that which slices fail does not depend on the batch size. A call that does not come back in time cannot
/// be ended: its thread is left behind with the model, a new model is made and prepared, and all slices of
/// that call count as failed. So with timeouts, and only then, results may depend on the batch size. A model
/// of whole volumes predicts a case in one call: when it throws, all slices of the case fail, and the time it
/// has is that of all of them. A model that keeps the time itself (ModelInfo::keeps_time) throws instead.
class ModelHost {
 public:
  using Factory = std::function<std::unique_ptr<Synthesizer>()>;
  ModelHost(Factory factory, const HostOptions& options);
  ~ModelHost();

  ModelInfo info() const;
  /// What the model said of its input when it was made.
  const ModelInput& input() const { return input_; }
  /// Forwards to the model. `training` is kept alive until the next prepare().
  void prepare(const Task& task, std::shared_ptr<const PairSource> training);
  /// Error(kUsage) when the model cannot know the case: only one that answers for cases (CaseAnswers)
  /// refuses.
  void check_case(const StoredCase& stored_case, const Task& task) const;

  /// All slices of the case, in order, through its ModelSpace on `canvas`. The model is asked for the task
  /// that it was prepared for, which may stand in for `task`: sources by their stored intensity
  /// maps -> model -> native size -> physical values by the target's stored map. Throws only for damaged
  /// stores and interrupts; failures of the model are in the result. The rest of the case is still tried
  /// after a failed slice, so that all failures are listed, except after a timeout.
  Prediction predict(const SliceStore& store, const StoredCase& stored_case, const Task& task,
                     const Canvas& canvas);

  /// Threads left behind by timeouts. They end with the process.
  int abandoned() const { return abandoned_; }

 private:
  struct Call;
  struct Answer {
    std::string failure;  // empty: there is an answer
    bool timed_out = false;
    double seconds = 0;
  };
  struct Batch;
  Answer call(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
              std::span<float> prediction);
  Answer call_with_timeout(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                           std::span<float> prediction);
  /// Calls the model on a batch; when it throws, on its slices one by one. Fills the batch's predictions and
  /// failures.
  Answer answer(const Task& task, Batch& batch);
  void replace_model();
  Prediction ask_for_case(const StoredCase& stored_case, const Task& task) const;

  Factory factory_;
  HostOptions options_;
  std::shared_ptr<Synthesizer> model_;
  bool concurrent_ = false;
  bool keeps_time_ = false;
  ModelInput input_;
  Task task_;
  std::shared_ptr<const PairSource> training_;
  mutable std::mutex mutex_;  // model_, training_, abandoned_
  std::mutex one_at_a_time_;  // around calls of models that are not concurrent
  int abandoned_ = 0;
};

}  // namespace synerbench
