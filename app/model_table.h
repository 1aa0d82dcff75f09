// Every model the program knows, by name. A new model is one line in model_table.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/method/method.h"

namespace synerbench {

class Trainable;

/// Models that can be scored: run, synth.
const MethodTable& model_table();

/// Models that can be trained: the train verb. `config` is the method's own JSON; bad fields are Error(kUsage) at `place`.
struct TrainableEntry {
  std::string name, summary;
  std::function<std::unique_ptr<Trainable>(const Json& config, const std::string& device,
                                           const std::string& place)>
      make;
  Routes routes = Routes::kTask;
  /// The configuration for a training of so many updates: lengths of the method's own phases that it does not give are filled in, in their published
  /// proportions. Nothing: the method has none beside the recipe's.
  std::function<Json(Json config, int64_t updates)> fit = nullptr;
};
const std::vector<TrainableEntry>& trainable_table();  // empty in a build without LibTorch

}  // namespace synerbench
