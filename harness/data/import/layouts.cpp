#include "harness/data/import/layouts.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "harness/core/error.h"

namespace synerbench {
namespace {

const std::vector<Layout>& table() {
  static const std::vector<Layout> rows{
      {"synthrad2023", "SynthRAD2023, Task 1 (MR, CT) and Task 2 (CBCT, CT)",
       "Brain and pelvis, one case per patient folder, mask from the file, group = center letter. Releases "
       "without CT "
       "and the challenge's container layout are read too.",
       "Task1/brain/1BA001/{mr,ct,mask}.nii.gz\n"
       "Task2/pelvis/2PA001/{cbct,ct,mask}.nii.gz\n"
       "images/{mri,cbct,ct,body}/1BA001.nii.gz          (container layout)\n",
       "Zenodo records 7260705 (training) and 7868168 (validation); license as stated there",
       discover_synthrad2023, nullptr},
      {"synthrad2025", "SynthRAD2025, Task 1 (MR, CT) and Task 2 (CBCT, CT)",
       "Abdomen, head-neck and thorax, one case per patient folder, mask from the file, group = center "
       "letter. ct_def "
       "(deformably registered) is preferred to ct where both exist.",
       "synthRAD2025_Task1_Train/Task1/AB/1ABA005/{ct,mr,mask}.mha\n"
       "synthRAD2025_Task2_Train/Task2/HN/2HNA001/{ct,cbct,mask}.mha\n",
       "Zenodo records 14918089 and 15373853; CC BY-NC 4.0", discover_synthrad2025, nullptr},
      {"autopet", "FDG-PET-CT-Lesions (autoPET)",
       "Whole body as coronal slices: CTres and SUV, which share the PET grid; mask from CT; patient = "
       "PETCT_ folder. The "
       "nnU-Net repackaging with fdg_ and psma_ prefixes is read too.",
       "FDG-PET-CT-Lesions/PETCT_0011f3deaf/03-23-2003-NA-PET-CT Ganzkoerper  primaer mit KM-10445/\n"
       "    CT.nii.gz  CTres.nii.gz  PET.nii.gz  SUV.nii.gz  SEG.nii.gz\n"
       "imagesTr/fdg_0011f3deaf_03-23-2003_{0000,0001}.nii.gz          (0000 = CTres, 0001 = SUV)\n",
       "The Cancer Imaging Archive, doi 10.7937/gkr0-xv29; see its page for the terms", discover_autopet,
       nullptr},
      {"brats", "BraTS 2020, 2021, 2023 and later",
       "T1, T1c, T2 and FLAIR; mask = union of their non-zero voxels; patient = id without the time point. "
       "One edition per "
       "store, because editions hold the same patients under other names.",
       "BraTS20_Training_001/BraTS20_Training_001_{t1,t1ce,t2,flair}.nii.gz          (or .nii)\n"
       "BraTS2021_00000/BraTS2021_00000_{t1,t1ce,t2,flair}.nii.gz\n"
       "BraTS-GLI-00001-000/BraTS-GLI-00001-000-{t1n,t1c,t2w,t2f}.nii.gz             (also MET, MEN, PED, "
       "SSA, ...)\n",
       "The challenges' own pages, after registration; each edition has its own terms", discover_brats,
       check_brats_together},
      {"myops", "MyoPS 2020",
       "bSSFP (C0), LGE (DE) and T2 of the heart; mask = union of their non-zero voxels. 2 to 6 thick slices "
       "per case.",
       "train25/myops_training_101_{C0,DE,T2}.nii.gz\n"
       "test20/myops_test_201_{C0,DE,T2}.nii.gz\n",
       "The challenge's page, after registration; its own terms", discover_myops, nullptr},
      {"pairs", "Any co-registered volumes, named in a list",
       "A CSV or JSON list with one row per volume: case, patient, region, modality, path, and where wanted "
       "mask, split, "
       "group, grid, plane. Paths are relative to the list's folder, or to the root.",
       "case,patient,region,modality,path,grid\n"
       "STS_010-mr,STS_010,sts,MRI,STS_010/MR_T1_image.nii.gz,MRI\n"
       "STS_010-mr,STS_010,sts,CT,STS_010/CT_image.nii.gz,\n",
       "Your own data", discover_pairs, nullptr},
  };
  return rows;
}

std::string indented(const std::string& text, const std::string& margin) {
  std::string out = margin;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '\n' && i + 1 < text.size()) out += margin;
  }
  return out;
}

