#include "harness/core/model.h"

namespace synerbench {

std::string name_of(FitsOn fits) {
  switch (fits) {
    case FitsOn::kTrainingPairs:
      return "training-pairs";
    case FitsOn::kOwnDomain:
      return "own-domain";
    case FitsOn::kTruth:
      return "truth";
    case FitsOn::kNothing:
      break;
  }
  return "";
}

void Synthesizer::prepare(const Task&, const PairSource&) {}

}  // namespace synerbench
