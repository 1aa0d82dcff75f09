// A lab's own folders, described in a file (docs/data.md has the whole of it).
//
//   {"schema": "synerbench/mapping", "schema_version": 1,
//    "name": "our-livers",                              data set in the store, where --dataset gives none
//    "case": "{patient}_{study}",                       made of parts of the patterns, as are
//    "patient": "{patient}", "region": "liver",         patient, region, group and split
//    "group": "{center}", "plane": "axial",             optional; so are
//    "grid": ["CT"],                                    the first of these that a case has gives the grid
//    "files": [{"pattern": "{center}/{patient}/{study}/{kind}.nii.gz", "modality": "{kind}"},
//              {"pattern": "{center}/{patient}/{study}/body.nii.gz", "mask": true},
//              {"pattern": "{center}/{patient}/{study}/pet/", "dicom": true, "modality": "PET"},
//              {"pattern": "**/*.txt", "ignore": true}],
//    "translate": {"kind": {"ct": "CT", "dwi800": "DWI"}},
//    "split": "{split}"                                 or lists of patients:
//    "splits": {"train": "train.txt", "validation": ["p7"], "test": "test.txt"},
//    "vocabulary": {...}}                               harness/core/vocabulary.h
//
// The first pattern that fits a file counts. Every other file is named: who describes a tree describes all of
// it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/vocabulary.h"
#include "harness/data/import/layouts.h"
#include "harness/data/import/path_pattern.h"
#include "harness/data/store_writer.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMappingSchema = "synerbench/mapping";

enum class Role { kVolume, kMask, kIgnored };
struct FileRule {
  PathPattern pattern;
  std::string place;  // "lab.json: /files/2"
  Role role = Role::kIgnored;
  std::string modality;  // may hold parts
  bool dicom = false;    // the pattern is of a folder, "{patient}/ct/", or of a zip
};

/// What is said about a case with parts of paths.
struct Statement {
  std::string field, text, place;
  std::vector<std::string> parts;
  bool given() const { return !text.empty(); }
};

/// What a list of patients says, and which list.
struct Listed {
  Split split = Split::kTrain;
  std::string place;  // "train.txt", "lab.json: /splits/test"
};

struct Mapping {
  std::string place, name;
  Statement name_of_case, patient, region, group, split;
  std::string plane;
  std::vector<Modality> grid;
  std::vector<FileRule> files;
  std::map<std::string, PathParts> translate;  // by part: what a value means
  std::map<std::string, Listed> split_of;      // by patient, where lists say so
  std::vector<fs::path> lists;                 // that were read
  std::vector<std::string> list_places;        // of all lists, those in the mapping itself among them
  bool has_lists = false;
};

Statement read_statement(JsonObject& top, const std::string& field, const std::string& fallback = "") {
  Statement statement{field, top.text_or(field, fallback), top.where(field), {}};
  if (top.has(field) && statement.text.empty())
    throw top.error(field, "is empty", "leave it out, or say what it is made of: \"{patient}\"");
  statement.parts = parts_in(statement.text, statement.place);
  return statement;
}

FileRule read_rule(JsonObject object, const std::string& file, size_t index) {
  FileRule rule{PathPattern(object.text("pattern"), object.where("pattern")),
                fmt::format("{}: /files/{}", file, index), Role::kIgnored, "", false};
  rule.modality = object.text_or("modality", "");
  const bool mask = object.boolean_or("mask", false), ignore = object.boolean_or("ignore", false);
  rule.dicom = object.boolean_or("dicom", false);
  object.done();
  if (rule.dicom && !rule.pattern.text().ends_with('/') && !rule.pattern.text().ends_with(".zip")) {
    throw usage_error(
        rule.place, fmt::format("\"{}\" is no pattern of a DICOM series", rule.pattern.text()),
        "a series is a folder, whose pattern ends in \"/\", or a zip of one, whose pattern ends in .zip");
  }
  if (!rule.dicom && !ignore && rule.pattern.text().ends_with('/')) {
    throw usage_error(rule.place, fmt::format("\"{}\" is a pattern of folders", rule.pattern.text()),
                      "a folder is read as a DICOM series only, where \"dicom\": true says so");
  }
  if (static_cast<int>(!rule.modality.empty()) + static_cast<int>(mask) + static_cast<int>(ignore) != 1) {
    throw usage_error(rule.place, "does not say what such a file is",
                      "one of \"modality\": \"CT\", \"mask\": true and \"ignore\": true is wanted");
  }
  rule.role = mask ? Role::kMask : ignore ? Role::kIgnored : Role::kVolume;
  for (const auto& part : parts_in(rule.modality, object.where("modality"))) {
    if (!rule.pattern.has(part))
      throw object.error("modality", fmt::format("{{{}}} is no part of the pattern", part),
                         fmt::format("the pattern is \"{}\"", rule.pattern.text()));
  }
  if (rule.role == Role::kVolume && rule.modality.find('{') == std::string::npos)
    parse_modality(rule.modality, object.where("modality"));
  return rule;
}

