#include "harness/data/store_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "harness/core/error.h"
#include "harness/data/content.h"
#include "harness/data/hash_split.h"
#include "harness/data/import_key.h"
#include "harness/data/tree.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

/// Rules that a program other than the importer stated, a test for one, say nothing that is known here.
bool is_importers(const Json& rules) { return rules.is_object() && rules.contains("importer_version"); }

std::string text_at(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object.at(key).is_string()
             ? object.at(key).get<std::string>()
             : "";
}

double share_at(const Json& split, const char* key) {
  return split.contains(key) && split.at(key).is_number() ? split.at(key).get<double>() : -1;
}

bool same_map(const IntensityMap& a, const IntensityMap& b) {
  return a.low == b.low && a.high == b.high && a.unit == b.unit && a.rule == b.rule;
}

std::string text_of(const IntensityMap& map) {
  return fmt::format("[{:.9g}, {:.9g}] {} ({})", map.low, map.high, map.unit, map.rule);
}

std::string split_problem(const StoredCase& stored, const Json& rules) {
  if (!rules.contains("split") || text_at(rules.at("split"), "rule") != kHashSplitRule) return "";
  const Json& split = rules.at("split");
  const double train = share_at(split, "train"), validation = share_at(split, "validation"),
               test = share_at(split, "test");
  if (train < 0 || validation < 0 || test < 0) return "";
  const double position = split_position(text_at(split, "salt"), stored.id.dataset, stored.id.patient);
  const Split wanted = split_at(position, train, validation, test);
  if (wanted == stored.split) return "";
  return fmt::format("patient \"{}\" is in {}, by the rule of its data set (\"{}\") in {}", stored.id.patient,
                     name_of(stored.split), kHashSplitRule, name_of(wanted));
}

/// Whether the key follows from what the manifest says. Two facts of the layout are not in it, the plane
/// that the layout has and the modality that gives the grid: there are few, and one of each has to fit.
bool key_fits(const StoredCase& stored, const Json& rules) {
  KeyedCase keyed;
  keyed.name = stored.id.text().substr(stored.id.dataset.size() + 1);
  keyed.patient = stored.id.patient;
  keyed.region = stored.region;
  keyed.group = stored.group;
  keyed.split = name_of(stored.split);
  for (const StoredVolume& volume : stored.volumes)
    keyed.volumes.push_back(
        {name_of(volume.modality), text_at(volume.source, "path"), text_at(volume.source, "sha256")});
  keyed.mask = {text_at(stored.mask_source, "path"), text_at(stored.mask_source, "sha256")};
  // A plane that the rules have comes before the layout's.
  const std::string forced = rules.contains("pixels") ? text_at(rules.at("pixels"), "plane") : "";
  const bool as_layout = forced != "axial" && forced != "coronal";
  const std::vector<std::string> planes =
      as_layout ? std::vector<std::string>{stored.plane} : std::vector<std::string>{"axial", "coronal"};
  for (const Json& told : {without_consents(rules), rules}) {  // older programs kept consents in the key
    for (const std::string& plane : planes) {
      for (const StoredVolume& volume : stored.volumes) {
        keyed.plane = plane;
        keyed.grid = name_of(volume.modality);
        if (import_key_of(told, keyed) == stored.import_key) return true;
      }
    }
  }
  return false;
}

}  // namespace

std::vector<std::string> volume_problems(const StoredCase& stored, const StoredVolume& volume,
                                         std::span<const float> slices, std::span<const uint8_t> mask,
                                         const Json& rules, StoredVolume* seen) {
  std::vector<std::string> problems;
  const std::string name = name_of(volume.modality);
  const bool axial = stored.plane == "axial";
  const std::vector<float> voxels = from_plane<float>(slices, stored.geometry, stored.plane);
  seen->voxels_sha256 = voxels_sha256(voxels, plane_shape(stored.geometry, "axial"));
  seen->slices_sha256 = axial ? "" : voxels_sha256(slices, stored.shape);
  const bool older = !axial && volume.slices_sha256.empty() && volume.voxels_sha256 == seen->slices_sha256;
  if (!older &&
      (volume.voxels_sha256 != seen->voxels_sha256 || volume.slices_sha256 != seen->slices_sha256)) {
    problems.push_back(fmt::format("the hash of the {}'s voxels (voxels_sha256) is not theirs", name));
  }
  if (!is_importers(rules)) return problems;
  try {
    const bool by_file = stored.mask_source.is_object();
    const IntensityMap wanted = default_intensity_map(
        volume.modality, slices, by_file ? mask : std::span<const uint8_t>(), stored.shard);
    if (!same_map(volume.intensity, wanted)) {
      problems.push_back(fmt::format("{} is shown to models by {}; its voxels and the rule give {}", name,
                                     text_of(volume.intensity), text_of(wanted)));
    }
  } catch (const Error& error) {
    problems.push_back(fmt::format("{}: {}", name, error.problem()));
  }
  return problems;
}

std::vector<std::string> rule_problems(const StoredCase& stored, const Json& rules) {
  if (!is_importers(rules)) return {};
  if (std::string problem = split_problem(stored, rules); !problem.empty()) return {std::move(problem)};
  if (key_fits(stored, rules)) return {};
  return {
      "its import_key does not follow from what the manifest says: patient, region, group, split, a source, "
      "or the rules of the data set are not those that were imported"};
}

std::vector<std::string> stray_files(const fs::path& folder, const std::vector<StoredCase>& cases) {
  std::set<std::string> known{"manifest.json"};
  for (const StoredCase& stored : cases) known.insert(fs::path(stored.shard).generic_string());
  std::vector<std::string> strays;
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, code), end;
       !code && it != end; it.increment(code)) {
    const fs::path relative = it->path().lexically_relative(folder);
    const std::string name = relative.filename().string();
    std::error_code ignored;
    if (name.starts_with('.')) {
      if (it->is_directory(ignored)) it.disable_recursion_pending();
      continue;
    }
    if (it->is_directory(ignored) || known.contains(relative.generic_string())) continue;
    const bool among_shards = *relative.begin() == "shards";
    // The shard of an import that was killed: its data set has records, or will have them.
    if (among_shards && fs::exists(folder / ".partial" / relative.parent_path().filename(), ignored))
      continue;
    TreeFile file;
    file.name = name;
    if (!among_shards && is_companion(file)) continue;
    strays.push_back(relative.generic_string());
  }
  std::sort(strays.begin(), strays.end());
  return strays;
}

}  // namespace synerbench
