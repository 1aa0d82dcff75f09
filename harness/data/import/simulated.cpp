#include "harness/data/import/simulated.h"

#include <optional>
#include <string>

#include "harness/core/error.h"
#include "harness/core/file.h"

namespace synerbench {

Json simulated_cohort(const std::filesystem::path& root) {
  const std::filesystem::path tree = std::filesystem::absolute(root).lexically_normal();
  // "folder/" has an empty last component
  const std::filesystem::path folder = tree.has_filename() ? tree : tree.parent_path();
  for (const std::filesystem::path& place : {folder, folder.parent_path()}) {
    const std::filesystem::path file = place / kCohortFile;
    if (!file_exists(file)) continue;
    const std::optional<Json> json = try_parse_json(read_file(file));
    // A name that anybody may give a file: only what says so itself is ours.
    if (!json || !json->is_object() || !json->contains("schema") || json->at("schema") != kCohortSchema)
      continue;
    JsonObject cohort(*json, file.string(), "", ExitCode::kBadInput,
                      "write the cohort again: synerbench phantom");
    const std::string name = cohort.text("cohort"), size = cohort.text("size");
    return {{"cohort", name}, {"size", size}, {"seed", cohort.raw("seed")}};
  }
  return {};
}

}  // namespace synerbench
