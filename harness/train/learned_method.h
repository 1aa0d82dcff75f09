// From a table of fields and two constructors to a method's row: what all methods have in common whose
// weights `train` makes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/schema.h"
#include "harness/method/method.h"
#include "harness/train/trainable.h"
#include "harness/train/weights.h"

namespace synerbench {

/// What a method brings. Its row then reads configurations, checks devices, finds weights by task
/// (per_task_model.h), refuses what does not fit, and describes itself.
template <class Config>
struct LearnedMethod {
  std::string name, label, summary;  // see Method
  const Schema<Config>& fields;
  /// A model with unset weights on `device`. May refuse what only a training cannot do with: Error(kUsage) at
  /// `place`.
  std::function<std::unique_ptr<Trainable>(Config config, const std::string& device,
                                           const std::string& place)>
      train;
  /// The model of a weights folder on `device`. Weights that do not fit: Error(kBadInput).
  std::function<std::unique_ptr<Synthesizer>(const Config& config, const std::string& device,
                                             const WeightsConfig& weights)>
      load;
  Routes routes = Routes::kTask;
  std::function<Json(Json config, int64_t updates)> fit = nullptr;  // see MethodTraining
  std::string needs = "";
};

namespace detail {
/// Everything of the row but `training`.
Method learned_row(const std::string& name, const std::string& label, const std::string& summary,
                   const std::vector<FieldInfo>& fields);
/// The model of `request.path`, a weights folder or a folder of such folders.
std::unique_ptr<Synthesizer> load_learned(
    const LoadRequest& request, const std::string& name, Routes routes,
    const std::function<std::unique_ptr<Synthesizer>(const WeightsConfig&)>& load);
/// `config` with the options of the request. One that is not among `allowed`: Error(kUsage).
Json with_options(Json config, const LoadRequest& request, const std::string& name,
                  const std::vector<std::string>& allowed);
void check_training_device(const std::string& device, const std::string& place);
}  // namespace detail

/// A wrong field of a configuration that a person wrote is Error(kUsage); in a weights folder it is damage,
/// Error(kBadInput).
template <class Config>
Method learned_method(const LearnedMethod<Config>& method) {
  Method row = detail::learned_row(method.name, method.label, method.summary, method.fields.fields());
  row.needs = method.needs;
  row.training =
      MethodTraining{.routes = method.routes,
                     .config = method.fields.fields(),
                     .make =
                         [method](const Json& json, const std::string& device, const std::string& place) {
                           const Config config = method.fields.read(json, place);
                           detail::check_training_device(device, place);
                           return method.train(config, device, place);
                         },
                     .fit = method.fit};
  row.load = [method](const LoadRequest& request) {
    return detail::load_learned(request, method.name, method.routes, [=](const WeightsConfig& weights) {
      const std::string place = (weights.folder / "config.json").string() + ": /config";
      Config config = method.fields.read(weights.config, place, {}, ExitCode::kBadInput);
      if (!request.options.empty()) {
        config = method.fields.read(
            detail::with_options(method.fields.write(config), request, method.name, method.fields.options()),
            request.place);
      }
      return method.load(config, request.device, weights);
    });
  };
  return row;
}

}  // namespace synerbench
