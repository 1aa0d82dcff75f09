// What a lab writes about its own data: the file of "import mapping" over a tree of files, the patterns in
// it, and vocabularies.
#include <algorithm>
#include <set>

#include "harness/core/json.h"
#include "harness/core/vocabulary.h"
#include "harness/data/import/layouts.h"
#include "harness/data/import/path_pattern.h"
#include "harness/data/store_writer.h"
#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {
namespace {

constexpr char kMark = '\x1e';

// ---- patterns: a pattern, a line end, a path

/// The pattern with every part replaced by its value; nothing where a star makes that impossible.
std::optional<std::string> path_by(const std::string& pattern, const PathParts& parts) {
  if (pattern.find('*') != std::string::npos) return {};
  std::string path;
  for (size_t at = 0; at < pattern.size();) {
    if (pattern[at] != '{') {
      path += pattern[at++];
      continue;
    }
    const size_t close = pattern.find('}', at);
    const std::string inside = pattern.substr(at + 1, close - at - 1);
    path += parts.at(inside.substr(0, inside.find(':')));
    at = close + 1;
  }
  return path;
}

void path_pattern_one(std::string_view input) {
  const std::string pattern(take_until(&input, '\n')), path(input);
  std::vector<PathParts> ways;
  if (!accepted([&] { ways = PathPattern(pattern, "lab.json: /files/0").match(path); })) return;
  SB_CHECK(ways.size() <= 2, "two ways tell that there is no one way");
  SB_CHECK(ways.size() < 2 || ways[0] != ways[1], "two ways differ");
  for (const PathParts& parts : ways) {
    for (const auto& [name, value] : parts) {
      SB_CHECK(!value.empty() && value.find('/') == std::string::npos, "a part stands within one name");
      SB_CHECK(filled_in("<{" + name + "}>", parts) == "<" + value + ">", "a part is put where it is named");
    }
    const auto again = path_by(pattern, parts);
    SB_CHECK(!again || *again == path, "the parts make up the path");
  }
}

Seeds path_pattern_seeds() {
  return {{"plain", "{patient}/{study}/t1.nii.gz\np1/s2/t1.nii.gz"},
          {"twice", "{p}/{p}_{k}.mha\na/a_ct.mha"},
          {"kinds", "sub-{n:digits}_{k:T1|T2}_{l:letters}.mha\nsub-12_T1_x.mha"},
          {"folders", "**/{p}/**/ct.mha\na/b/ct.mha"},
          {"stars", "*{p:digits}*.mha\nx12.mha"}};
}

// ---- the mapping; behind byte 0x1e the list of patients that it may name, train.txt

const std::filesystem::path& lab() {
  static const std::filesystem::path root = [] {
    for (const char* file : {"c1/p1/s1/ct.nii.gz", "c1/p1/s1/t1ce.nii.gz", "c1/p1/s1/body.nii.gz",
                             "c1/p2/s1/ct.nii.gz", "c1/p2/s1/dwi800.mha", "c2/p3/s2/t1ce.nii.gz",
                             "c2/p3/s2/pet/0001.dcm", "c2/p3/s2/pet.zip", "c2/p 4/s-1/ct.nii", "notes.txt"})
      put(std::string("lab/") + file, "x");
    return desk() / "lab";
  }();
  return root;
}

void mapping_one(std::string_view input) {
  // The vocabulary belongs to the process and only grows: a process of the fuzzer adds to it for a while.
  if (known_modalities().size() > 300) input = input.substr(0, input.find("\"vocabulary\""));
  const DatasetPlace place{lab(), put("map/lab.json", take_until(&input, kMark))};
  put("map/train.txt", input);
  Discovery found;
  if (!accepted([&] { found = discover_mapping(place); })) return;
  SB_CHECK(!patterns_of_mapping(place).empty(), "a mapping has patterns");
  SB_CHECK(found.dataset.empty() || is_store_name(found.dataset), "a data set has a folder's name");
  std::map<std::string, std::optional<Split>> splits;
  std::string last;
  std::set<std::string> paths;
  for (const DiscoveredCase& one : found.cases) {
    SB_CHECK(is_store_name(one.name) && last < one.name, "cases have names, in order");
    last = one.name;
    SB_CHECK(!one.volumes.empty() && one.find(one.grid) != nullptr,
             "a case has a volume that gives its grid");
    SB_CHECK(!one.patient.empty() && !one.region.empty(), "a case is of a patient and a region");
    const auto [known, fresh] = splits.emplace(one.patient, one.split);
    SB_CHECK(fresh || known->second == one.split, "a patient is in one split");
    for (const auto& volume : one.volumes)
      SB_CHECK(paths.insert(volume.path).second, "a file is of one case and modality");
  }
}

Seeds mapping_seeds() {
  const Json full{
      {"schema", "synerbench/mapping"},
      {"schema_version", 1},
      {"name", "our-livers"},
      {"case", "{patient}_{study}"},
      {"patient", "{patient}"},
      {"region", "liver"},
      {"group", "{center}"},
      {"plane", "axial"},
      {"grid", {"CT"}},
      {"files",
       Json::array({{{"pattern", "{center}/{patient}/{study}/body.nii.gz"}, {"mask", true}},
                    {{"pattern", "{center}/{patient}/{study}/pet/"}, {"dicom", true}, {"modality", "PET"}},
                    {{"pattern", "{center}/{patient}/{study}/{kind}.nii.gz"}, {"modality", "{kind}"}},
                    {{"pattern", "{center}/{patient}/{study}/{kind}.mha"}, {"modality", "{kind}"}},
                    {{"pattern", "**/*.txt"}, {"ignore", true}}})},
      {"translate", {{"kind", {{"ct", "CT"}, {"t1ce", "T1c"}, {"dwi800", "DWI"}}}}},
      {"splits", {{"train", "train.txt"}, {"validation", {"p2"}}, {"test", {"p3"}}}},
      {"vocabulary",
       {{"regions", {"liver"}},
        {"modalities",
         Json::array({{{"name", "DWI"}, {"id", "dwi"}, {"words", "diffusion-weighted MRI"}}})}}}};
  const Json small{
      {"schema", "synerbench/mapping"},
      {"schema_version", 1},
      {"region", "{center}"},
      {"split", "{split}"},
      {"files", Json::array({{{"pattern", "{center}/{patient}/{split}/ct.nii.gz"}, {"modality", "CT"}}})}};
  return {{"full", to_text(full, -1) + kMark + "p1\n# p9\np 4\n"}, {"small", to_text(small, -1)}};
}

// ---- vocabularies

void vocabulary_one(std::string_view input) {
  const auto path = put("vocabulary.json", input);
  Json json;
  if (accepted([&] { json = parse_json(input, "v"); }) && json.is_object()) {
    json.erase("schema");
    json.erase("schema_version");
    accepted([&] {
      const Vocabulary read = vocabulary_from_json(JsonObject(json, "v", ""));
      const Json written = to_json(read);
      const Vocabulary again = vocabulary_from_json(JsonObject(written, "v", ""));
      SB_CHECK(again.modalities == read.modalities && again.regions == read.regions,
               "written and read again it is the same");
      for (const ModalityDefinition& one : read.modalities)
        SB_CHECK(one.low < one.high && !one.name.empty() && !one.id.empty(), "a modality can be mapped");
    });
  }
  if (known_modalities().size() > 300 || known_regions().size() > 300) return;
  if (!accepted([&] { declare_vocabulary_file(path); })) return;
  declare_vocabulary_file(path);  // what is known costs nothing
  for (const Modality modality : known_modalities())
    SB_CHECK(parse_modality(name_of(modality), "v") == modality, "a name means one modality");
}

Seeds vocabulary_seeds() {
  constexpr const char* kBody =
      R"("regions": ["liver", "left-knee"], "modalities": [{"name": "DWI", "id": "dwi", "words": "diffusion"},)"
      R"( {"name": "ADC", "id": "adc", "unit": "um2/s", "map": "fixed", "low": 0, "high": 3000,)"
      R"( "plausible_low": -500, "plausible_high": 6000, "outside": -1}])";
  return {{"file", std::string(R"({"schema": "synerbench/vocabulary", "schema_version": 1, )") + kBody + "}"},
          {"field", std::string(R"({"vocabulary": {)") + kBody + "}}"},
          {"object", std::string("{") + kBody + "}"}};
}

}  // namespace

Target path_pattern() { return {"path_pattern", path_pattern_one, path_pattern_seeds, 300}; }
Target mapping() { return {"mapping", mapping_one, mapping_seeds, 3000}; }
Target vocabulary() { return {"vocabulary", vocabulary_one, vocabulary_seeds, 1200}; }

}  // namespace synerbench::fuzz
