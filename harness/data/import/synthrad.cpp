// SynthRAD2023 and SynthRAD2025: patient folders whose name is the id, and the challenge's container layout.
//
// An id says it all: task digit (1 MR, 2 CBCT), region letters, center letter, number. So the folders above
// do not matter: any of the archives' roots, or several of them under one folder, can be given.
#include <fmt/core.h>

#include <map>
#include <regex>

#include "harness/data/import/layouts.h"

namespace synerbench {
namespace {

struct Edition {
  std::regex id;  // groups: task digit, region letters, center letter
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
std::string role_in_case(const std::string& stem) {
  for (const char* role : {"ct", "mr", "cbct", "mask", "ct_def"}) {
    if (stem == role) return role;
  }
  return "";
}
std::string role_of_container(const std::string& folder) {
  static const std::map<std::string, std::string> roles{{"mri", "mr"},    {"mr", "mr"},     {"cbct", "cbct"},
                                                        {"ct", "ct"},     {"body", "mask"}, {"mask", "mask"},
                                                        {"masks", "mask"}};
  const auto found = roles.find(folder);
  return found == roles.end() ? "" : found->second;
}

Discovery discover(const DatasetPlace& place, const Edition& edition) {
  CaseCollector collector;
  std::map<std::string, TreeFile> deformed;
  for (const auto& file : list_tree(place.root)) {
    if (!file.is_image()) {
      collector.unknown(file);
      continue;
    }
    std::smatch match;
    std::string id = file.folder(0), role = role_in_case(file.stem);
    if (!std::regex_match(id, match, edition.id)) {
      id = file.stem;
      role = role_of_container(file.folder(0));
      if (!std::regex_match(id, match, edition.id)) role = "";
    }
    // Task 1 pairs CT with MR, Task 2 with CBCT; anything else under such an id is not what it says.
    const std::string moving = match.size() > 1 && match[1] == "1" ? "mr" : "cbct";
    if (role.empty() || ((role == "mr" || role == "cbct") && role != moving)) {
      collector.unknown(file);
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
      deformed[id] = file;
    } else {
      collector.add(id, role == "ct" ? Modality::kCT : role == "mr" ? Modality::kMRI : Modality::kCBCT, file);
    }
  }
  // The organizers score validation and test cases against ct_def, which is registered to the input; ct is
  // only rigidly registered.
  size_t replaced = 0;
  for (const auto& [id, file] : deformed) {
    auto& volumes = collector.at(id).volumes;
    std::erase_if(volumes, [&](const auto& v) {
      const bool rigid = v.modality == Modality::kCT;
      replaced += rigid;
      return rigid;
    });
    collector.add(id, Modality::kCT, file);
  }
  auto discovery = collector.finish({Modality::kCT});
  size_t without_ct = 0;
  for (const auto& found : discovery.cases) without_ct += found.find(Modality::kCT) == nullptr;
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

Discovery discover_synthrad2023(const DatasetPlace& place) { return discover(place, edition2023()); }
Discovery discover_synthrad2025(const DatasetPlace& place) { return discover(place, edition2025()); }

}  // namespace synerbench