// Breaks prose at spaces so that no line is longer than `width`.
std::string wrapped(const std::string& text, size_t width) {
  std::string out;
  size_t column = 0;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const bool fits = column + 1 + word.size() <= width;
    if (column > 0) out += fits ? ' ' : '\n';
    column = column > 0 && fits ? column + 1 + word.size() : word.size();
    out += word;
  }
  return out;
}

}  // namespace

const DiscoveredVolume* DiscoveredCase::find(Modality modality) const {
  const auto found =
      std::find_if(volumes.begin(), volumes.end(), [&](const auto& v) { return v.modality == modality; });
  return found == volumes.end() ? nullptr : &*found;
}

const std::vector<Layout>& layouts() { return table(); }

const Layout& layout_named(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& layout : table()) {
    if (layout.name == name) return layout;
    known.push_back(layout.name);
  }
  throw usage_error("layout", fmt::format("unknown layout \"{}\"", name), did_you_mean(name, known));
}

std::string layouts_text() {
  std::string text;
  for (const auto& layout : table()) {
    text += fmt::format("{:<14}{}\n{}\n{}{}\n\n", layout.name, layout.title,
                        indented(wrapped(layout.description, 96), "    "), indented(layout.example, "      "),
                        indented("from: " + layout.source, "    "));
  }
  return text;
}

Json layouts_json() {
  Json list = Json::array();
  for (const auto& layout : table()) {
    list.push_back(Json{{"name", layout.name},
                        {"title", layout.title},
                        {"description", layout.description},
                        {"example", layout.example},
                        {"source", layout.source}});
  }
  return list;
}

void throw_nothing_found(const Layout& layout, const DatasetPlace& place) {
  std::string hint =
      fmt::format("layout \"{}\" looks for\n{}", layout.name, indented(layout.example, "      "));
  for (const auto& other : table()) {
    if (other.name == layout.name || other.name == "pairs") continue;
    const auto found = other.discover(place);
    if (!found.cases.empty()) {
      hint += fmt::format("  layout \"{}\" would find {} cases here", other.name, found.cases.size());
      break;
    }
  }
  throw usage_error(place.root.string(), fmt::format("no case of layout \"{}\" found", layout.name), hint);
}

DiscoveredCase& CaseCollector::at(const std::string& name) {
  const auto found =
      std::find_if(cases_.rbegin(), cases_.rend(), [&](const auto& c) { return c.name == name; });
  if (found != cases_.rend()) return *found;  // from the back: files of a case are neighbors in the tree
  cases_.emplace_back().name = name;
  return cases_.back();
}

void CaseCollector::add(const std::string& name, Modality modality, const TreeFile& file) {
  auto& found = at(name);
  if (const auto* other = found.find(modality)) {
    mark_broken(name, file.path,
                fmt::format("two files for {}: {} and {}", name_of(modality), other->path, file.path));
    return;
  }
  found.volumes.push_back({modality, file.path});
}

void CaseCollector::add_mask(const std::string& name, const TreeFile& file) {
  auto& found = at(name);
  if (!found.mask.empty()) {
    mark_broken(name, file.path, fmt::format("two masks: {} and {}", found.mask, file.path));
    return;
  }
  found.mask = file.path;
}

void CaseCollector::unknown(const TreeFile& file) {
  if (!is_companion(file)) unknown_.push_back(file.path);
}

void CaseCollector::mark_broken(const std::string& name, const std::string& path, const std::string& reason) {
  broken_.push_back({name, path, reason});
}

Discovery CaseCollector::finish(const std::vector<Modality>& grid_order) {
  Discovery discovery;
  std::set<std::string> broken_names;
  for (const auto& broken : broken_) broken_names.insert(broken.name);
  for (auto& found : cases_) {
    if (broken_names.contains(found.name)) continue;
    if (found.volumes.empty()) {
      broken_.push_back({found.name, found.mask, "a mask without any image"});
      continue;
    }
    std::sort(found.volumes.begin(), found.volumes.end(),
              [](const auto& a, const auto& b) { return a.modality < b.modality; });
    found.grid = found.volumes.front().modality;
    for (const Modality modality : grid_order) {
      if (found.find(modality)) {
        found.grid = modality;
        break;
      }
    }
    discovery.cases.push_back(std::move(found));
  }
  std::sort(discovery.cases.begin(), discovery.cases.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::stable_sort(broken_.begin(), broken_.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  discovery.broken = std::move(broken_);
  discovery.unknown = std::move(unknown_);
  return discovery;
}

}  // namespace synerbench
