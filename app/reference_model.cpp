#include "app/reference_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr const char* kName = "reference";

ReferenceSpec spec_of(const ModelSpec& model, const std::string& device) {
  ReferenceSpec spec;
  spec.folder = model.path;
  spec.options.device = device;
  for (const auto& [name, value] : model.options) {
    if (name == "preset") {
      spec.options.preset = value;
    } else {
      spec.options.switches[name] = value;
    }
  }
  spec.preset = reference::resolve_preset(spec.options.preset, spec.options.switches,
                                          fmt::format("model \"{}\"", model.text));
  return spec;
}

}  // namespace

ReferenceSpec parse_reference(const std::string& text, const std::string& device) {
  const ModelSpec model = parse_model_spec(text);
  if (model.name != kName) {
    throw usage_error(
        "--model", fmt::format("\"{}\" is not the reference model", model.name),
        "write reference:FOLDER, FOLDER in BAGEL format (synerbench checkpoint init makes one)");
  }
  if (model.path.empty()) {
    throw usage_error("--model", "the folder is missing", "write reference:FOLDER");
  }
  return spec_of(model, model.device.empty() ? device : model.device);
}

#ifdef SYNERBENCH_WITH_TORCH
Method reference_entry() {
  Method row{kName,
             "SynerMedGen",
             "SynerMedGen on the BAGEL architecture; BAGEL and UniMedVL by preset",
             "folder in BAGEL format: synerbench checkpoint init, or released weights",
             {},
             {}};
  row.options.push_back({"preset", "text", "synermedgen",
                         fmt::format("whose settings: {}", fmt::join(reference::preset_names(), ", ")),
                         true});
  for (const auto& setting : reference::preset_switches())
    row.options.push_back({setting.name, "as in the preset", "as preset", setting.meaning, true});
  row.load = [](const LoadRequest& request) -> std::unique_ptr<Synthesizer> {
    ReferenceOptions options;
    options.device = request.device;
    options.switches = request.options;
    if (options.switches.contains("preset")) {
      const Json preset = options.switches["preset"];
      options.preset = preset.is_string() ? preset.get<std::string>() : preset.dump();
      options.switches.erase("preset");
    }
    if (request.path.empty())
      throw usage_error(request.place, "the folder is missing", "write reference:FOLDER");
    return load_reference(request.path, options);
  };
  return row;
}
#endif

}  // namespace synerbench
