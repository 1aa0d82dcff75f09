// One predicted volume against its reference: every measure of every protocol that applies.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/data/slice_store.h"
#include "harness/run/journal.h"
#include "harness/suite/suite.h"
#include "metrics/protocol.h"

namespace synerbench {

/// Those of the protocols, in their order, that can compare a target of this modality: they work in its
/// normalized range or in its unit. So a protocol in HU is for CT and CBCT alone. Ids that the table does not
/// hold: std::out_of_range.
std::vector<std::string> protocols_for(const std::vector<std::string>& protocols, Modality target,
                                       const ProtocolTable& table = builtin_protocols());

/// The stored case as scoring needs it, read once.
struct Reference {
  const StoredCase* stored_case = nullptr;
  IntensityMap intensity;          // of the target volume: the reference's own, also for MR
  std::string unit;                // of the target: "HU"
  std::vector<float> target;       // [D, H, W], in that unit
  std::vector<uint8_t> mask;       // [D, H, W], 0 or 1
  std::vector<double> foreground;  // [D], share of mask pixels
  int64_t panel_slice = -1;  // the slice with the largest mask, the first of equals; -1: the mask is empty
};
Reference read_reference(const SliceStore& store, const StoredCase& stored_case, const Task& task);

/// `count` slices to look at, in order: the panel's, and others at even steps through those whose mask is not
/// empty; all of these where they are fewer. None when the mask is empty. `count` is at least 1.
std::vector<int64_t> slices_to_show(const Reference& reference, int64_t count);

struct CaseScore {
  std::vector<Measure> measures;   // of the case, in protocol, metric order
  std::vector<SliceScore> slices;  // scored slices (enough foreground), in order
  int64_t slices_without_foreground = 0;
};

/// `prediction`: [D, H, W], physical units of the target, finite.
///
/// 2-D protocols see every slice with at least `min_foreground` (and at least one mask pixel). The case's
/// value is the mean over the slices where the metric is defined, added up in slice order in double; the
/// others are counted. No slice to score: undefined "no-foreground". None defined: undefined with the first
/// slice's reason. 3-D protocols see the volume. Every protocol is given the body mask; which of its metrics
/// look at it is the protocol's affair (needs_mask only says that it makes no sense without) and the values
/// that it asks for: normalized ones by the reference's intensity map. The protocols are rows of `table` and
/// fit the reference's unit, see protocols_for(); anything else is a failed check.
///
/// Uses as many threads as OpenMP has for the calling thread; the result does not depend on how many there
/// are. When a metric throws, the exception is that of the first slice that fails.
CaseScore score_case(const Reference& reference, std::span<const float> prediction,
                     const std::vector<std::string>& protocols, double min_foreground,
                     const ProtocolTable& table = builtin_protocols());

}  // namespace synerbench
