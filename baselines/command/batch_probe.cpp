#include "baselines/command/batch_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench::pipe {
namespace {

constexpr double kRange = 2;  // of a model: [-1, 1]

std::span<const float> slab_of(const SliceBatch& batch, int64_t slice) {
  const size_t slab = batch.pixels.size() / static_cast<size_t>(batch.n);
  return batch.pixels.subspan(static_cast<size_t>(slice) * slab, slab);
}

}  // namespace

bool tells_order(const SliceBatch& batch) {
  constexpr double kOther = 1e-2;  // a share of the range, root mean square
  return batch.n > 1 && distance_of(slab_of(batch, 0), slab_of(batch, batch.n - 1)).rms > kOther;
}

SliceBatch last_alone(const SliceBatch& batch) {
  SliceBatch one = batch;
  one.n = 1;
  one.pixels = slab_of(batch, batch.n - 1);
  return one;
}

AnswerDistance distance_of(std::span<const float> a, std::span<const float> b) {
  SB_CHECK(a.size() == b.size(), "two answers to one slice have one shape");
  AnswerDistance distance;
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    // What is no number is a failure of its slice already.
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) continue;
    const double d = std::abs(static_cast<double>(a[i]) - b[i]) / kRange;
    distance.largest = std::max(distance.largest, d);
    squares += d * d;
  }
  if (!a.empty()) distance.rms = std::sqrt(squares / static_cast<double>(a.size()));
  return distance;
}

std::string dependence_text(int64_t slices, const AnswerDistance& in_batch, const AnswerDistance& again) {
  if (again.matters()) {
    return fmt::format(
        "the program says that it is deterministic, and answers one slice in several ways (largest "
        "difference {:.2g} of the range): let it draw from the seeds alone, or say \"deterministic\": false",
        again.largest);
  }
  return fmt::format(
      "the answer for a slice depends on its batch (largest difference {:.2g} of the range between the last "
      "of {} slices and the same one alone): use --batch 1, or let the program answer every slice by itself, "
      "in the order of the request",
      in_batch.largest, slices);
}

}  // namespace synerbench::pipe
