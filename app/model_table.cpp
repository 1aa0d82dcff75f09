#include "app/model_table.h"

#include "baselines/trivial/trivial.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "baselines/pix2pix/pix2pix.h"
#include "harness/train/per_task_model.h"
#endif

namespace synerbench {
namespace {

#ifdef SYNERBENCH_WITH_TORCH
// Every parameter of the entry that was given becomes a switch of the weights' configuration.
LoadOptions load_options(const ModelArguments& arguments, const std::vector<ModelParameter>& parameters) {
  LoadOptions options;
  options.device = arguments.device();
  for (const auto& parameter : parameters) {
    if (arguments.has(parameter.name))
      options.switches[parameter.name] = arguments.text_or(parameter.name, "");
  }
  return options;
}

ModelEntry pix2pix_entry() {
  const std::vector<ModelParameter> parameters{
      {"bn_inference", "as trained", "batch_stats (each slice its own, as the paper) or running_stats"},
      {"dropout_inference", "as trained", "off, or on (as the paper; random, seeded per slice)"}};
  return {"pix2pix", "Pix2Pix (Isola et al. 2017): U-Net and conditional PatchGAN",
          "weights folder made by train: one task's, or a folder with one per task", parameters,
          [parameters](const ModelArguments& arguments) {
            const LoadOptions options = load_options(arguments, parameters);
            return load_per_task(arguments.path(), "pix2pix",
                                 [options](const auto& folder) { return load_pix2pix(folder, options); });
          }};
}
#endif

}  // namespace

const ModelTable& model_table() {
  static const ModelTable table = [] {
    ModelTable entries = trivial_models();
#ifdef SYNERBENCH_WITH_TORCH
    entries.push_back(pix2pix_entry());
#endif
    return entries;
  }();
  return table;
}

std::string name_of(Routes routes) {
  return routes == Routes::kTask ? "task" : routes == Routes::kPair ? "pair" : "all";
}

const std::vector<TrainableEntry>& trainable_table() {
  static const std::vector<TrainableEntry> table{
#ifdef SYNERBENCH_WITH_TORCH
      {"pix2pix", "Pix2Pix (Isola et al. 2017)",
       [](const Json& config, const std::string& device, const std::string& place) {
         return make_pix2pix(config, device, place);
       }},
#endif
  };
  return table;
}

}  // namespace synerbench
