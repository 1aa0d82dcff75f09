// FDG-PET-CT-Lesions and PSMA-PET-CT-Lesions as their owners' scripts convert them (PETCT_<patient>/<study>/,
// PSMA_<patient>/<study>/), nnU-Net repackagings of autoPET I to IV (imagesTr/<case>_0000, _0001), and the
// challenge's container layout (images/ct/<case>, images/pet/<case>).
//
// PET/CT synthesis uses CTres (CT on the PET grid) and SUV. PET.nii.gz is activity in Bq/ml and never taken
// for SUV. Where CTres is missing, CT.nii.gz stands in; it lies on a grid of its own, so such a case needs
// --resample linear. Upper and lower case of file names do not count.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "harness/core/letters.h"
#include "harness/data/import/layouts.h"
#include "harness/data/store_writer.h"

namespace synerbench {
namespace {

// "fdg_0011f3deaf_03-23-2003-NA..." -> "PETCT_0011f3deaf", so that both packagings of a patient fall into one
// split; "PSMA_95b8..._2018-05-01" -> "psma_95b8...". Names without such a prefix are their own patient.
std::string patient_of(const std::string& name) {
  static const std::regex prefixed("(fdg|psma|petct)_([0-9a-z]+)([_ -].*)?", std::regex::icase);
  std::smatch match;
  if (!std::regex_match(name, match, prefixed)) return name;
  return (lower(match[1]) == "psma" ? "psma_" : "PETCT_") + match[2].str();
}

bool names_patient(const std::string& patient) {
  return patient.rfind("psma_", 0) == 0 || patient.rfind("PETCT_", 0) == 0;
}

DiscoveredCase& start_case(CaseCollector& collector, const std::string& name, const std::string& patient) {
  auto& found = collector.at(name);
  found.patient = patient;
  found.region = "wb";
  found.plane = "coronal";
  found.group = patient.rfind("psma_", 0) == 0 ? "psma" : patient.rfind("PETCT_", 0) == 0 ? "fdg" : "";
  return found;
}

// <patient>/<study>/SUV.nii.gz, or without the folder of the study. Empty: in no patient's folder.
struct Place {
  std::string patient_folder, study, name;
};
Place place_of(const TreeFile& file) {
  static const std::regex patient_folder("(petct|psma|fdg)_[0-9a-z]+", std::regex::icase);
  if (std::regex_match(file.folder(1), patient_folder)) {
    return {file.folder(1), file.folder(1) + "/" + file.folder(0), file.folder(1) + "_" + file.folder(0)};
  }
  if (std::regex_match(file.folder(0), patient_folder))
    return {file.folder(0), file.folder(0), file.folder(0)};
  return {};
}

}  // namespace

Discovery discover_autopet(const DatasetPlace& place) {
  static const std::regex channel("(.+)_(000[0-9])");
  CaseCollector collector;
  std::vector<std::pair<std::string, TreeFile>> original_ct;  // by case
  std::map<std::string, std::string> study_of;  // by case: two studies must not fold into one name
  const auto files = list_tree(place.root);
  // SynthRAD has a folder images/ct, too; images/pet makes it this layout's.
  const bool container = std::any_of(files.begin(), files.end(), [](const auto& file) {
    return file.is_image() && lower(file.folder(0)) == "pet" && lower(file.folder(1)) == "images";
  });
  for (const auto& file : files) {
    std::smatch match;
    const std::string folder = lower(file.folder(0)), stem = lower(file.stem);
    const Place study = place_of(file);
    if (!file.is_image()) {
      collector.unknown(file);
    } else if (folder.rfind("images", 0) == 0 && std::regex_match(file.stem, match, channel)) {
      const std::string name = store_name_from(match[1].str());
      if (match[2] != "0000" && match[2] != "0001") {
        collector.unknown(file);
        continue;
      }
      start_case(collector, name, store_name_from(patient_of(match[1].str())));
      collector.add(name, match[2] == "0000" ? Modality::kCT : Modality::kPET, file);
    } else if (folder.rfind("labels", 0) == 0) {
      collector.pass_over(file);
    } else if (container && (folder == "ct" || folder == "pet") && lower(file.folder(1)) == "images") {
      const std::string name = store_name_from(file.stem);
      start_case(collector, name, store_name_from(patient_of(file.stem)));
      collector.add(name, folder == "ct" ? Modality::kCT : Modality::kPET, file);
    } else if (!study.name.empty()) {
      const std::string name = store_name_from(study.name);
      const auto [first, fresh] = study_of.emplace(name, study.study);
      if (!fresh && first->second != study.study) {
        collector.mark_broken(
            name, file.path,
            fmt::format("folders \"{}\" and \"{}\" give one case name", first->second, study.study));
        continue;
      }
      if (stem == "ctres" || stem == "suv") {
        start_case(collector, name, patient_of(study.patient_folder));
        collector.add(name, stem == "suv" ? Modality::kPET : Modality::kCT, file);
      } else if (stem == "ct") {
        start_case(collector, name, patient_of(study.patient_folder));
        original_ct.emplace_back(name, file);
      } else if (stem == "pet" || stem == "seg") {
        collector.pass_over(file);
      } else {
        collector.unknown(file);
      }
    } else if (stem == "ctres" || stem == "suv" || std::regex_match(file.stem, match, channel)) {
      collector.nearly(file);
    } else {
      collector.unknown(file);
    }
  }
  size_t off_grid = 0;
  std::set<std::string> with_ctres;
  for (const auto& [name, file] : original_ct) {
    if (collector.at(name).find(Modality::kCT)) with_ctres.insert(name);
  }
  std::set<std::string> stood_in;
  for (const auto& [name, file] : original_ct) {
    if (with_ctres.contains(name)) {
      collector.pass_over(file);
      continue;
    }
    collector.add(name, Modality::kCT, file);
    off_grid += stood_in.insert(name).second;
  }
  auto discovery = collector.finish({Modality::kPET}, "autoPET");
  std::set<std::string> patients;
  size_t without_suv = 0, of_own_patient = 0;
  std::vector<std::string> without_ct;
  for (const auto& found : discovery.cases) {
    of_own_patient += !names_patient(found.patient);
    patients.insert(found.patient);
    without_suv += found.find(Modality::kPET) == nullptr;
    if (!found.find(Modality::kCT)) without_ct.push_back(found.name);
  }
  if (patients.size() < discovery.cases.size()) {
    discovery.notes.push_back(fmt::format("{} studies of {} patients: splits go by patient",
                                          discovery.cases.size(), patients.size()));
  }
  if (of_own_patient > 0) {
    discovery.notes.push_back(fmt::format(
        "{} of {} names tell no patient (fdg_, psma_, PETCT_): each counts as a patient of its own, "
        "so two studies of one person may fall into two splits",
        of_own_patient, discovery.cases.size()));
  }
  if (off_grid > 0) {
    discovery.notes.push_back(
        fmt::format("{} studies have no CTres: CT is taken, which needs --resample linear", off_grid));
  }
  if (without_suv > 0) {
    discovery.notes.push_back(fmt::format(
        "{} studies have no SUV: imported without PET (PET.nii.gz is activity, not SUV)", without_suv));
  }
  if (!without_ct.empty()) {
    discovery.notes.push_back(fmt::format(
        "{} of {} studies have no CT, the first: {}: imported without it, and of no use to any task",
        without_ct.size(), discovery.cases.size(), without_ct.front()));
  }
  return discovery;
}

}  // namespace synerbench
