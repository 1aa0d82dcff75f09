// BraTS: 2020 and 2021 (<case>_t1ce.nii.gz), 2023 and later (<case>-t1c.nii.gz), in any folder.
#include <fmt/core.h>

#include <map>
#include <regex>
#include <set>

#include "harness/core/error.h"
#include "harness/data/import/layouts.h"

namespace synerbench {
namespace {

struct Named {
  std::string edition, patient, group;  // edition empty: not a BraTS name
};

// 2023 and later: BraTS-<collection>-<patient>-<time point>. Before: one case per patient.
Named parse_name(const std::string& name) {
  static const std::regex modern("BraTS-([A-Za-z]+(?:-[A-Za-z]+)*)-([0-9]+)-([0-9]{1,3})");
  static const std::regex older("BraTS(20|2021)_[A-Za-z0-9_]+"), oldest("Brats(1[789])_[A-Za-z0-9_]+");
  std::smatch match;
  if (std::regex_match(name, match, modern)) {
    return {"2023 and later", fmt::format("BraTS-{}-{}", match[1].str(), match[2].str()), match[1].str()};
  }
  if (std::regex_match(name, match, older)) {
    const std::string edition = match[1] == "20" ? "2020" : "2021";
    return {edition, name, edition};
  }
  if (std::regex_match(name, match, oldest)) {
    const std::string edition = "20" + match[1].str();
    return {edition, name, edition};
  }
  return {};
}

}  // namespace

Discovery discover_brats(const DatasetPlace& place) {
  static const std::map<std::string, Modality> contrasts{
      {"t1", Modality::kT1},    {"t1n", Modality::kT1},      {"t1ce", Modality::kT1c},
      {"t1c", Modality::kT1c},  {"t1gd", Modality::kT1c},    {"t2", Modality::kT2},
      {"t2w", Modality::kT2},   {"flair", Modality::kFLAIR}, {"fla", Modality::kFLAIR},
      {"t2f", Modality::kFLAIR}};
  static const std::regex file_name("(.+)[_-]([A-Za-z0-9]+)");
  CaseCollector collector;
  for (const auto& file : list_tree(place.root)) {
    std::smatch match;
    if (!file.is_image() || !std::regex_match(file.stem, match, file_name)) {
      collector.unknown(file);
      continue;
    }
    const std::string name = match[1], contrast = match[2];
    const Named named = parse_name(name);
    if (named.edition.empty()) {
      collector.unknown(file);
      continue;
    }
    const auto found = contrasts.find(contrast);
    if (found == contrasts.end()) {
      if (contrast != "seg") collector.unknown(file);  // tumor labels are no image to synthesize
      continue;
    }
    auto& started = collector.at(name);
    started.patient = named.patient;
    started.group = named.group;
    started.region = "brats";
    started.plane = "axial";
    collector.add(name, found->second, file);
  }
  auto discovery = collector.finish({});
  size_t incomplete = 0;
  std::set<std::string> patients;
  for (const auto& found : discovery.cases) {
    incomplete += found.volumes.size() < 4;
    patients.insert(found.patient);
  }
  if (incomplete > 0) {
    discovery.notes.push_back(
        fmt::format("{} of {} cases lack one of the four contrasts: imported without it", incomplete,
                    discovery.cases.size()));
  }
  if (patients.size() < discovery.cases.size()) {
    discovery.notes.push_back(fmt::format("{} time points of {} patients: splits go by patient",
                                          discovery.cases.size(), patients.size()));
  }
  return discovery;
}

// Note [BraTS editions] Each edition holds most patients of the one before under new names, and no public
// table that could be read maps them. Two editions in one store would put one person into training and test.
void check_brats_together(const std::vector<std::string>& names) {
  std::map<std::string, std::string> example_of;  // by edition
  for (const auto& name : names) example_of.emplace(parse_name(name).edition, name);
  if (example_of.size() < 2) return;
  std::string seen;
  for (const auto& [edition, example] : example_of)
    seen += fmt::format("{}{} ({})", seen.empty() ? "" : ", ", edition, example);
  throw usage_error(
      "layout brats", "several BraTS editions for one store: " + seen,
      "editions hold the same patients under other names, so a split cannot keep them apart; import one "
      "edition per store");
}

}  // namespace synerbench
