#include "harness/data/import/simulated.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "harness/core/error.h"
#include "harness/core/file.h"

namespace synerbench {

static constexpr const char* kAgain = "write the cohort again: synerbench phantom";

Json simulated_cohort(const std::filesystem::path& root, std::vector<std::string>& notes) {
  const std::filesystem::path tree = std::filesystem::absolute(root).lexically_normal();
  // "folder/" has an empty last component
  const std::filesystem::path folder = tree.has_filename() ? tree : tree.parent_path();
  for (const std::filesystem::path& place : {folder, folder.parent_path()}) {
    const std::filesystem::path file = place / kCohortFile;
    if (!file_exists(file)) continue;
    const std::string bytes = read_file(file, kMostJsonBytes);
    const std::optional<Json> json = try_parse_json(bytes);
    // A name that anybody may give a file: only what says so itself is ours.
    if (!json || !json->is_object() || !json->contains("schema") || json->at("schema") != kCohortSchema) {
      if (bytes.find(kCohortSchema) != std::string::npos)
        throw input_error(file.string(), fmt::format("speaks of {} and is damaged", kCohortSchema), kAgain);
      notes.push_back(
          fmt::format("{} is no cohort of synerbench phantom: the patients count as real", file.string()));
      continue;
    }
    JsonObject cohort(*json, file.string(), "", ExitCode::kBadInput, kAgain);
    const std::string name = cohort.text("cohort"), size = cohort.text("size");
    return {{"cohort", name}, {"size", size}, {"seed", cohort.raw("seed")}};
  }
  return {};
}

}  // namespace synerbench
