#include "harness/train/learned_method.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/train/per_task_model.h"

namespace synerbench::detail {

Method learned_row(const std::string& name, const std::string& label, const std::string& summary,
                   const std::vector<FieldInfo>& fields) {
  Method row{.name = name,
             .label = label,
             .summary = summary,
             .path = "weights folder made by train, or a folder of such folders",
             .options = {},
             .load = {}};
  for (const FieldInfo& field : fields) {
    if (!field.option) continue;
    row.options.push_back(field);
    row.options.back().fallback = "as trained";
    row.options.back().other_presets.clear();
  }
  return row;
}

std::unique_ptr<Synthesizer> load_learned(
    const LoadRequest& request, const std::string& name, Routes routes,
    const std::function<std::unique_ptr<Synthesizer>(const WeightsConfig&)>& load) {
  nn::check_device(request.device, request.place);
  nn::use_deterministic_kernels();
  const auto load_folder = [load, name](const std::filesystem::path& folder) {
    try {
      return load(read_weights_config(folder, name));
    } catch (const Json::exception& error) {
      throw input_error((folder / "config.json").string(), error.what(),
                        "the file is damaged; copy the weights folder again");
    }
  };
  return load_per_task(request.path, name, load_folder, name_of(routes));
}

Json with_options(Json config, const LoadRequest& request, const std::string& name,
                  const std::vector<std::string>& allowed) {
  for (const auto& item : request.options.items()) {
    if (std::find(allowed.begin(), allowed.end(), item.key()) == allowed.end()) {
      throw usage_error(request.place + ": /" + item.key(), "is no inference option",
                        allowed.empty() ? name + " has none" : did_you_mean(item.key(), allowed));
    }
    config[item.key()] = item.value();
  }
  return config;
}

void check_training_device(const std::string& device, const std::string& place) {
  nn::check_device(device, place);
}

}  // namespace synerbench::detail