void read_translations(JsonObject& top, Mapping& mapping) {
  const Json& json = top.raw("translate");
  if (!json.is_object()) throw top.error("translate", "an object is wanted: {\"kind\": {\"t1ce\": \"T1c\"}}");
  for (const auto& [part, table] : json.items()) {
    const bool used = std::any_of(mapping.files.begin(), mapping.files.end(),
                                  [&, name = part](const auto& rule) { return rule.pattern.has(name); });
    if (!used)
      throw top.error("translate", fmt::format("no pattern has a part {{{}}}", part), "remove its table");
    JsonObject texts(table, mapping.place, "/translate/" + part);
    for (const auto& [from, to] : table.items()) mapping.translate[part][from] = texts.text(from);
  }
}

std::vector<std::string> names_in(const fs::path& path) {
  std::string bytes;
  try {
    bytes = read_file(path);
  } catch (const Error& error) {
    throw usage_error(error.place(), error.problem(), error.hint());
  }
  std::vector<std::string> names;
  std::istringstream stream(bytes);
  for (std::string line; std::getline(stream, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
      line.pop_back();
    if (!line.empty() && line.front() != '#') names.push_back(line);
  }
  return names;
}

void read_split_lists(JsonObject object, const fs::path& folder, Mapping& mapping) {
  mapping.has_lists = true;
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    const std::string field = name_of(split);
    if (!object.has(field)) continue;
    std::vector<std::string> names;
    std::string where = object.where(field);
    if (object.raw(field).is_string()) {
      mapping.lists.push_back(folder / object.text(field));
      names = names_in(mapping.lists.back());
      where = mapping.lists.back().string();
    } else {
      names = object.texts(field);
    }
    mapping.list_places.push_back(where);
    for (const auto& name : names) {
      const auto [known, fresh] = mapping.split_of.emplace(store_name_from(name), Listed{split, where});
      if (!fresh && known->second.split != split) {
        throw usage_error(where,
                          fmt::format("patient \"{}\" is listed for {} and, in {}, for {}", name, field,
                                      known->second.place, name_of(known->second.split)),
                          "a patient belongs to one split, or training sees the test patients");
      }
    }
  }
  object.done();
}

/// Parts that every file of a case has to have, because the case's name is made of them.
void check_parts(const Mapping& mapping) {
  for (const auto& rule : mapping.files) {
    if (rule.role == Role::kIgnored) continue;
    for (const auto& part : mapping.name_of_case.parts) {
      if (rule.pattern.has(part)) continue;
      throw usage_error(
          rule.place,
          fmt::format("\"{}\" has no part {{{}}}, of which \"case\" is made", rule.pattern.text(), part),
          fmt::format("\"case\" is \"{}\": without it nobody knows whose file this is",
                      mapping.name_of_case.text));
    }
  }
  for (const Statement* said : {&mapping.patient, &mapping.region, &mapping.group, &mapping.split}) {
    if (said->parts.empty()) continue;
    const bool can = std::any_of(mapping.files.begin(), mapping.files.end(), [&](const auto& rule) {
      return rule.role != Role::kIgnored &&
             std::all_of(said->parts.begin(), said->parts.end(),
                         [&](const auto& part) { return rule.pattern.has(part); });
    });
    if (!can) {
      throw usage_error(said->place,
                        fmt::format("no pattern of a volume or a mask has all parts of \"{}\"", said->text),
                        "name parts that stand in a pattern");
    }
  }
}

