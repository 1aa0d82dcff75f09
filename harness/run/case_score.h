// One predicted volume against its reference: every measure of every protocol that applies.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/data/slice_store.h"
#include "harness/run/journal.h"
#include "harness/suite/suite.h"

namespace synerbench {

/// Protocols (by id, in suite order) that apply to a target modality: those in physical units want HU, so CT and CBCT.
/// MR has no unit that means the same in two patients; PET has one, but the HU protocols say nothing about it.
std::vector<std::string> protocols_for(const std::vector<std::string>& protocols, Modality target);

/// The stored case as scoring needs it, read once.
struct Reference {
  const StoredCase* stored_case = nullptr;
  IntensityMap intensity;          // of the target volume: the reference's own, also for MR
  std::vector<float> target;       // [D, H, W], physical units
  std::vector<uint8_t> mask;       // [D, H, W], 0 or 1
  std::vector<double> foreground;  // [D], share of mask pixels
  int64_t panel_slice = -1;  // the slice with the largest mask, the first of equals; -1: the mask is empty
};
Reference read_reference(const SliceStore& store, const StoredCase& stored_case, const Task& task);

struct CaseScore {
  std::vector<Measure> measures;   // of the case, in protocol, metric order
  std::vector<SliceScore> slices;  // scored slices (enough foreground), in order
  int64_t slices_without_foreground = 0;
};

/// `prediction`: [D, H, W], physical units of the target, finite.
///
/// 2-D protocols see every slice with at least `min_foreground` (and at least one mask pixel). The case's value is the mean
/// over the slices where the metric is defined, added up in slice order in double; the others are counted. No slice to
/// score: undefined "no-foreground". None defined: undefined with the first slice's reason. 3-D protocols see the volume.
/// Every protocol is given the body mask; which of its metrics look at it is the protocol's affair (needs_mask only says that
/// it makes no sense without). Protocols that are not physical get values mapped by the reference's intensity map, low -> 0, high -> 1, not clipped.
///
/// Uses the calling thread's OpenMP threads; the result does not depend on how many there are.
CaseScore score_case(const Reference& reference, std::span<const float> prediction,
                     const std::vector<std::string>& protocols, double min_foreground);

}  // namespace synerbench
