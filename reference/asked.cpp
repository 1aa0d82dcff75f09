#include "reference/asked.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "harness/core/error.h"
#include "harness/nn/compute.h"
#include "harness/train/weights.h"
#include "reference/family.h"
#include "reference/reference.h"

namespace synerbench::reference {
namespace {

constexpr const char* kCheckpoint = "reference";

std::vector<std::string> askable() {
  std::vector<std::string> names{kCheckpoint};
  for (const FamilyMember& member : family_members()) names.push_back(member.name);
  return names;
}

ReferenceOptions options_of(const ModelSpec& spec, const std::string& device, const std::string& place) {
  ReferenceOptions options;
  options.device = device;
  for (const FamilyMember& member : family_members()) {
    if (member.name != spec.name) continue;
    const WeightsConfig weights = read_weights_config(spec.path, member.name);
    for (const NetworkFile& network : weights.networks) weights.checked_file(network.name);
    options.preset = member.preset;
    options.name = member.name;
    options.label = member.label;
    if (weights.config.contains("generation")) options.overrides = weights.config.at("generation");
  }
  for (const auto& [name, value] : spec.options) {
    if (name == "preset" && spec.name == kCheckpoint) {
      options.preset = value;
    } else {
      options.overrides[name] = value_of_text(value);
    }
  }
  resolve_preset(options.preset, options.overrides, place);  // the command line's fault, not the folder's
  return options;
}

}  // namespace

AskedModel load_asked(const ModelSpec& spec, const std::string& device) {
  const std::string place = fmt::format("model \"{}\"", spec.text);
  const std::vector<std::string> known = askable();
  if (!spec.inner.empty() || std::find(known.begin(), known.end(), spec.name) == known.end()) {
    throw usage_error(place, fmt::format("{} cannot be asked: it answers with images", spec.name),
                      "those that can: " + did_you_mean(spec.name, known));
  }
  if (spec.path.empty())
    throw usage_error(place, "the folder is missing", fmt::format("write {}:FOLDER", spec.name));
  nn::check_device(device, place);
  nn::use_deterministic_kernels();
  const std::shared_ptr<ReferenceModel> model =
      ReferenceModel::load(spec.path, options_of(spec, device, place));
  return {model->info(),
          [model](const Instance& question, uint64_t seed) { return model->answer(question, seed); }};
}

}  // namespace synerbench::reference
