#include "reference/methods.h"

#include "harness/core/error.h"
#include "harness/train/per_task_model.h"
#include "harness/train/weights.h"
#include "reference/family.h"
#include "reference/family_training.h"
#include "reference/presets.h"
#include "reference/reference.h"
#include "reference/stages/autoencoder_settings.h"

namespace synerbench {
namespace {

using namespace reference;

/// Settings of generation of a model whose preset is fixed.
std::vector<FieldInfo> generation_fields(const std::string& fallback) {
  std::vector<FieldInfo> fields = preset_fields().fields();
  std::erase_if(fields, [](const FieldInfo& field) { return field.name == "preset"; });
  for (FieldInfo& field : fields) {
    field.fallback = fallback;
    field.other_presets.clear();
    field.option = true;
  }
  return fields;
}

/// Every field of --config: those inside recipe, autoencoder and generation with the object's name in front.
std::vector<FieldInfo> config_fields() {
  std::vector<FieldInfo> all = family_schema().fields();
  const auto add = [&](const std::string& prefix, std::vector<FieldInfo> fields) {
    for (FieldInfo& field : fields) {
      field.name = prefix + field.name;
      field.option = false;
      all.push_back(std::move(field));
    }
  };
  add("recipe.", stage_schema().fields());
  add("autoencoder.", autoencoder_schema().fields());
  add("generation.", generation_fields("as preset"));
  return all;
}

std::unique_ptr<Synthesizer> load_member(const FamilyMember& member, const LoadRequest& request) {
  const auto load = [&member, request](const std::filesystem::path& folder) {
    const WeightsConfig weights = read_weights_config(folder, member.name);
    for (const NetworkFile& network : weights.networks) weights.checked_file(network.name);
    ReferenceOptions options;
    options.preset = member.preset;
    options.device = request.device;
    options.name = member.name;
    options.label = member.label;
    if (weights.config.contains("generation")) options.overrides = weights.config.at("generation");
    options.overrides.update(request.options);
    // A wrong option is the command line's fault, not the folder's.
    resolve_preset(options.preset, options.overrides, request.place);
    return load_reference(folder, options);
  };
  return load_per_task(request.path, member.name, load, name_of(Routes::kAll), /*takes_any_task=*/true);
}

Method row_of(const FamilyMember& member) {
  Method row;
  row.name = member.name;
  row.label = member.label;
  row.summary = member.summary;
  row.path = "weights folder made by train";
  row.options = generation_fields("as trained");
  row.load = [&member](const LoadRequest& request) { return load_member(member, request); };
  MethodTraining training;
  training.routes = Routes::kAll;
  training.config = config_fields();
  training.make = [&member](const Json& config, const std::string& device, const std::string& place) {
    return make_family_training(member, config, device, place);
  };
  training.fit = [&member](const Json& config, int64_t updates) {
    return fit_family(member, config, updates);
  };
  row.training = std::move(training);
  row.needs = "a base checkpoint (\"base\"), or a preset that makes a new model: small, mini, tiny";
  return row;
}

Method checkpoint_row() {
  Method row;
  row.name = "reference";
  row.label = "Reference";
  row.summary =
      "a checkpoint of the family: SynerMedGen on the BAGEL architecture; BAGEL and UniMedVL by preset";
  row.path = "folder in BAGEL format: synerbench checkpoint init, or released weights";
  row.options = preset_fields().fields();
  for (FieldInfo& field : row.options) field.option = true;
  row.load = [](const LoadRequest& request) -> std::unique_ptr<Synthesizer> {
    if (request.path.empty())
      throw usage_error(request.place, "the folder is missing", "write reference:FOLDER");
    ReferenceOptions options;
    options.device = request.device;
    options.overrides = request.options;
    if (const auto preset = options.overrides.find("preset"); preset != options.overrides.end()) {
      options.preset = preset->is_string() ? preset->get<std::string>() : preset->dump();
      options.overrides.erase("preset");
    }
    return load_reference(request.path, options);
  };
  row.needs = "a checkpoint folder";
  return row;
}

}  // namespace

std::vector<Method> reference_methods() {
  std::vector<Method> rows;
  for (const FamilyMember& member : family_members()) rows.push_back(row_of(member));
  rows.push_back(checkpoint_row());
  return rows;
}

}  // namespace synerbench
