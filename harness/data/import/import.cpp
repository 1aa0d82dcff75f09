#include "harness/data/import/import.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/core/csv.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/letters.h"
#include "harness/core/parallel.h"
#include "harness/core/progress.h"
#include "harness/core/vocabulary.h"
#include "harness/data/content.h"
#include "harness/data/dicom.h"
#include "harness/data/import/list_file.h"
#include "harness/data/import/simulated.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

DatasetPlace place_of(const ImportOptions& options) {
  DatasetPlace place{options.root, options.list};
  if (options.layout == "mapping") {
    if (place.list.empty())
      throw usage_error("--map", "is missing: layout \"mapping\" is described by a file",
                        "give the .json file");
    return place;
  }
  if (options.layout != "pairs") {
    if (!place.list.empty())
      throw usage_error("--list", "is for layout \"pairs\" only, as --map is for \"mapping\"",
                        "leave it out");
    return place;
  }
  if (place.list.empty()) {
    if (!file_exists(place.root)) {
      throw usage_error(place.root.string(), "layout \"pairs\" needs a list, a .csv or .json file",
                        "give it with --list, or as the root");
    }
    place = {"", place.root};
  }
  if (place.root.empty())
    place.root = place.list.has_parent_path() ? place.list.parent_path() : fs::path(".");
  return place;
}

void check_options(const ImportOptions& options) {
  if (options.threads < 1)
    throw usage_error("--threads", fmt::format("{} is not a number of threads", options.threads));
  if (!options.dataset.empty() && !is_store_name(options.dataset)) {
    throw usage_error(
        "--dataset", fmt::format("\"{}\" cannot be a folder's name", options.dataset),
        fmt::format("letters, digits, '.', '_' and '-': \"{}\"", store_name_from(options.dataset)));
  }
  const auto& plane = options.pixels.plane;
  if (!plane.empty() && plane != "axial" && plane != "coronal") {
    throw usage_error("--plane", fmt::format("unknown plane \"{}\"", plane),
                      did_you_mean(plane, {"axial", "coronal"}));
  }
  check_split_options(options.split, "--split-shares");
}

// The store must not tell where it was made: paths below the root lose it.
std::string without_root(std::string text, const fs::path& root) {
  std::string prefix = root.string();
  if (!prefix.empty() && prefix.back() != '/') prefix += '/';
  for (size_t at = text.find(prefix); !prefix.empty() && at != std::string::npos;
       at = text.find(prefix, at)) {
    text.erase(at, prefix.size());
  }
  return text;
}

std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) line += c == '\n' ? ' ' : c;
  return line;
}

void write_skipped(const fs::path& path, const std::vector<BrokenCase>& skipped) {
  if (skipped.empty()) {
    std::error_code code;
    fs::remove(path, code);
    return;
  }
  std::string text = "case,path,reason\n";
  for (const auto& broken : skipped) {
    text += CsvRow().text(broken.name).text(broken.path).text(one_line(broken.reason)).take();
  }
  write_file(path, text);
}

// "P01" and "p1" may be one person, whom a spreadsheet or a colleague has renamed.
std::string without_spelling(const std::string& patient) {
  std::string plain;
  for (size_t at = 0; at < patient.size(); ++at) {
    const char c = patient[at];
    const auto is_digit = [](char d) { return d >= '0' && d <= '9'; };
    const bool leading = is_digit(c) && (at == 0 || !is_digit(patient[at - 1]));
    if (leading) {
      while (at + 1 < patient.size() && patient[at] == '0' && is_digit(patient[at + 1])) ++at;
      plain += patient[at];
    } else {
      plain += c == '-' || c == '.' || c == ' ' ? '_' : c;
    }
  }
  return lower(plain);
}

void note_near_patients(const std::vector<DiscoveredCase>& cases, std::vector<std::string>& notes) {
  std::map<std::string, std::set<std::string>> spellings;
  for (const auto& found : cases) spellings[without_spelling(found.patient)].insert(found.patient);
  std::erase_if(spellings, [](const auto& entry) { return entry.second.size() < 2; });
  if (spellings.empty()) return;
  const auto& names = spellings.begin()->second;
  notes.push_back(fmt::format(
      "patients \"{}\" and \"{}\"{} differ in case, leading zeros or separators only, and count as two: if "
      "they are "
      "one person, give one name, or that person may be in training and in test",
      *names.begin(), *std::next(names.begin()),
      spellings.size() == 1 ? "" : fmt::format(" (and {} more such pairs)", spellings.size() - 1)));
}

// What happened to one case. Exactly one of the three.
enum class Outcome { kImported, kReused, kBad };

struct Worker {
  const ImportOptions& options;
  const DatasetPlace& place;
  const Json& rules;
  StoreWriter& writer;

