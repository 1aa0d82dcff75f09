// FDG-PET-CT-Lesions as its owners converted it (PETCT_<patient>/<study>/), and nnU-Net repackagings of
// autoPET.
//
// PET/CT synthesis uses CTres (CT on the PET grid) and SUV. PET.nii.gz is activity in Bq/ml and never taken
// for SUV. Where CTres is missing, CT.nii.gz stands in; it lies on a grid of its own, so such a case needs
// --resample linear.
#include <fmt/core.h>

#include <map>
#include <regex>
#include <set>

#include "harness/data/import/layouts.h"
#include "harness/data/store_writer.h"

namespace synerbench {
namespace {

// "fdg_0011f3deaf_03-23-2003-NA..." -> "PETCT_0011f3deaf", so that both packagings of a patient fall into one
// split; "psma_95b8..._2018-05-01" -> "psma_95b8...". Names without such a prefix are their own patient.
std::string patient_of(const std::string& name) {
  static const std::regex prefixed("(fdg|psma|PETCT)_([0-9A-Za-z]+)(_.*)?");
  std::smatch match;
  if (!std::regex_match(name, match, prefixed)) return name;
  return (match[1] == "psma" ? "psma_" : "PETCT_") + match[2].str();
}

DiscoveredCase& start_case(CaseCollector& collector, const std::string& name, const std::string& patient) {
  auto& found = collector.at(name);
  found.patient = patient;
  found.region = "wb";
  found.plane = "coronal";
  found.group = patient.rfind("psma_", 0) == 0 ? "psma" : patient.rfind("PETCT_", 0) == 0 ? "fdg" : "";
  return found;
}

}  // namespace

Discovery discover_autopet(const DatasetPlace& place) {
  static const std::regex patient_folder("PETCT_[0-9A-Za-z]+"), channel("(.+)_(000[0-9])");
  CaseCollector collector;
  std::map<std::string, TreeFile> original_ct;  // by case
  std::map<std::string, std::string> study_of;  // by case: two studies must not fold into one name
  for (const auto& file : list_tree(place.root)) {
    std::smatch match;
    if (!file.is_image()) {
      collector.unknown(file);
    } else if (std::regex_match(file.folder(1), patient_folder)) {
      const std::string patient = file.folder(1), study = patient + "/" + file.folder(0);
      const std::string name = store_name_from(patient + "_" + file.folder(0));
      const auto [first, fresh] = study_of.emplace(name, study);
      if (!fresh && first->second != study) {
        collector.mark_broken(
            name, file.path,
            fmt::format("folders \"{}\" and \"{}\" give one case name", first->second, study));
        continue;
      }
      if (file.stem == "CTres" || file.stem == "SUV") {
        start_case(collector, name, patient);
        collector.add(name, file.stem == "SUV" ? Modality::kPET : Modality::kCT, file);
      } else if (file.stem == "CT") {
        start_case(collector, name, patient);
        original_ct[name] = file;
      } else if (file.stem != "PET" && file.stem != "SEG") {
        collector.unknown(file);
      }
    } else if (file.folder(0).rfind("images", 0) == 0 && std::regex_match(file.stem, match, channel)) {
      const std::string name = store_name_from(match[1].str());
      if (match[2] != "0000" && match[2] != "0001") {
        collector.unknown(file);
        continue;
      }
      start_case(collector, name, patient_of(match[1].str()));
      collector.add(name, match[2] == "0000" ? Modality::kCT : Modality::kPET, file);
    } else if (file.folder(0).rfind("labels", 0) != 0) {
      collector.unknown(file);
    }
  }
  size_t off_grid = 0;
  for (const auto& [name, file] : original_ct) {
    if (collector.at(name).find(Modality::kCT)) continue;
    collector.add(name, Modality::kCT, file);
    ++off_grid;
  }
  auto discovery = collector.finish({Modality::kPET});
  std::set<std::string> patients;
  size_t without_suv = 0;
  for (const auto& found : discovery.cases) {
    patients.insert(found.patient);
    without_suv += found.find(Modality::kPET) == nullptr;
  }
  if (patients.size() < discovery.cases.size()) {
    discovery.notes.push_back(fmt::format("{} studies of {} patients: splits go by patient",
                                          discovery.cases.size(), patients.size()));
  }
  if (off_grid > 0) {
    discovery.notes.push_back(
        fmt::format("{} studies have no CTres: CT is taken, which needs --resample linear", off_grid));
  }
  if (without_suv > 0) {
    discovery.notes.push_back(fmt::format(
        "{} studies have no SUV: imported without PET (PET.nii.gz is activity, not SUV)", without_suv));
  }
  return discovery;
}

}  // namespace synerbench
