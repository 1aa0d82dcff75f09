// Whether a tree holds simulated patients: a score on them says nothing about real ones, so the store, every
// run on it and every report say it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace synerbench {

/// What `synerbench phantom` writes beside its trees.
inline constexpr const char* kCohortFile = "cohort.json";
inline constexpr const char* kCohortSchema = "synerbench/phantom-cohort";

/// {"cohort": "bench@1" ("": without a name), "size", "seed"} for a tree that phantom wrote: cohort.json of
/// that schema lies in `root` or in the folder that holds it. Null for any other tree. Error(kBadInput) when
/// the file is damaged. A file of that name that says nothing of the schema becomes a line of `notes`:
/// somebody else's, or ours beyond recognition.
Json simulated_cohort(const std::filesystem::path& root, std::vector<std::string>& notes);

}  // namespace synerbench
