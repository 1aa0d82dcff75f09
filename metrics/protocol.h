// Named, versioned ways to compare a prediction with its reference. Numbers are comparable only within one
// protocol.
#pragma once

#include <string>
#include <vector>

#include "metrics/image.h"
#include "metrics/score.h"

namespace synerbench {

enum class Direction { kHigherIsBetter, kLowerIsBetter };

struct MetricInfo {
  std::string name;  // "ssim"
  std::string unit;  // "", "dB", "HU", "grey levels"; "unit" = the unit of the images
  Direction direction = Direction::kHigherIsBetter;
  double lower = 0, upper = 1;  // bounds; may be infinite
  std::string description;
};

struct ProtocolInfo {
  std::string id;      // "synthrad2023@1"
  int dimensions = 3;  // 2: called per slice and averaged slices -> patient; 3: called per volume
  bool needs_mask = false;
  bool physical = false;  // needs a target in physical units (HU); else works in the normalised range [0, 1]
  std::string source;     // which public evaluation or paper it matches
  std::string description;          // range, window, border, mask rule, aggregation in words
  std::vector<MetricInfo> metrics;  // in the order compare() returns
};

const std::vector<ProtocolInfo>& protocols();
/// The protocol with that id; std::out_of_range when there is none.
const ProtocolInfo& find_protocol(const std::string& id);

/// All metrics of the protocol, in the order of its info. Same shape for all three.
/// physical protocols: values in HU. Others: values mapped to [0, 1] by the *target's* intensity map (not
/// clipped; the protocol clips where its source does). Never throws for data: what cannot be computed is
/// undefined with a reason. Shapes that differ are std::invalid_argument.
std::vector<Score> compare(const ProtocolInfo& protocol, const ImageView& prediction, const ImageView& target,
                           const MaskView& mask);

}  // namespace synerbench
