// A model of the family as somebody to ask: what a suite of questions is run with.
#pragma once

#include <string>

#include "reference/evaluation/question_run.h"

namespace synerbench::reference {

/// "reference:FOLDER,preset=NAME,setting=value", or the weights of a member of the family as train makes
/// them: "synermedgen:FOLDER,setting=value". Error(kUsage) for any other model, Error(kBadInput) for bad
/// weights.
AskedModel load_asked(const ModelSpec& spec, const std::string& device);

}  // namespace synerbench::reference
