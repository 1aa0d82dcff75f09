// Does a program's answer for a slice depend on the other slices of its batch?
//
// Note [A slice alone] The pipe believes the order of the slices in a reply, and that each was answered by
// itself. A program that turns their order around, answers the first for all, or normalizes over the batch
// scores differently with another --batch, and nothing in its frames tells. So the last slice of a batch is
// asked once more, alone: once for each task and running program, and only of one that says it is
// deterministic. The answer has to be the same but for rounding. Where it is not, the slice is asked alone
// again: a program that answers the same question differently is not deterministic.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/core/model.h"

namespace synerbench::pipe {

/// Whether the batch can tell: it has several slices, and the last is not nearly the first. Slices of air
/// alone have equal answers in any order.
bool tells_order(const SliceBatch& batch);

/// The last slice of a batch, with its slab, as a batch of its own. Borrows the batch's pixels.
SliceBatch last_alone(const SliceBatch& batch);

/// Two answers to one slice, in [-1, 1], as shares of that range.
struct AnswerDistance {
  double largest = 0, rms = 0;  // over pixels that are numbers in both
  /// More than rounding. Half precision moves single pixels by several thousandths when the batch has another
  /// size, and all of them together by less than one; a PSNR of 60 dB says that it does not matter.
  bool matters() const { return largest > 1e-2 || rms > 1e-3; }
};
AnswerDistance distance_of(std::span<const float> a, std::span<const float> b);

/// What is wrong when a slice was answered otherwise alone than in its batch of `slices`. `again`: two
/// answers to the slice alone.
std::string dependence_text(int64_t slices, const AnswerDistance& in_batch, const AnswerDistance& again);

}  // namespace synerbench::pipe
