// Who and what is in the pairs of some tasks: patients, cases and slices by number, without pixels.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/random.h"
#include "harness/core/task_pairs.h"

namespace synerbench::reference {

/// A pair of slices: the task's place in the list, and the pair's number in its source.
struct PairPlace {
  size_t task = 0;
  int64_t index = 0;
  bool operator==(const PairPlace&) const = default;
};

/// The pairs by patient and case. The patient is the unit: every patient of a task is drawn equally often,
/// however many slices there are of it. Memory: about 20 bytes a pair. Thread-safe.
class PairIndex {
 public:
  /// Borrows the pairs of `tasks`. Reads keys, no pixels.
  explicit PairIndex(std::vector<TaskPairs> tasks);

  const std::vector<TaskPairs>& tasks() const { return tasks_; }
  size_t patients(size_t task) const { return index_[task].patients.size(); }
  /// Patients of several tasks together, each counted once.
  size_t patients(const std::vector<size_t>& tasks) const;
  /// A patient, then one of its slices, each with equal chances.
  PairPlace draw(size_t task, Random& random) const;
  /// The same of another patient than `other`'s; nothing when there is no other.
  std::optional<PairPlace> draw_other(const PairPlace& other, Random& random) const;
  /// Which third of its case's slices it lies in: 0, 1, 2.
  size_t level(const PairPlace& place) const;
  size_t patient(const PairPlace& place) const;

  /// The slices of one case, in their order.
  struct Case {
    size_t patient = 0;
    std::vector<std::pair<int64_t, int64_t>> slices;  // number of the slice, index of the pair
  };
  const Case& case_of(const PairPlace& place) const;
  size_t position(const PairPlace& place) const;  // in Case::slices
  /// What takes a look at the pixels of a case, once, when it is first asked for.
  struct Facts {
    std::vector<float> area;      // body pixels of each slice
    std::vector<uint64_t> equal;  // bit d - 1: the target d positions on is the same but for noise
    /// Whether the targets at two positions, at most 64 apart, are duplicates.
    bool duplicates(size_t a, size_t b) const;
  };
  /// `least_difference`: mean absolute difference of two targets, as a share of the range, below which they
  /// are duplicates; at 0 none is. `reach`: positions apart to compare, at most 64. Both are those of the
  /// first call.
  const Facts& facts(const PairPlace& place, double least_difference, int64_t reach) const;

 private:
  struct LazyFacts;
  struct Patient {
    std::vector<size_t> cases;
    uint64_t slices = 0;
  };
  struct Task {
    std::vector<Case> cases;
    std::vector<Patient> patients;
    std::vector<uint32_t> case_of, position;  // by index of the pair
    std::vector<uint64_t> names;              // hash of each patient's data set and name
    std::shared_ptr<LazyFacts[]> facts;       // by case
  };
  int64_t slice_of(const Task& task, size_t patient, Random& random) const;
  Facts look_at(size_t task, const Case& one, double least_difference, int64_t reach) const;

  std::vector<TaskPairs> tasks_;
  std::vector<Task> index_;
};

}  // namespace synerbench::reference
