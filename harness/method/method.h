// A method is one row of one table: everything the program says about it and does with it. train, run, synth,
// models, the demo, the documentation and the tests read the same rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/model.h"
#include "harness/core/schema.h"

namespace synerbench {

class Trainable;

/// What one training covers. A batch is always of one task.
enum class Routes {
  kTask,  // one task; folder OUT/<task>
  // both directions between two modalities of a region. Batches are of the suite's first direction A to B,
  // validation is of both. Folder OUT/<first direction>; the configuration gets "pair": [A, B] (names)
  kPair,
  kAll,  // every task of the suite; folder OUT; the configuration gets "routes": [task ids]
};
std::string name_of(Routes routes);  // "task" "pair" "all"

/// What a model may know of the run that it is made for.
struct RunSurroundings {
  std::filesystem::path log;  // where it may write what its program says, from prepare() on; empty: nowhere
  double timeout = 0;         // seconds per slice that a call may take; 0: no limit
};

/// A model to load, as `--model name:path,option=value` says it.
struct LoadRequest {
  std::filesystem::path path;     // empty: none was given
  std::string device = "cpu";     // "cpu", "cuda", "cuda:<n>"
  Json options = Json::object();  // values as on a command line, already read by value_of_text()
  std::string place = "model";    // of errors: "model \"pix2pix:w,bn_inference=on\""
  RunSurroundings run = {};
};

/// How a method is trained.
struct MethodTraining {
  Routes routes = Routes::kTask;
  std::vector<FieldInfo> config;  // of --config
  /// A fresh model of a configuration. Bad fields: Error(kUsage) at `place`.
  std::function<std::unique_ptr<Trainable>(const Json& config, const std::string& device,
                                           const std::string& place)>
      make;
  /// The configuration for a training of so many updates: lengths of the method's own phases that it does not
  /// give are filled in, in their published proportions. Empty: the method has none beside the recipe's.
  std::function<Json(Json config, int64_t updates)> fit = nullptr;
};

struct Method {
  std::string name;     // on the command line, in weights and records: "pix2pix"
  std::string label;    // as printed: "Pix2Pix"
  std::string summary;  // one line, with the source: "Isola et al. 2017: U-Net and conditional PatchGAN"
  std::string path;     // what the path means ("weights folder made by train"); empty: takes none
  std::vector<FieldInfo> options;  // of loading
  /// Error(kUsage) for bad options, Error(kBadInput) for bad weights. Called before a run starts, so these
  /// stop the run.
  std::function<std::unique_ptr<Synthesizer>(const LoadRequest&)> load;
  std::optional<MethodTraining> training = std::nullopt;  // nothing: cannot be trained
  // what must be there beside the data, for people: "a base checkpoint, or the preset \"tiny\""
  std::string needs = "";
};

using MethodTable = std::vector<Method>;

/// The row of that name. Error(kUsage) at `place` with "did you mean" when there is none.
const Method& find_method(const MethodTable& table, const std::string& name, const std::string& place);
/// The same among those that can be trained.
const Method& find_trainable(const MethodTable& table, const std::string& name, const std::string& place);

}  // namespace synerbench