  Outcome import(const DiscoveredCase& found) const {
    SourceHashes hashes;
    if (writer.recorded(found.name)) {
      bool complete = true;
      std::error_code code;
      for (const auto& path : source_paths(found)) {
        complete = complete && fs::exists(place.root / path, code);
        if (complete) hashes[path] = sha256_of_image(place.root / path);
      }
      if (complete && writer.finished(found.name, import_key(rules, found, hashes))) return Outcome::kReused;
      hashes.clear();
    }
    const auto to_store =
        read_case(found, place.root, options.pixels, options.limits, options.accept_odd, &hashes);
    writer.add(to_store, import_key(rules, found, hashes));
    if (options.after_case) options.after_case(found.name);
    return Outcome::kImported;
  }
};

// What a store has to say about words that are not built in; null where there are none.
Json vocabulary_of(const std::vector<DiscoveredCase>& cases) {
  std::vector<std::string> regions;
  std::vector<Modality> modalities;
  for (const auto& found : cases) {
    regions.push_back(found.region);
    for (const auto& volume : found.volumes) modalities.push_back(volume.modality);
  }
  const Vocabulary used = declared_among(regions, modalities);
  return used.empty() ? Json() : to_json(used);
}

// One scan under two names would be a case of training and of test, or count twice. Refused, but for two
// cases of one patient that share a scan; near copies are noted. Appends to `remarks`.
void check_copies(const std::vector<StoredCase>& cases, const std::string& dataset, bool accept,
                  std::vector<std::string>& remarks) {
  for (const Copy& copy : copies_in(cases)) {
    if (copy.first->id.dataset != dataset && copy.second->id.dataset != dataset) continue;  // said before
    if (copy.exact && !copy.allowed() && !accept) {
      throw input_error(
          copy.first->id.text(), copy.text(),
          "leave one of them out, or name the right files; --accept-duplicates takes both. What was "
          "imported is kept: run the same command again");
    }
    remarks.push_back((copy.exact && !copy.allowed() ? "accepted: " : "") + copy.text());
  }
}

// What the cases of one data set are like: remarks of their own, then those that stand out among the others.
std::vector<std::string> remarks_on(const std::vector<StoredCase>& cases, const std::string& dataset) {
  std::vector<std::string> remarks;
  std::map<std::pair<std::string, Modality>, std::vector<std::pair<const StoredCase*, VolumeFacts>>> siblings;
  for (const StoredCase& stored : cases) {
    if (stored.id.dataset != dataset) continue;
    for (const auto& text : stored.remarks) remarks.push_back(stored.id.text() + ": " + text);
    for (const StoredVolume& volume : stored.volumes) {
      for (const auto& text : volume.remarks) remarks.push_back(stored.id.text() + ": " + text);
      siblings[{stored.region, volume.modality}].emplace_back(&stored, volume.facts);
    }
  }
  for (const auto& [kind, volumes] : siblings) {
    std::vector<VolumeFacts> facts;
    for (const auto& [stored, own] : volumes) facts.push_back(own);
    const auto texts = strangers_among(kind.second, facts);
    for (size_t i = 0; i < texts.size(); ++i) {
      if (!texts[i].empty()) remarks.push_back(volumes[i].first->id.text() + ": " + texts[i]);
    }
  }
  return remarks;
}

}  // namespace

Json import_rules(const ImportOptions& options) {
  Json rules;
  rules["importer_version"] = kImporterVersion;
  rules["layout"] = options.layout;
  rules["pixels"] = to_json(options.pixels);
  rules["split"] = to_json(options.split);
  if (options.accept_odd) rules["accept_odd"] = true;
  if (options.accept_duplicates) rules["accept_duplicates"] = true;
  return rules;
}

Json to_json(const ImportReport& report) {
  Json json;
  json["imported"] = report.imported;
  json["reused"] = report.reused;
  json["in_store"] = report.in_store;
  json["skipped"] = Json::array();
  for (const auto& broken : report.skipped) {
    json["skipped"].push_back(Json{{"case", broken.name}, {"path", broken.path}, {"reason", broken.reason}});
  }
  json["unknown_files"] = report.unknown;
  json["notes"] = report.notes;
  json["remarks"] = report.remarks;
  return json;
}

std::vector<std::pair<std::string, std::string>> lines_of(const ImportReport& report) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const std::string& note : report.notes) lines.emplace_back("note", note);
  if (!report.unknown.empty()) {
    lines.emplace_back("note", fmt::format("{} files belong to no case, the first: {}", report.unknown.size(),
                                           report.unknown.front()));
  }
  // What is said of many cases in the same words is one line.
  std::vector<std::pair<std::string, std::pair<std::string, size_t>>> said;  // text, first case, further ones
  for (const std::string& remark : report.remarks) {
    const size_t colon = std::min(remark.find(": "), remark.size());
    const std::string text = remark.substr(colon);
    const auto same =
        std::find_if(said.begin(), said.end(), [&](const auto& one) { return one.first == text; });
    if (same == said.end())
      said.push_back({text, {remark.substr(0, colon), 0}});
    else
      ++same->second.second;
  }
  constexpr size_t kShown = 10;
  for (size_t i = 0; i < said.size() && i < kShown; ++i) {
    const auto& [text, cases] = said[i];
    lines.emplace_back(
        "odd", cases.first + (cases.second > 0 ? fmt::format(" and {} more", cases.second) : "") + text);
  }
  if (said.size() > kShown) {
    lines.emplace_back("odd", fmt::format("... and {} more: all are in --json and in the store's manifest",
                                          said.size() - kShown));
  }
  for (const BrokenCase& skipped : report.skipped)
    lines.emplace_back("skipped", fmt::format("{}: {}: {}", skipped.name, skipped.path, skipped.reason));
  lines.emplace_back(
      "done", fmt::format("{} cases imported, {} were there, {} skipped; {} in the store", report.imported,
                          report.reused, report.skipped.size(), report.in_store));
  return lines;
}

