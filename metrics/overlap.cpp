#include "metrics/overlap.h"

#include "metrics/detail/checks.h"

namespace synerbench {
namespace {

struct Counts {
  int64_t prediction = 0, reference = 0, both = 0;
};

Counts count_overlap(const MaskView& prediction, const MaskView& reference) {
  detail::require_same_shape(prediction, reference);
  Counts counts;
  const int64_t voxels = reference.depth * reference.height * reference.width;
  for (int64_t i = 0; i < voxels; ++i) {
    const bool p = prediction.data[i] != 0, r = reference.data[i] != 0;
    counts.prediction += p;
    counts.reference += r;
    counts.both += p && r;
  }
  return counts;
}

}  // namespace

Score dice(const MaskView& prediction, const MaskView& reference) {
  const Counts counts = count_overlap(prediction, reference);
  if (counts.reference == 0) return Undefined::kEmptyMask;
  return 2.0 * static_cast<double>(counts.both) / static_cast<double>(counts.prediction + counts.reference);
}

Score jaccard(const MaskView& prediction, const MaskView& reference) {
  const Counts counts = count_overlap(prediction, reference);
  if (counts.reference == 0) return Undefined::kEmptyMask;
  return static_cast<double>(counts.both) /
         static_cast<double>(counts.prediction + counts.reference - counts.both);
}

}  // namespace synerbench
