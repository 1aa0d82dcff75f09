// Any co-registered volumes, named in a list with one row per volume (docs/data.md shows one).
//
//   case      name of the case in the store
//   patient   key of splitting
//   region    one of region_names()
//   modality  as in tasks: CT, MRI, T1c, ...
//   path      relative to the list's folder, or to the root
//   mask      optional: a mask file of the case
//   split     optional: train, validation, test; all cases or none
//   group     optional: stratum (center, scanner)
//   grid      optional: modality whose grid the case has; else the case's first row
//   plane     optional: axial or coronal
//
// A column that says something about the case may be filled in one of its rows only; rows of one case must
// not contradict each other.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "harness/core/error.h"
#include "harness/core/vocabulary.h"
#include "harness/data/import/layouts.h"
#include "harness/data/import/list_file.h"
#include "harness/data/store_writer.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

// A fact about a case that several rows may state: where it was stated first.
struct Stated {
  std::string value, place;
};

void state(Stated& known, const ListRow& row, const std::string& column, const std::string& owner) {
  const std::string& value = row.cells.at(column);
  if (value.empty()) return;
  if (known.place.empty()) {
    known = {value, row.place};
  } else if (known.value != value) {
    throw usage_error(row.place,
                      fmt::format("{} of {} is \"{}\" here and \"{}\" in {}", column, owner, value,
                                  known.value, known.place),
                      "rows of one case must agree");
  }
}

void check_name(const ListRow& row, const std::string& column) {
  const std::string& text = row.cells.at(column);
  if (is_store_name(text)) return;
  static const std::regex number("[0-9]+([.,][0-9]+)?[eE]\\+[0-9]+");
  throw usage_error(
      row.place,
      fmt::format("{} \"{}\" has characters that file names and tables cannot carry", column, text),
      std::regex_match(text, number)
          ? "a spreadsheet made a number of a long name; format the column as text and fill it again"
      : text.starts_with('\'')
          ? fmt::format("an apostrophe marks text in a spreadsheet: write \"{}\"", text.substr(1))
          : fmt::format("letters, digits, '.', '_' and '-' are fine: \"{}\"", store_name_from(text)));
}

std::string relative_path(const ListRow& row, const std::string& column, const fs::path& root) {
  const std::string& text = row.cells.at(column);
  const fs::path path(text);
  static const std::regex drive("[A-Za-z]:[\\\\/].*");
  if (path.is_absolute() || std::regex_match(text, drive) || text.rfind("\\\\", 0) == 0) {
    throw usage_error(
        row.place, fmt::format("{} \"{}\" is absolute", column, text),
        "write paths relative to the list, or to the root given beside it: lists and stores move");
  }
  // A backslash is an ordinary character of a name here, so a file that is called so is found.
  std::error_code code;
  if (text.find('\\') != std::string::npos && !fs::exists(root / path, code)) {
    std::string slashes = text;
    std::replace(slashes.begin(), slashes.end(), '\\', '/');
    throw usage_error(row.place, fmt::format("{} \"{}\" is written with backslashes", column, text),
                      fmt::format("write \"{}\"", slashes));
  }
  if (text.rfind("~/", 0) == 0 || text.find("://") != std::string::npos) {
    throw usage_error(row.place, fmt::format("{} \"{}\" is no plain path", column, text),
                      "write it relative to the list, or to the root given beside it");
  }
  const fs::path normal = path.lexically_normal();
  if (!normal.empty() && *normal.begin() == "..") {
    throw usage_error(row.place, fmt::format("{} \"{}\" leads out of the folder", column, path.string()),
                      "give the folder above as the root beside the list, and write paths from there");
  }
  std::string plain = normal.generic_string();
  if (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain;
}

void check_choice(const std::string& value, const std::vector<std::string>& known, const std::string& what,
                  const std::string& place) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  throw usage_error(place, fmt::format("unknown {} \"{}\"", what, value), did_you_mean(value, known));
}

struct ListedCase {
  DiscoveredCase found;
  Stated patient, region, mask, split, group, grid, plane;
  std::map<Modality, std::string> row_of;
  std::vector<TreeFile> no_image;  // folders that stand for no image

  /// The path in that cell, or that of the only image in the folder there.
  std::string open(const ListRow& row, const std::string& column, const fs::path& root) {
    TreeFile file = image_at(root, relative_path(row, column, root));
    const std::string path = file.path;
    found.named_at.emplace(path, row.place);
    if (!file.problem.empty()) no_image.push_back(std::move(file));
    return path;
  }
};

// "3-1" and "MAR-3" become a day of the year as soon as a spreadsheet opens the list.
void note_dates(const std::set<std::string>& names, Discovery& discovery) {
  constexpr const char* kMonth = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)";
  static const std::regex date(
      fmt::format("[0-9]{{1,2}}[-. ]{0}([-. ][0-9]{{2,4}})?|{0}[-. ][0-9]{{2,4}}", kMonth),
      std::regex::icase);
  std::string first;
  size_t count = 0;
  for (const auto& name : names) {
    if (!std::regex_match(name, date)) continue;
    if (count++ == 0) first = name;
  }
  if (count == 0) return;
  discovery.notes.push_back(
      fmt::format("{} name{} like \"{}\": a spreadsheet makes dates of names like \"3-1\", perhaps of "
                  "several the same; keep such "
                  "columns as text",
                  count, count == 1 ? "" : "s", first));
}

