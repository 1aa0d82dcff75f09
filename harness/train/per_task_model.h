// Trained models found by the task's name: how a method with one model per route, or per pair of modalities,
// runs a whole suite.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "harness/core/model.h"

namespace synerbench {

/// Loads one weights folder (see weights.h).
using WeightsLoader = std::function<std::unique_ptr<Synthesizer>(const std::filesystem::path& folder)>;

/// `folder` is a weights folder itself (config.json), or holds one per task: <folder>/<task id>/config.json,
/// as `train --out` makes them. A folder serves the tasks its config.json names, which may be several. Of the
/// folders one model at a time is in memory: prepare() loads the task's. A task without weights is
/// Error(kBadInput) from prepare(). Before the first prepare(), info() speaks for the folder: the parameters
/// of its first task and one SHA-256 over all tasks' weights. A folder with neither: Error(kBadInput). A
/// weights folder refuses every task it was not made for; one that names no task serves all. Two folders for
/// one task: Error(kBadInput).
///
/// For weights that were trained here, info().switches["training"] says how, for the tables: covers (as
/// given: "task", "pair", "all"), tasks (their number), budget (kind and value, or null), recipe (pairing,
/// augmentation, batch), updates, slices, seed, selected_update.
/// info().lineages has what each folder says of its lineage.
std::unique_ptr<Synthesizer> load_per_task(const std::filesystem::path& folder, const std::string& method,
                                           WeightsLoader loader, const std::string& covers = "",
                                           bool takes_any_task = false);

}  // namespace synerbench