ImportReport import_dataset(const ImportOptions& options) {
  const Layout& layout = layout_named(options.layout);
  check_options(options);
  const DatasetPlace place = place_of(options);
  auto discovery = layout.discover(place);
  const std::string dataset = !options.dataset.empty()     ? options.dataset
                              : !discovery.dataset.empty() ? discovery.dataset
                                                           : layout.name;
  if (discovery.cases.empty() && discovery.broken.empty()) throw_nothing_found(layout, place);
  if (!options.skip_bad && !discovery.broken.empty()) {
    const auto& broken = discovery.broken.front();
    const bool folder = broken.name == broken.path;  // not of one case: nobody knows of how many
    throw input_error((place.root / broken.path).string(),
                      folder ? broken.reason : fmt::format("case \"{}\": {}", broken.name, broken.reason),
                      folder ? "make it readable, or go on without what is in it with --skip-bad"
                             : "mend the tree, or go on without such cases with --skip-bad");
  }
  note_near_patients(discovery.cases, discovery.notes);
  Json rules = import_rules(options);
  if (Json simulated = simulated_cohort(place.root, discovery.notes); !simulated.is_null())
    rules["simulated"] = std::move(simulated);
  // A list fixes the split of every case or of none.
  if (!discovery.cases.empty() && discovery.cases.front().split) rules["split"] = Json{{"rule", "as listed"}};
  if (Json added = vocabulary_of(discovery.cases); !added.is_null()) rules["vocabulary"] = std::move(added);
  assign_splits(discovery.cases, options.split, dataset);
  StoreWriter writer(options.out, dataset, rules);
  if (layout.check_together) {
    std::vector<std::string> names;
    for (const auto& id : writer.earlier_ids()) names.push_back(id.substr(dataset.size() + 1));
    for (const auto& found : discovery.cases) names.push_back(found.name);
    layout.check_together(names);
  }

  // A consent changes what is refused, not what is stored: giving it must not do the finished cases again.
  Json keyed = rules;
  keyed.erase("accept_odd");
  keyed.erase("accept_duplicates");
  const Worker worker{options, place, keyed, writer};
  std::vector<Outcome> outcomes(discovery.cases.size());
  std::vector<BrokenCase> bad(discovery.cases.size());
  {
    Progress progress("import", static_cast<int64_t>(discovery.cases.size()));
    parallel_for(discovery.cases.size(), options.threads, [&](size_t i, int /*worker*/) {
      throw_if_interrupted();
      const auto& found = discovery.cases[i];
      try {
        outcomes[i] = worker.import(found);
      } catch (const Error& error) {
        if (!options.skip_bad || error.code() != ExitCode::kBadInput) throw;
        outcomes[i] = Outcome::kBad;
        bad[i] = {found.name, without_root(error.place(), place.root),
                  without_root(error.problem(), place.root)};
      }
      progress.advance(1, found.name);
    });
  }

  ImportReport report;
  report.unknown = std::move(discovery.unknown);
  report.notes = std::move(discovery.notes);
  report.skipped = std::move(discovery.broken);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    report.imported += outcomes[i] == Outcome::kImported;
    report.reused += outcomes[i] == Outcome::kReused;
    if (outcomes[i] == Outcome::kBad) report.skipped.push_back(std::move(bad[i]));
  }
  std::stable_sort(report.skipped.begin(), report.skipped.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  write_skipped(options.out / fmt::format("skipped-{}.csv", dataset), report.skipped);
  if (report.imported + report.reused == 0) {
    throw input_error(
        place.root.string(), fmt::format("none of {} cases could be imported", report.skipped.size()),
        fmt::format("the first reason: {}: {}", report.skipped.front().path, report.skipped.front().reason));
  }
  const Manifest manifest = writer.manifest();
  report.remarks = remarks_on(manifest.cases, dataset);
  const auto whole =
      std::count_if(manifest.cases.begin(), manifest.cases.end(), [&](const StoredCase& stored) {
        return stored.id.dataset == dataset && stored.mask_rule == kNoBackground;
      });
  if (whole > 0) {
    report.notes.push_back(fmt::format(
        "{} cases have no mask file, no CT and no background of 0: their body is the whole volume", whole));
  }
  check_copies(manifest.cases, dataset, options.accept_duplicates, report.remarks);
  report.in_store = writer.finish();
  return report;
}

}  // namespace synerbench