Mapping read_mapping(const fs::path& path) {
  std::string bytes;
  try {
    bytes = read_file(path);
  } catch (const Error& error) {
    throw usage_error(error.place(), error.problem(), error.hint());
  }
  Mapping mapping;
  mapping.place = path.string();
  const Json json = parse_json(bytes, mapping.place, ExitCode::kUsage);
  JsonObject top(json, mapping.place, "");
  top.choice("schema", {kMappingSchema});
  if (const int64_t version = top.integer("schema_version"); version != 1) {
    throw usage_error(top.where("schema_version"), fmt::format("version {} is not understood", version),
                      "this program reads 1");
  }
  top.text_or("note", "");
  declare_vocabulary_of(top);
  mapping.name = top.text_or("name", "");
  if (!mapping.name.empty() && !is_store_name(mapping.name)) {
    throw top.error("name", fmt::format("\"{}\" cannot be a folder's name", mapping.name),
                    fmt::format("letters, digits, '.', '_' and '-': \"{}\"", store_name_from(mapping.name)));
  }
  mapping.name_of_case = read_statement(top, "case", "{patient}");
  mapping.patient = read_statement(top, "patient", "{patient}");
  top.text("region");  // has to be there
  mapping.region = read_statement(top, "region");
  mapping.group = read_statement(top, "group");
  mapping.split = read_statement(top, "split");
  mapping.plane = top.choice_or("plane", {"axial", "coronal", ""}, "");
  for (const auto& name : top.texts_or("grid", {}))
    mapping.grid.push_back(parse_modality(name, top.where("grid")));
  const std::vector<JsonObject> files = top.objects("files");
  for (size_t i = 0; i < files.size(); ++i) mapping.files.push_back(read_rule(files[i], mapping.place, i));
  if (top.mark("translate")) read_translations(top, mapping);
  if (top.mark("splits")) {
    if (mapping.split.given())
      throw top.error("splits", "\"split\" says it already", "remove one of the two");
    read_split_lists(top.object("splits"), path.parent_path(), mapping);
  }
  top.done();
  if (std::none_of(mapping.files.begin(), mapping.files.end(),
                   [](const auto& rule) { return rule.role == Role::kVolume; }))
    throw top.error("files", "no pattern of a volume", "one with a \"modality\" is wanted");
  if (mapping.region.parts.empty()) {
    const auto known = known_regions();
    if (std::find(known.begin(), known.end(), mapping.region.text) == known.end())
      throw top.error("region", fmt::format("unknown region \"{}\"", mapping.region.text),
                      unknown_word_hint(mapping.region.text, known) + "\n  \"vocabulary\" adds regions");
  }
  check_parts(mapping);
  return mapping;
}

/// A file and what its path says.
struct Match {
  const FileRule* rule = nullptr;
  PathParts parts;      // as they stand in the path
  std::string problem;  // why it cannot be used although a pattern fits
};

Match match_of(const Mapping& mapping, const std::string& path) {
  for (const auto& rule : mapping.files) {
    const auto ways = rule.pattern.match(path);
    if (ways.empty()) continue;
    if (ways.size() > 1 && rule.role != Role::kIgnored) {
      const auto differs = std::find_if(ways[0].begin(), ways[0].end(), [&](const auto& part) {
        return ways[1].at(part.first) != part.second;
      });
      throw usage_error(
          rule.place,
          fmt::format("\"{}\" reads {} in two ways: {{{}}} is \"{}\" or \"{}\"", rule.pattern.text(), path,
                      differs->first, differs->second, ways[1].at(differs->first)),
          fmt::format("say what it is made of: {{{0}:digits}}, {{{0}:letters}} or {{{0}:one|other}}",
                      differs->first));
    }
    return {&rule, ways.front(), ""};
  }
  return {};
}

/// The parts with what their tables make of them. A value that a table does not have is a problem.
PathParts translated(const Mapping& mapping, const PathParts& parts, std::string* problem) {
  PathParts meant = parts;
  for (auto& [part, value] : meant) {
    const auto table = mapping.translate.find(part);
    if (table == mapping.translate.end()) continue;
    const auto row = table->second.find(value);
    if (row == table->second.end()) {
      *problem = fmt::format("its {} \"{}\" is not in the mapping's \"translate\"", part, value);
      return meant;
    }
    value = row->second;
  }
  return meant;
}

/// A fact that several files of a case may state.
struct Fact {
  std::string value, path;
};

struct MappedCase {
  std::string raw;  // before store_name_from
  Fact patient, region, group, split;
};

class Finder {
 public:
  Finder(const Mapping& mapping, const DatasetPlace& place) : mapping_(mapping), place_(place) {}

