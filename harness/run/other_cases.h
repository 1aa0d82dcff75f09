// Does a prediction belong to another case than the one it is scored as?
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/data/slice_store.h"
#include "harness/run/record.h"

namespace synerbench {

/// The images of a store, to be known again in a prediction. Thread-safe; borrows the store.
class OtherCases {
 public:
  explicit OtherCases(const SliceStore& store) : store_(store) {}

  /// "the prediction holds the image of case ...", when `prediction` ([D, H, W], physical units) is, or is
  /// made from, the scan of modality `target` of another case than `own` in the store (content.h); else "".
  /// Two cases that share a scan are not told apart.
  std::string remark(const StoredCase& own, Modality target, std::span<const float> prediction);

 private:
  struct Index {
    std::unordered_map<std::string, size_t> by_voxels;          // the first case with these
    std::unordered_map<uint64_t, std::vector<size_t>> by_mark;  // cases whose sketch holds it
  };
  const Index& index_of(Modality target);

  const SliceStore& store_;
  std::mutex mutex_;  // indices_
  std::map<Modality, Index> indices_;
};

/// Begins the remark on a file that stands for several cases.
inline constexpr const char* kSameFile = "the same file as for ";
/// "... 2 other cases, the first is d/c1". `others` is not empty.
std::string same_as(const char* what, const std::vector<CaseId>& others);

/// Adds a remark to every scored case whose prediction has, voxel for voxel, the values of another case's, of
/// the same task and model; a trivial model, such as the mean image, does that by design. Records that
/// already say that their file is the same are left as they are. `hashes`: of each record's predicted
/// volume; "" of one without.
void remark_on_repeats(Results& results, const std::vector<std::string>& hashes);

}  // namespace synerbench
