#include "app/reference_model.h"

#include <fmt/format.h>

#include "app/verb.h"
#include "harness/core/error.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "reference/asked.h"
#endif

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
      spec.options.overrides[name] = value;
    }
  }
  spec.preset = reference::resolve_preset(spec.options.preset, spec.options.overrides,
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
reference::AskedModel load_asked(const ModelSpec& spec, const std::string& device) {
  return reference::load_asked(spec, device);
}
#else
reference::AskedModel load_asked(const ModelSpec&, const std::string&) { refuse_without_torch("run"); }
#endif

}  // namespace synerbench
