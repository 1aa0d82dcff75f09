// What stands beside a model file, mine.pt: mine.pt.json, with the fields of StatedModel. No LibTorch, so
// that it can be read, and fuzzed, without a model.
#pragma once

#include <filesystem>
#include <string>

#include "harness/method/stated_model.h"

namespace synerbench {

/// Of the model file whose SHA-256 is given; without a side file what Note [What a model file is sent] says.
/// The label is never empty, and weights_sha256 is the file's. Error(kBadInput) for a side file that is
/// damaged, or that means another model file.
StatedModel stated_beside(const std::filesystem::path& file, const std::string& sha256);

}  // namespace synerbench