// Spreadsheets and data frames turn "1" into "1.0", and "0012" into "12". Nobody can undo that here; a person
// who is in one list as "1" and in another as "1.0" would be in two splits.
void note_rewritten_numbers(const std::map<std::string, ListedCase>& cases, Discovery& discovery) {
  static const std::regex rewritten("([0-9]+)\\.0");
  std::set<std::string> names, odd;
  for (const auto& [name, listed] : cases) {
    for (const auto& text : {name, listed.patient.value}) {
      names.insert(text);
      if (std::regex_match(text, rewritten)) odd.insert(text);
    }
  }
  note_dates(names, discovery);
  if (odd.empty()) return;
  const std::string first = *odd.begin(), whole = first.substr(0, first.size() - 2);
  discovery.notes.push_back(fmt::format(
      "{} name{} like \"{}\", which a spreadsheet or data frame makes of \"{}\": keep such columns "
      "as text{}",
      odd.size(), odd.size() == 1 ? "" : "s", first, whole,
      names.contains(whole) ? "; both are in this list, as two" : ""));
}

}  // namespace

Discovery discover_pairs(const DatasetPlace& place) {
  const auto rows = read_list(place.list, {{"case", "patient", "region", "modality", "path"},
                                           {"mask", "split", "group", "grid", "plane"}});
  if (rows.empty()) throw usage_error(place.list.string(), "lists no volume", "one row per volume is wanted");

  std::map<std::string, ListedCase> cases;
  for (const auto& row : rows) {
    check_name(row, "case");
    check_name(row, "patient");
    const std::string& name = row.cells.at("case");
    const std::string owner = fmt::format("case \"{}\"", name);
    auto& listed = cases[name];
    listed.found.name = name;
    for (const auto& [stated, column] : {std::pair{&listed.patient, "patient"},
                                         {&listed.region, "region"},
                                         {&listed.mask, "mask"},
                                         {&listed.split, "split"},
                                         {&listed.group, "group"},
                                         {&listed.grid, "grid"},
                                         {&listed.plane, "plane"}}) {
      state(*stated, row, column, owner);
    }
    const Modality modality = parse_modality(row.cells.at("modality"), row.place);
    const auto [known, fresh] = listed.row_of.emplace(modality, row.place);
    if (!fresh) {
      throw usage_error(row.place,
                        fmt::format("{} has {} twice, first in {}", owner, name_of(modality), known->second),
                        "give the second one a case of its own");
    }
    if (listed.found.volumes.empty()) listed.found.grid = modality;
    listed.found.volumes.push_back({modality, listed.open(row, "path", place.root)});
    if (!row.cells.at("mask").empty()) listed.found.mask = listed.open(row, "mask", place.root);
  }

  Discovery discovery;
  std::map<std::string, Stated> split_of_patient;
  std::string with_split, without_split;
  for (auto& [name, listed] : cases) {
    auto& found = listed.found;
    found.patient = listed.patient.value;
    found.region = listed.region.value;
    parse_region(found.region, listed.region.place);
    found.group = listed.group.value;
    found.plane = found.region == "wb" ? "coronal" : "axial";
    if (!listed.plane.value.empty()) {
      check_choice(listed.plane.value, {"axial", "coronal"}, "plane", listed.plane.place);
      found.plane = listed.plane.value;
    }
    if (!listed.grid.value.empty()) {
      found.grid = parse_modality(listed.grid.value, listed.grid.place);
      if (!listed.row_of.contains(found.grid)) {
        throw usage_error(listed.grid.place,
                          fmt::format("grid is {}, which case \"{}\" does not have", listed.grid.value, name),
                          "name one of the case's own modalities");
      }
    }
    (listed.split.value.empty() ? without_split : with_split) = name;
    if (!listed.split.value.empty()) {
      found.split = parse_split(listed.split.value, listed.split.place);
      auto& known = split_of_patient[found.patient];
      if (!known.place.empty() && known.value != listed.split.value) {
        throw usage_error(listed.split.place,
                          fmt::format("patient \"{}\" is in {} here and in {} in {}", found.patient,
                                      listed.split.value, known.value, known.place),
                          "a patient belongs to one split, or training sees the test patients");
      }
      known = listed.split;
    }
    std::sort(found.volumes.begin(), found.volumes.end(),
              [](const auto& a, const auto& b) { return comes_before(a.modality, b.modality); });
    for (const auto& file : listed.no_image) discovery.broken.push_back({name, file.path, file.problem});
    if (listed.no_image.empty()) discovery.cases.push_back(std::move(found));
  }
  note_rewritten_numbers(cases, discovery);
  if (!with_split.empty() && !without_split.empty()) {
    throw usage_error(place.list.string(),
                      fmt::format("case \"{}\" has a split, case \"{}\" has none", with_split, without_split),
                      "fix the split of every case, or of none");
  }
  return discovery;
}

}  // namespace synerbench
