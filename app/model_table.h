// Every model the program knows, by name. A new model is one line in model_table.cpp.
#pragma once

#include <cstdint>
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

/// What one training covers. A batch is always of one task.
enum class Routes {
  kTask,  // one task; folder OUT/<task>
  kPair,  // an unordered pair of modalities of a region, both directions from one model: batches are of the suite's first direction A to
  // B, validation is of both. Folder OUT/<first direction>; the method's configuration gets "pair": [A, B] (names)
  kAll,  // every task of the suite from one model; folder OUT; the configuration gets "routes": [task ids]
};
std::string name_of(Routes routes);  // "task" "pair" "all"

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
