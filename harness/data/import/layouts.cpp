#include "harness/data/import/layouts.h"

#include <fmt/core.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "harness/core/error.h"
#include "harness/core/vocabulary.h"

namespace synerbench {
namespace {

const std::vector<Layout>& table() {
  static const std::vector<Layout> rows{
      {"synthrad2023", "SynthRAD2023, Task 1 (MR, CT) and Task 2 (CBCT, CT)",
       "Brain and pelvis, one case per patient folder, mask from the file, group = center letter. Releases "
       "without CT, files called <id>_<kind> and the challenge's container layout are read too.",
       "Task1/brain/1BA001/{mr,ct,mask}.nii.gz\n"
       "Task2/pelvis/2PA001/{cbct,ct,mask}.nii.gz\n"
       "images/{mri,cbct,ct,body}/1BA001.nii.gz          (container layout)\n",
       "Zenodo records 7260705 (training) and 7868168 (validation); license as stated there",
       discover_synthrad2023, nullptr},
      {"synthrad2025", "SynthRAD2025, Task 1 (MR, CT) and Task 2 (CBCT, CT)",
       "Abdomen, head-neck and thorax, one case per patient folder, mask from the file, group = center "
       "letter. ct_def (deformably registered) is preferred to ct where both exist. Forms as for "
       "synthrad2023.",
       "synthRAD2025_Task1_Train/Task1/AB/1ABA005/{ct,mr,mask}.mha\n"
       "synthRAD2025_Task2_Train/Task2/HN/2HNA001/{ct,cbct,mask}.mha\n",
       "Zenodo records 14918089 and 15373853; CC BY-NC 4.0", discover_synthrad2025, nullptr},
      {"autopet", "autoPET I to IV: FDG-PET-CT-Lesions and PSMA-PET-CT-Lesions",
       "Whole body as coronal slices: CTres and SUV, which share the PET grid; mask from CT; patient = "
       "PETCT_ or PSMA_ folder. nnU-Net repackagings with fdg_, psma_ and PETCT_ prefixes and the "
       "challenge's "
       "container layout are read too.",
       "FDG-PET-CT-Lesions/PETCT_0011f3deaf/03-23-2003-NA-PET-CT Ganzkoerper  primaer mit KM-10445/\n"
       "    CT.nii.gz  CTres.nii.gz  PET.nii.gz  SUV.nii.gz  SEG.nii.gz\n"
       "PSMA-PET-CT-Lesions/PSMA_95b833d65be26f28/<study>/{CTres,SUV}.nii.gz\n"
       "imagesTr/fdg_0011f3deaf_03-23-2003_{0000,0001}.nii.gz          (0000 = CTres, 0001 = SUV)\n"
       "images/{ct,pet}/<case>.mha                                     (container layout)\n",
       "The Cancer Imaging Archive, doi 10.7937/gkr0-xv29; see its page for the terms", discover_autopet,
       nullptr},
      {"brats", "BraTS 2017 to 2025",
       "T1, T1c, T2 and FLAIR; mask = union of their non-zero voxels; patient = id without the time point or "
       "number of the scan. One edition per store, because editions hold the same patients under other "
       "names; "
       "GoAT counts as an edition. Upper and lower case do not count.",
       "HGG/Brats18_CBICA_AAB_1/Brats18_CBICA_AAB_1_{t1,t1ce,t2,flair}.nii.gz        (Brats17_, BraTS19_)\n"
       "BraTS20_Training_001/BraTS20_Training_001_{t1,t1ce,t2,flair}.nii.gz          (or .nii)\n"
       "BraTS2021_00000/BraTS2021_00000_{t1,t1ce,t2,flair}.nii.gz\n"
       "BraTS-GLI-00001-000/BraTS-GLI-00001-000-{t1n,t1c,t2w,t2f}.nii.gz             (also MET, MEN, PED, "
       "SSA)\n"
       "BraTS-MEN-RT-0001-1/BraTS-MEN-RT-0001-1_t1c.nii.gz\n"
       "BraTS-GoAT-00000/BraTS-GoAT-00000-{t1n,t1c,t2w,t2f}.nii.gz\n"
       "BraTSReg_001/BraTSReg_001_00_0000_{t1,t1ce,t2,flair}.nii.gz\n",
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
      {"mapping", "A lab's own folders, described by patterns in a file (--map)",
       "A JSON file says which paths are volumes of which modality and which are masks, and of which parts "
       "of "
       "the path case, patient, region, group and split are made. It may add regions and modalities.",
       "{\"schema\": \"synerbench/mapping\", \"schema_version\": 1, \"region\": \"pelvis\",\n"
       " \"files\": [{\"pattern\": \"{patient}/{kind:mr|ct}.nii.gz\", \"modality\": \"{kind}\"}],\n"
       " \"translate\": {\"kind\": {\"mr\": \"MRI\", \"ct\": \"CT\"}}}\n",
       "Your own data", discover_mapping, nullptr, patterns_of_mapping},
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

constexpr size_t kExamples = 3;

std::string examples(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kExamples); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kExamples ? text + ", ..." : text;
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
  auto entries = list_tree(place.root);
  const auto rank = [](const TreeFile& file) {
    return file.is_image() ? 0 : !file.problem.empty() ? 1 : is_companion(file) ? 3 : 2;
  };
  std::stable_sort(entries.begin(), entries.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  std::string there;
  for (size_t i = 0; i < std::min(entries.size(), kExamples); ++i) there += describe(entries[i]) + '\n';
  if (entries.size() > kExamples) there += fmt::format("... and {} more\n", entries.size() - kExamples);
  std::string hint =
      entries.empty() ? "the folder holds no file\n" : "it holds\n" + indented(there, "      ");
  hint += fmt::format("  layout \"{}\" looks for\n{}", layout.name,
                      indented(layout.wanted != nullptr ? layout.wanted(place) : layout.example, "      "));
  for (const auto& note : layout.discover(place).notes) hint += fmt::format("  {}\n", note);
  for (const auto& other : table()) {
    if (other.name == layout.name || other.name == "pairs" || other.name == "mapping") continue;
    const auto found = other.discover(place);
    // Any data set in nnU-Net's form has images with channels; only names of patients tell autoPET's.
    const bool any_name =
        other.name == "autopet" &&
        std::none_of(found.cases.begin(), found.cases.end(), [](const auto& c) { return !c.group.empty(); });
    if (any_name && !found.cases.empty()) {
      hint +=
          "  names with _0000 and _0001 are nnU-Net's channels: say which modality each is with\n"
          "      import mapping --map FILE (docs/data.md)\n";
    } else if (!found.cases.empty()) {
      hint += fmt::format("  layout \"{}\" would find {} case{} here\n", other.name, found.cases.size(),
                          found.cases.size() == 1 ? "" : "s");
      break;
    }
  }
  hint.pop_back();
  throw usage_error(place.root.string(), fmt::format("no case of layout \"{}\" found", layout.name), hint);
}

DiscoveredCase& CaseCollector::at(const std::string& name) {
  const auto found =
      std::find_if(cases_.rbegin(), cases_.rend(), [&](const auto& c) { return c.name == name; });
  if (found != cases_.rend()) return *found;  // from the back: files of a case are neighbors in the tree
  cases_.emplace_back().name = name;
  return cases_.back();
}

bool CaseCollector::cannot_be_read(const std::string& name, const TreeFile& file) {
  if (file.problem.empty()) return false;
  at(name);
  mark_broken(name, file.path, file.problem);
  return true;
}

bool CaseCollector::is_same_file(const std::string& path, const TreeFile& file) const {
  const auto known = identity_of_.find(path);
  return known != identity_of_.end() && known->second == file.identity;
}

void CaseCollector::add(const std::string& name, Modality modality, const TreeFile& file) {
  if (cannot_be_read(name, file)) return;
  auto& found = at(name);
  if (const auto* other = found.find(modality)) {
    if (is_same_file(other->path, file)) return second_ways_.push_back(file.path);
    mark_broken(name, file.path,
                fmt::format("two files for {}: {} and {}", name_of(modality), other->path, file.path));
    return;
  }
  identity_of_[file.path] = file.identity;
  found.volumes.push_back({modality, file.path});
}

void CaseCollector::add_mask(const std::string& name, const TreeFile& file) {
  if (cannot_be_read(name, file)) return;
  auto& found = at(name);
  if (!found.mask.empty()) {
    if (is_same_file(found.mask, file)) return second_ways_.push_back(file.path);
    mark_broken(name, file.path, fmt::format("two masks: {} and {}", found.mask, file.path));
    return;
  }
  identity_of_[file.path] = file.identity;
  found.mask = file.path;
}

void CaseCollector::pass_over(const TreeFile& file) {
  if (!file.problem.empty()) unknown(file);
}

void CaseCollector::unknown(const TreeFile& file, Companions companions) {
  if (file.closed_folder) {
    mark_broken(file.path, file.path,
                fmt::format("this folder {}, so the cases in it are not known", file.problem));
  } else if (!file.problem.empty() || companions == Companions::kNamed || !is_companion(file)) {
    unknown_.push_back(file);
  }
}

void CaseCollector::nearly(const TreeFile& file) {
  if (file.problem.empty()) nearly_.push_back(file);
  unknown(file);
}

void CaseCollector::mark_broken(const std::string& name, const std::string& path, const std::string& reason) {
  broken_.push_back({name, path, reason});
}

// What is not read, by reason, each with examples: all of it stands in `unknown`, which screens shorten.
// Where only the names in a reason differ (targets of links), it is one reason.
void CaseCollector::note_entries(Discovery& discovery, const std::string& family,
                                 const std::set<std::array<uint64_t, 2>>& used) const {
  static const std::regex name("\"[^\"]*\"");
  struct Group {
    std::string kind, reason;
    std::vector<std::string> paths;
  };
  std::vector<Group> groups;
  for (const auto& file : unknown_) {
    if (file.problem.empty()) continue;
    const std::string kind = std::regex_replace(file.problem, name, "\"...\"");
    auto known = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.kind == kind; });
    if (known == groups.end()) known = groups.insert(groups.end(), {kind, file.problem, {}});
    if (known->reason != file.problem) known->reason = kind;
    known->paths.push_back(file.path);
  }
  for (const auto& [kind, reason, paths] : groups) {
    discovery.notes.push_back(paths.size() == 1 ? fmt::format("not read: {}: {}", paths.front(), reason)
                                                : fmt::format("not read: {} entries: {} ({})", paths.size(),
                                                              reason, examples(paths)));
  }
  if (!second_ways_.empty()) {
    discovery.notes.push_back(
        fmt::format("{} {} reached in two ways and count once ({})", second_ways_.size(),
                    second_ways_.size() == 1 ? "file is" : "files are", examples(second_ways_)));
  }
  std::vector<std::string> near;
  for (const auto& file : nearly_) {
    if (!used.contains(file.identity)) near.push_back(file.path);
  }
  if (!near.empty()) {
    const bool one = near.size() == 1;
    discovery.notes.push_back(fmt::format("{} {} like {} but {} not recognized, the first: {}", near.size(),
                                          one ? "file looks" : "files look", family, one ? "is" : "are",
                                          near.front()));
  }
}

Discovery CaseCollector::finish(const std::vector<Modality>& grid_order, const std::string& family) {
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
              [](const auto& a, const auto& b) { return comes_before(a.modality, b.modality); });
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
  // By another way the file may belong to a case, or stand in the list already.
  std::set<std::array<uint64_t, 2>> used;
  for (const auto& [path, identity] : identity_of_) used.insert(identity);
  auto named = used;
  std::erase_if(unknown_, [&](const auto& file) {
    return file.problem.empty() && !named.insert(file.identity).second;
  });
  for (const auto& file : unknown_) discovery.unknown.push_back(describe(file));
  note_entries(discovery, family, used);
  return discovery;
}

}  // namespace synerbench
