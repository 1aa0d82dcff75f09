#include "metrics/score.h"

namespace synerbench {

std::string name_of(Undefined reason) {
  switch (reason) {
    case Undefined::kEmptyMask:
      return "empty-mask";
    case Undefined::kIdenticalImages:
      return "identical-images";
    case Undefined::kTooSmall:
      return "too-small";
    case Undefined::kNotFinite:
      return "not-finite";
    case Undefined::kNoForeground:
      return "no-foreground";
    case Undefined::kMissingStructure:
      return "missing-structure";
  }
  return "unknown";
}

}  // namespace synerbench
