// SynthRAD2023 and SynthRAD2025: patient folders whose name is the id, the challenge's container layout
// (images/mri/<id>), and files that carry id and kind in their name (<id>_ct).
//
// An id says it all: task digit (1 MR, 2 CBCT), region letters, center letter, number. So the folders above
// do not matter: any of the archives' roots, or several of them under one folder, can be given. Upper and
// lower case do not count.
#include <fmt/core.h>

#include <map>
#include <regex>

#include "harness/core/letters.h"
#include "harness/data/import/layouts.h"

namespace synerbench {
namespace {

struct Edition {
  std::regex id;  // of upper-case texts; groups: task digit, region letters, center letter
  std::map<std::string, std::string> regions;
};

const Edition& edition2023() {
  static const Edition edition{std::regex("([12])([BP])([A-Z])[0-9]{3}"), {{"B", "brain"}, {"P", "pelvis"}}};
  return edition;
}

const Edition& edition2025() {
  static const Edition edition{std::regex("([12])(AB|HN|TH)([A-Z])[0-9]{3}"),
                               {{"AB", "abdomen"}, {"HN", "head-neck"}, {"TH", "thorax"}}};
  return edition;
}

// What a file is, from its stem in a patient folder or its folder in the container layout; empty: none of
// ours.
std::string role_of(const std::string& word) {
  static const std::map<std::string, std::string> roles{{"mr", "mr"},         {"mri", "mr"},
                                                        {"cbct", "cbct"},     {"ct", "ct"},
                                                        {"mask", "mask"},     {"body", "mask"},
                                                        {"masks", "mask"},    {"ct_def", "ct_def"},
                                                        {"ct-def", "ct_def"}, {"deformed-ct", "ct_def"}};
  const auto found = roles.find(lower(word));
  return found == roles.end() ? "" : found->second;
}

struct Recognized {
  std::string id, role;  // both or none
};
Recognized recognize(const TreeFile& file, const Edition& edition) {
  if (std::regex_match(upper(file.folder(0)), edition.id)) {
    if (const auto role = role_of(file.stem); !role.empty()) return {upper(file.folder(0)), role};
  }
  if (std::regex_match(upper(file.stem), edition.id)) {
    const auto role = role_of(file.folder(0));
    return role.empty() ? Recognized{} : Recognized{upper(file.stem), role};
  }
  const auto cut = file.stem.find('_');
  if (cut != std::string::npos && std::regex_match(upper(file.stem.substr(0, cut)), edition.id)) {
    const auto role = role_of(file.stem.substr(cut + 1));
    if (!role.empty()) return {upper(file.stem.substr(0, cut)), role};
  }
  return {};
}

// An id somewhere in the name or right above it.
bool resembles(const TreeFile& file, const Edition& edition) {
  const std::string text = upper(file.folder(0) + " " + file.stem);
  return std::regex_search(text, edition.id);
}

Discovery discover(const DatasetPlace& place, const Edition& edition, const std::string& family) {
  CaseCollector collector;
  std::vector<std::pair<std::string, TreeFile>> deformed;
  std::map<std::string, std::string> folders;  // of patients, by id: below the root
  for (const auto& file : list_tree(place.root)) {
    if (const std::string id = upper(file.folder(0)); std::regex_match(id, edition.id)) {
      const std::string folder = std::filesystem::path(file.path).parent_path().generic_string();
      folders.emplace(id, folder.empty() ? id : folder);
    }
    if (!file.is_image()) {
      collector.unknown(file);
      continue;
    }
    const auto [id, role] = recognize(file, edition);
    std::smatch match;
    // Task 1 pairs CT with MR, Task 2 with CBCT; anything else under such an id is not what it says.
    const std::string moving = !id.empty() && id[0] == '1' ? "mr" : "cbct";
    if (!std::regex_match(id, match, edition.id) || ((role == "mr" || role == "cbct") && role != moving)) {
      resembles(file, edition) ? collector.nearly(file) : collector.unknown(file);
      continue;
    }
    auto& found = collector.at(id);
    found.patient = id;
    found.region = edition.regions.at(match[2]);
    found.group = match[3];
    found.plane = "axial";
    if (role == "mask") {
      collector.add_mask(id, file);
    } else if (role == "ct_def") {
      deformed.emplace_back(id, file);
    } else {
      collector.add(id, role == "ct" ? Modality::kCT : role == "mr" ? Modality::kMRI : Modality::kCBCT, file);
    }
  }
  // The organizers score validation and test cases against ct_def, which is registered to the input; ct is
  // only rigidly registered.
  size_t replaced = 0;
  for (const auto& [id, file] : deformed) {
    std::erase_if(collector.at(id).volumes, [&](const auto& v) {
      const bool rigid = v.modality == Modality::kCT;
      replaced += rigid;
      return rigid;
    });
  }
  for (const auto& [id, file] : deformed) collector.add(id, Modality::kCT, file);
  auto discovery = collector.finish({Modality::kCT}, family);
  size_t without_ct = 0;
  std::vector<std::string> without_source;
  for (const auto& found : discovery.cases) {
    folders.erase(found.name);
    without_ct += found.find(Modality::kCT) == nullptr;
    if (!found.find(Modality::kMRI) && !found.find(Modality::kCBCT)) without_source.push_back(found.name);
  }
  for (const auto& broken : discovery.broken) folders.erase(broken.name);
  if (!folders.empty()) {
    discovery.notes.push_back(
        fmt::format("{} of a patient {} no image that is read, the first: {}",
                    folders.size() == 1 ? "1 folder" : fmt::format("{} folders", folders.size()),
                    folders.size() == 1 ? "holds" : "hold", folders.begin()->second));
  }
  if (!without_source.empty()) {
    discovery.notes.push_back(
        fmt::format("{} of {} cases have no MR or CBCT, the first: {}: imported without it, and of no use to "
                    "any task",
                    without_source.size(), discovery.cases.size(), without_source.front()));
  }
  if (without_ct > 0) {
    discovery.notes.push_back(
        fmt::format("{} of {} cases have no CT (a validation or test release): imported without it",
                    without_ct, discovery.cases.size()));
  }
  if (replaced > 0)
    discovery.notes.push_back(fmt::format("{} cases: ct_def taken as CT, ct left out", replaced));
  return discovery;
}

}  // namespace

Discovery discover_synthrad2023(const DatasetPlace& place) {
  return discover(place, edition2023(), "SynthRAD2023");
}
Discovery discover_synthrad2025(const DatasetPlace& place) {
  return discover(place, edition2025(), "SynthRAD2025");
}

}  // namespace synerbench
