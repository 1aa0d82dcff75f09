// What a folder of weights says of its lineage, whichever of the two kinds it is.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "harness/core/lineage.h"

namespace synerbench {

/// What a folder says of the lineage of its weights; null where it says nothing. A weights folder says it in
/// its configuration, and so does a checkpoint in another format that was converted from one ("lineage" in
/// config.json). There `weights_sha256`, the hash of what lies in the folder, has to be the one that the
/// lineage names: Error(kBadInput) else. Without the function it is not compared: a folder of headers has
/// none.
std::shared_ptr<const Lineage> find_lineage(const std::filesystem::path& folder,
                                            const std::function<std::string()>& weights_sha256);

}  // namespace synerbench
