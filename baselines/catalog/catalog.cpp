#include "baselines/catalog/catalog.h"

#include "baselines/trivial/trivial.h"
#ifdef SYNERBENCH_WITH_TORCH
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "baselines/bbdm/bbdm.h"
#include "baselines/cyclegan/cyclegan.h"
#include "baselines/flow_unet/flow_unet.h"
#include "baselines/healthgpt/healthgpt.h"
#include "baselines/pix2pix/pix2pix.h"
#include "baselines/rcd/rcd.h"
#include "baselines/resvit/resvit.h"
#include "baselines/syndiff/syndiff.h"
#include "harness/core/error.h"
#include "reference/presets.h"
#include "reference/reference.h"
#endif

namespace synerbench {

#ifdef SYNERBENCH_WITH_TORCH
namespace {

FieldInfo option_of(const std::string& name, const std::string& values, const std::string& fallback,
                    const std::string& meaning) {
  FieldInfo field;
  field.name = name;
  field.type = values;
  field.fallback = fallback;
  field.meaning = meaning;
  field.option = true;
  return field;
}

Method reference_row() {
  Method row;
  row.name = "reference";
  row.label = "SynerMedGen";
  row.summary = "SynerMedGen on the BAGEL architecture; BAGEL and UniMedVL by preset";
  row.path = "folder in BAGEL format: synerbench checkpoint init, or released weights";
  row.options.push_back(option_of("preset", fmt::format("{}", fmt::join(reference::preset_names(), ", ")),
                                  "synermedgen", "whose settings"));
  for (const auto& setting : reference::preset_switches())
    row.options.push_back(option_of(setting.name, "as in the preset", "as preset", setting.meaning));
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

}  // namespace
#endif

const MethodTable& methods() {
  static const MethodTable table = [] {
    MethodTable rows = trivial_models();
#ifdef SYNERBENCH_WITH_TORCH
    rows.push_back(pix2pix_method());
    rows.push_back(cyclegan_method());
    rows.push_back(bbdm_method());
    rows.push_back(syndiff_method());
    rows.push_back(resvit_method());
    rows.push_back(rcd_method());
    rows.push_back(healthgpt_method());
    rows.push_back(flow_unet_method());
    rows.push_back(reference_row());
#endif
    return rows;
  }();
  return table;
}

}  // namespace synerbench
