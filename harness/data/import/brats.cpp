// BraTS 2017 to 2025 by file names, in any folder:
//   2017 to 2020   <edition>_<rest>_<contrast>: Brats18_CBICA_AAB_1_t1ce, BraTS20_Training_001_flair
//   2021, 2022     BraTS2021_00000_t1
//   Reg 2022       BraTSReg_001_00_0000_t1: patient, scan, days
//   2023 to 2025   BraTS-<collection>-<patient>[-<time point>]-<contrast>, and BraTS-MEN-RT-0001-1_t1c
// Upper and lower case do not count, since public copies differ in them; cases get the official spelling.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "harness/core/error.h"
#include "harness/core/letters.h"
#include "harness/data/import/layouts.h"

namespace synerbench {
namespace {

struct Named {
  std::string edition, name, patient, group;  // edition empty: not a BraTS name
};

// GoAT for "goat"; as written where the collection is not known.
std::string collection_named(const std::string& text) {
  static const std::map<std::string, std::string> known{{"gli", "GLI"},  {"met", "MET"},       {"men", "MEN"},
                                                        {"ped", "PED"},  {"men-rt", "MEN-RT"}, {"ssa", "SSA"},
                                                        {"goat", "GoAT"}};
  const auto found = known.find(lower(text));
  return found == known.end() ? text : found->second;
}

// BraTS-<collection>-<patient>-<time point>. GoAT has no time points. Some names tell the part of a release
// behind the collection; numbers of two parts are two people.
Named parse_modern(const std::smatch& match) {
  static const std::regex part("(.+?)-(train|training|val|validation|test|testing)", std::regex::icase);
  std::string collection = match[1], of_release;
  std::smatch parts;
  if (std::regex_match(collection, parts, part)) {
    of_release = "-" + parts[2].str();
    collection = std::string(parts[1]);
  }
  collection = collection_named(collection);
  const std::string patient = fmt::format("BraTS-{}{}-{}", collection, of_release, match[2].str());
  const std::string name = match[3].matched ? patient + "-" + match[3].str() : patient;
  return {collection == "GoAT" ? "GoAT" : "2023 and later", name, patient, collection};
}

// Note [Patients of BraTS 2017 to 2019] A name is center, patient, number of the scan: CBICA_AAB_1,
// 2013_10_1, TCIA01_147_1. All public lists of these editions end in _1, so nobody can say that a _2 would be
// somebody else, and without the number two scans of a person stay in one split. Where only center and number
// are left (2013_10, in copies that dropped the scan) the number is the patient's.
std::string brats_patient(const std::string& rest) {
  static const std::regex with_scan("(.+_.+)_[0-9]{1,2}");
  std::smatch match;
  return std::regex_match(rest, match, with_scan) ? match[1].str() : rest;
}

Named parse_name(const std::string& name) {
  static const std::regex modern("brats-([a-z]+(?:-[a-z]+)*)-([0-9]+)(?:-([0-9]{1,4}))?", std::regex::icase);
  static const std::regex older("brats(17|18|19|20|2021)_([a-z0-9_]+)", std::regex::icase);
  static const std::regex registered("bratsreg_([0-9]+)((?:_[0-9]+)*)", std::regex::icase);
  std::smatch match;
  if (std::regex_match(name, match, modern)) return parse_modern(match);
  if (std::regex_match(name, match, registered)) {
    const std::string patient = "BraTSReg_" + match[1].str();
    return {"Reg 2022", patient + match[2].str(), patient, "Reg"};
  }
  if (!std::regex_match(name, match, older)) return {};
  const std::string year = match[1], rest = match[2];
  const std::string prefix = (year == "17" || year == "18" ? "Brats" : "BraTS") + year + "_";
  const std::string edition = year.size() == 2 ? "20" + year : year;
  return {edition, prefix + rest, prefix + (edition < "2020" ? brats_patient(rest) : rest), edition};
}

const std::map<std::string, Modality>& contrasts() {
  static const std::map<std::string, Modality> known{{"t1", Modality::kT1},     {"t1n", Modality::kT1},
                                                     {"t1ce", Modality::kT1c},  {"t1c", Modality::kT1c},
                                                     {"t1gd", Modality::kT1c},  {"t2", Modality::kT2},
                                                     {"t2w", Modality::kT2},    {"flair", Modality::kFLAIR},
                                                     {"fla", Modality::kFLAIR}, {"t2f", Modality::kFLAIR}};
  return known;
}

// Tumor labels, target volumes and the masks of the inpainting task are no image to synthesize.
bool is_label(const std::string& word) {
  return word == "seg" || word == "gtv" || word == "mask" || word == "healthy" || word == "unhealthy";
}

bool resembles_brats(const TreeFile& file) {
  const std::string stem = lower(file.stem);
  return stem.rfind("brats", 0) == 0 || stem.rfind("vsd.brain", 0) == 0;
}

}  // namespace

Discovery discover_brats(const DatasetPlace& place) {
  static const std::regex file_name("(.+)[_-]([A-Za-z0-9]+)"), mask_of("(.+)-mask");
  CaseCollector collector;
  for (const auto& file : list_tree(place.root)) {
    if (!file.is_image()) {
      collector.unknown(file);
      continue;
    }
    // The contrast alone, in a folder that is named like a case; or all of it in the file's name.
    std::smatch match;
    std::string name = file.folder(0), word = lower(file.stem);
    if (!contrasts().contains(word) && !is_label(word)) {
      const bool in_two = std::regex_match(file.stem, match, file_name);
      name = in_two ? match[1].str() : "";
      word = in_two ? lower(match[2]) : "";
      if (is_label(word) && std::regex_match(name, match, mask_of)) name = std::string(match[1]);
    }
    const Named named = parse_name(name);
    if (!named.edition.empty() && is_label(word)) {
      collector.pass_over(file);
      continue;
    }
    const auto contrast = contrasts().find(word);
    if (named.edition.empty() || contrast == contrasts().end()) {
      resembles_brats(file) ? collector.nearly(file) : collector.unknown(file);
      continue;
    }
    auto& started = collector.at(named.name);
    started.patient = named.patient;
    started.group = named.group;
    started.region = "brats";
    started.plane = "axial";
    collector.add(named.name, contrast->second, file);
  }
  auto discovery = collector.finish({}, "BraTS");
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
// The collections of 2023 to 2025 share their names from year to year, so they are one edition. GoAT is not:
// it is made of cases of the other collections under new numbers.
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
