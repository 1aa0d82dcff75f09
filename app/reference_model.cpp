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
ModelEntry reference_entry() {
  std::vector<ModelParameter> parameters{
      {"preset", "synermedgen",
       fmt::format("whose settings: {}", fmt::join(reference::preset_names(), ", "))}};
  for (const auto& setting : reference::preset_switches())
    parameters.push_back({setting.name, "as preset", setting.meaning});
  return {kName, "SynerMedGen on the BAGEL architecture; BAGEL and UniMedVL by preset",
          "folder in BAGEL format: synerbench checkpoint init, or released weights", parameters,
          [parameters](const ModelArguments& arguments) -> std::unique_ptr<Synthesizer> {
            ReferenceOptions options;
            options.device = arguments.device();
            options.preset = arguments.text_or("preset", options.preset);
            for (const auto& parameter : parameters) {
              if (parameter.name != "preset" && arguments.has(parameter.name))
                options.switches[parameter.name] = arguments.text_or(parameter.name, "");
            }
            if (arguments.path().empty())
              throw usage_error(arguments.place(), "the folder is missing", "write reference:FOLDER");
            return load_reference(arguments.path(), options);
          }};
}
#endif

}  // namespace synerbench