  Discovery find() {
    for (const auto& file : list_tree(place_.root)) {
      if (!take_series(file)) take(file);
    }
    Discovery discovery = collector_.finish(mapping_.grid);
    discovery.dataset = mapping_.name;
    for (auto& found : discovery.cases) complete(found);
    if (mapping_.has_lists) {
      std::set<std::string> there;
      for (const auto& found : discovery.cases) there.insert(found.patient);
      note_absent(there, discovery);
    }
    return discovery;
  }

 private:
  bool is_own(const std::string& path) const {
    std::error_code code;
    const auto same = [&](const fs::path& own) { return fs::equivalent(own, place_.root / path, code); };
    return same(place_.list) || std::any_of(mapping_.lists.begin(), mapping_.lists.end(), same);
  }

  // A file inside a folder that is a series goes with it; the first such file stands for the folder.
  bool take_series(const TreeFile& file) {
    for (size_t slash = file.path.find('/'); slash != std::string::npos;
         slash = file.path.find('/', slash + 1)) {
      const std::string folder = file.path.substr(0, slash + 1);
      auto known = series_.find(folder);
      if (known == series_.end()) {
        const Match match = match_of(mapping_, folder);
        known = series_.emplace(folder, match.rule != nullptr).first;
        if (known->second && match.rule->role != Role::kIgnored) use(folder_entry(folder), match);
      }
      if (known->second) return true;
    }
    return false;
  }

  TreeFile folder_entry(const std::string& folder) const {
    TreeFile entry;
    entry.path = folder.substr(0, folder.size() - 1);
    entry.name = entry.stem = fs::path(entry.path).filename().string();
    struct stat facts {};
    if (::stat((place_.root / entry.path).c_str(), &facts) == 0)
      entry.identity = {static_cast<uint64_t>(facts.st_dev), static_cast<uint64_t>(facts.st_ino)};
    return entry;
  }

  void take(const TreeFile& file) {
    // Of a folder that is named like an image, the folder's name counts.
    const std::string path = (fs::path(file.path_stem).parent_path() / file.name).generic_string();
    const Match match = match_of(mapping_, path);
    if (match.rule == nullptr) {
      if (!is_own(file.path)) collector_.unknown(file, CaseCollector::Companions::kNamed);
      return;
    }
    if (match.rule->role == Role::kIgnored) return collector_.pass_over(file);
    use(file, match);
  }

  /// A file or a series whose path fits a rule.
  void use(const TreeFile& file, const Match& match) {
    TreeFile seen = file;
    if (match.rule->dicom) seen.problem.clear();  // "an archive is not read": this one is
    std::string problem;
    const PathParts parts = translated(mapping_, match.parts, &problem);
    std::optional<Modality> modality;
    if (problem.empty() && match.rule->role == Role::kVolume) {
      try {
        modality = parse_modality(filled_in(match.rule->modality, parts), match.rule->place);
      } catch (const Error& error) {
        problem = fmt::format("{}; \"translate\" or \"vocabulary\" says what it is", error.problem());
      }
    }
    if (!problem.empty()) {
      // Known to be an image of a case, and yet not taken: named with the reason, but no fault of the case.
      seen.problem = problem;
      return collector_.unknown(seen);
    }
    const std::string raw = filled_in(mapping_.name_of_case.text, parts), name = store_name_from(raw);
    MappedCase& mapped = cases_[name];
    if (mapped.raw.empty()) mapped.raw = raw;
    if (mapped.raw != raw) {
      collector_.at(name);
      collector_.mark_broken(
          name, file.path,
          fmt::format("\"{}\" and \"{}\" would both be called \"{}\" in the store", mapped.raw, raw, name));
      return;
    }
    if (!match.rule->dicom && !file.is_image() && seen.problem.empty())
      seen.problem = "is no image by its name; .nii.gz, .nii and .mha are read";
    if (match.rule->role == Role::kMask) {
      add_mask(name, seen);
    } else {
      collector_.add(name, *modality, seen);
    }
    state(name, mapped.patient, mapping_.patient, parts, file.path);
    state(name, mapped.region, mapping_.region, parts, file.path);
    state(name, mapped.group, mapping_.group, parts, file.path);
    state(name, mapped.split, mapping_.split, parts, file.path);
  }

  // A layout of a known data set has one mask in a case; a lab's patterns may fit two.
  void add_mask(const std::string& name, const TreeFile& file) {
    const std::string earlier = collector_.at(name).mask;
    collector_.add_mask(name, file);
    if (!earlier.empty() && collector_.at(name).mask != earlier)
      collector_.mark_broken(name, file.path, fmt::format("two masks: {} and {}", earlier, file.path));
  }

