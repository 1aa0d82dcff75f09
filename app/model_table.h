// Every model the program knows, by name. A new model is one line in model_table.cpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/run/model_spec.h"

namespace synerbench {

class Trainable;

/// Models that can be scored: run, synth.
const ModelTable& model_table();

/// Models that can be trained: the train verb. `config` is the method's own JSON; bad fields are Error(kUsage) at `place`.
struct TrainableEntry {
  std::string name, summary;
  std::function<std::unique_ptr<Trainable>(const Json& config, const std::string& device,
                                           const std::string& place)>
      make;
};
const std::vector<TrainableEntry>& trainable_table();  // empty in a build without LibTorch

}  // namespace synerbench
