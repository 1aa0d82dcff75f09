// MyoPS 2020: myops_training_101_C0.nii.gz, myops_test_201_DE.nii.gz, in any folder. The number is the
// patient; one description of the test release writes "training" in its names, so the word does not enter the
// case's name.
#include <fmt/core.h>

#include <regex>

#include "harness/data/import/layouts.h"

namespace synerbench {
namespace {

bool begins_with_myops(const std::string& name) {
  static const std::regex word("myops.*", std::regex::icase);
  return std::regex_match(name, word);
}

}  // namespace

Discovery discover_myops(const DatasetPlace& place) {
  static const std::regex file_name("myops_(?:training|test)_([0-9]+)_(C0|DE|T2|gd)", std::regex::icase);
  CaseCollector collector;
  for (const auto& file : list_tree(place.root)) {
    std::smatch match;
    if (!file.is_image() || !std::regex_match(file.stem, match, file_name)) {
      file.is_image() && begins_with_myops(file.stem) ? collector.nearly(file) : collector.unknown(file);
      continue;
    }
    const char kind = match[2].str()[0];  // C0, DE, T2 or gd
    if (kind == 'g' || kind == 'G') {
      collector.pass_over(file);  // labels
      continue;
    }
    const std::string name = "myops_" + match[1].str();
    auto& found = collector.at(name);
    found.patient = name;
    found.region = "heart";
    found.plane = "axial";
    collector.add(name,
                  kind == 'C' || kind == 'c'   ? Modality::kBSSFP
                  : kind == 'D' || kind == 'd' ? Modality::kLGE
                                               : Modality::kT2,
                  file);
  }
  auto discovery = collector.finish({Modality::kBSSFP}, "MyoPS");
  size_t incomplete = 0;
  for (const auto& found : discovery.cases) incomplete += found.volumes.size() < 3;
  if (incomplete > 0) {
    discovery.notes.push_back(fmt::format("{} of {} cases lack one of C0, DE, T2: imported without it",
                                          incomplete, discovery.cases.size()));
  }
  return discovery;
}

}  // namespace synerbench