  void state(const std::string& name, Fact& known, const Statement& said, const PathParts& parts,
             const std::string& path) {
    if (!said.given() || !std::all_of(said.parts.begin(), said.parts.end(),
                                      [&](const auto& part) { return parts.contains(part); }))
      return;
    const std::string value = filled_in(said.text, parts);
    if (known.path.empty()) {
      known = {value, path};
    } else if (known.value != value) {
      collector_.mark_broken(name, path,
                             fmt::format("its {} is \"{}\" by this path and \"{}\" by {}", said.field, value,
                                         known.value, known.path));
    }
  }

  void complete(DiscoveredCase& found) {
    const MappedCase& mapped = cases_.at(found.name);
    const std::string of = fmt::format("case \"{}\"", found.name);
    const auto wanted = [&](const Fact& fact, const Statement& said) {
      if (!fact.path.empty()) return fact.value;
      throw usage_error(said.place, fmt::format("no file of {} says what its {} is", of, said.field),
                        fmt::format("\"{}\" needs a file whose pattern has all of its parts", said.text));
    };
    found.patient = store_name_from(wanted(mapped.patient, mapping_.patient));
    found.region = wanted(mapped.region, mapping_.region);
    const auto known = known_regions();
    if (std::find(known.begin(), known.end(), found.region) == known.end()) {
      throw usage_error(
          mapping_.region.place,
          fmt::format("unknown region \"{}\" of {} ({})", found.region, of, mapped.region.path),
          unknown_word_hint(found.region, known) +
              "\n  \"translate\" turns the parts of paths into regions, \"vocabulary\" adds some");
    }
    found.group = mapped.group.value;
    found.plane = !mapping_.plane.empty() ? mapping_.plane : found.region == "wb" ? "coronal" : "axial";
    if (mapping_.split.given()) {
      found.split = parse_split(wanted(mapped.split, mapping_.split), mapping_.split.place);
      const auto [other, fresh] = split_of_.emplace(found.patient, std::pair(*found.split, found.name));
      if (!fresh && other->second.first != *found.split) {
        throw usage_error(
            mapping_.split.place,
            fmt::format("patient \"{}\" is in {} with case \"{}\" and in {} with {}", found.patient,
                        name_of(other->second.first), other->second.second, name_of(*found.split), of),
            "a patient belongs to one split, or training sees the test patients");
      }
    } else if (mapping_.has_lists) {
      const auto listed = mapping_.split_of.find(found.patient);
      if (listed == mapping_.split_of.end()) {
        throw usage_error(
            mapping_.place + ": /splits",
            fmt::format("patient \"{}\" ({}) is in no list", found.patient, found.volumes.front().path),
            fmt::format("lists: {}\n  list every patient of the tree, or leave \"splits\" out: then --split "
                        "decides",
                        fmt::join(mapping_.list_places, ", ")));
      }
      found.split = listed->second.split;
    }
  }

  void note_absent(const std::set<std::string>& there, Discovery& discovery) const {
    std::vector<std::string> absent;
    for (const auto& [patient, listed] : mapping_.split_of) {
      if (!there.contains(patient)) absent.push_back(fmt::format("{} ({})", patient, listed.place));
    }
    if (absent.empty()) return;
    discovery.notes.push_back(fmt::format("{} patient{} of the split lists {} not in the tree, the first: {}",
                                          absent.size(), absent.size() == 1 ? "" : "s",
                                          absent.size() == 1 ? "is" : "are", absent.front()));
  }

  const Mapping& mapping_;
  const DatasetPlace& place_;
  CaseCollector collector_;
  std::map<std::string, MappedCase> cases_;
  std::map<std::string, bool> series_;  // folders seen so far, and whether a rule takes them
  std::map<std::string, std::pair<Split, std::string>> split_of_;  // by patient, and the case that said so
};

}  // namespace

Discovery discover_mapping(const DatasetPlace& place) {
  const Mapping mapping = read_mapping(place.list);
  return Finder(mapping, place).find();
}

std::string patterns_of_mapping(const DatasetPlace& place) {
  std::string text;
  for (const auto& rule : read_mapping(place.list).files) {
    if (rule.role != Role::kIgnored) text += rule.pattern.text() + "\n";
  }
  return text;
}

}  // namespace synerbench
