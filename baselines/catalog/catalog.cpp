#include "baselines/catalog/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "baselines/catalog/plugins.h"
#include "baselines/command/command.h"
#include "baselines/oracle/oracle.h"
#include "baselines/trivial/trivial.h"
#include "harness/core/error.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "baselines/bbdm/bbdm.h"
#include "baselines/cyclegan/cyclegan.h"
#include "baselines/flow_unet/flow_unet.h"
#include "baselines/healthgpt/healthgpt.h"
#include "baselines/network_file/aoti.h"
#include "baselines/network_file/torchscript.h"
#include "baselines/pix2pix/pix2pix.h"
#include "baselines/rcd/rcd.h"
#include "baselines/resvit/resvit.h"
#include "baselines/syndiff/syndiff.h"
#include "reference/methods.h"
#endif

namespace synerbench {

const MethodTable& methods() {
  static const MethodTable table = [] {
    MethodTable rows = trivial_models();
    rows.push_back(oracle_method());
    rows.push_back(command_method());
#ifdef SYNERBENCH_WITH_TORCH
    rows.push_back(torchscript_method());
    rows.push_back(aoti_method());
    rows.push_back(pix2pix_method());
    rows.push_back(cyclegan_method());
    rows.push_back(bbdm_method());
    rows.push_back(syndiff_method());
    rows.push_back(resvit_method());
    rows.push_back(rcd_method());
    rows.push_back(healthgpt_method());
    rows.push_back(flow_unet_method());
    for (Method& row : reference_methods()) rows.push_back(std::move(row));
#endif
    for (const Method& row : plugins().methods) {
      if (std::any_of(rows.begin(), rows.end(), [&](const Method& known) { return known.name == row.name; }))
        throw usage_error(fmt::format("method \"{}\"", printable(row.name)),
                          "a plug-in brings it, and it is there already",
                          "give the plug-in's method a name of its own");
      rows.push_back(row);
    }
    return rows;
  }();
  return table;
}

}  // namespace synerbench
