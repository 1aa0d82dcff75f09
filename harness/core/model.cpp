#include "harness/core/model.h"

namespace synerbench {

void Synthesizer::prepare(const Task&, const PairSource&) {}

}  // namespace synerbench
