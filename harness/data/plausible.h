// Can these values be what they are called? Every volume is held against what its modality can be, and
// against its siblings in the data set.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/modality.h"
#include "harness/data/volume_facts.h"

namespace synerbench {

inline constexpr double kNotedClipping = 0.01;  // a share of the body beyond the map is shown from here

/// Something about a volume that is not usual.
struct Doubt {
  bool impossible = false;   // cannot be what it is called; else odd: noted, imported
  std::string seen;          // "CT: the minimum is 19"
  std::string usual;         // "air is near -1000 HU"
  std::string cause;         // "the rescale intercept was not applied"
  std::string next;          // "..."
  std::string text() const;  // "CT: the minimum is 19 (usual: air is near ...). Likely: the rescale ..."
};

/// What is looked at beside the facts, once. What is left out is not judged.
struct Evidence {
  Plateaus plateaus;
  std::optional<HounsfieldShares> hounsfield;  // of CT and CBCT
  std::string region;                          // of the case; "" where it is not known
};

/// Everything in doubt, impossible first. Note [What a modality can be] in the source file has the limits and
/// where they come from.
std::vector<Doubt> doubts_about(Modality modality, const VolumeFacts& facts, const Evidence& evidence = {});

/// Whether a cone-beam CT is stored without negative values: nothing besides the padding is at -500 HU or
/// below, and its tissue is not near 0. See Note [CBCT offset] in import_case.h for what is done then.
bool is_stored_without_negatives(const HounsfieldShares& shares, double limit);

/// What stands out among volumes of one modality in one data set: a CT whose tissue is shifted against most
/// of the others, a PET or an MR on another scale. `facts` of all siblings; one text per volume, empty where
/// nothing stands out. Fewer than kLeastSiblings: nothing is said.
inline constexpr size_t kLeastSiblings = 5;
std::vector<std::string> strangers_among(Modality modality, const std::vector<VolumeFacts>& facts);

}  // namespace synerbench
