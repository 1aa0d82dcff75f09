#include "harness/core/vocabulary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/schema.h"

namespace synerbench {
namespace {

constexpr const char* kVocabularySchema = "synerbench/vocabulary";
constexpr size_t kLongestWord = 32;  // characters of a name; it stands in columns of tables

const Schema<ModalityDefinition>& schema() {
  using D = ModalityDefinition;
  const auto is_fixed = [](const D& d) { return d.fixed; };
  const auto needs_fixed = [](const std::string& field) {
    return "\"" + field + "\" goes with \"map\": \"fixed\" only";
  };
  static const Schema<D> table = [&] {
    Schema<D> s;
    s.text("name", &D::name, "as in lists, suites and tables");
    s.text("id", &D::id, "as in ids of tasks; lower-case letters and digits");
    s.text("words", &D::words, "as in prompts; empty: the name");
    s.choice(
        "map", &D::fixed, {{"percentile", false}, {"fixed", true}},
        "percentile: 0 to the 99.5th percentile of each volume is mapped to [-1, 1]; fixed: [low, high] is");
    s.text("unit", &D::unit, "unit of the values")
        .only_if(is_fixed, needs_fixed("unit"), "values without a common scale are in a.u.");
    s.number("low", &D::low, kAnyNumber, "what becomes -1")
        .only_if(is_fixed, needs_fixed("low"), "leave it out, or make the map a fixed one");
    s.number("high", &D::high, kAnyNumber, "what becomes 1")
        .only_if(is_fixed, needs_fixed("high"), "leave it out, or make the map a fixed one");
    s.number("plausible_low", &D::plausible_low, kAnyNumber, "the body's 0.5th percentile is not below");
    s.number("plausible_high", &D::plausible_high, kAnyNumber, "the body's 99.5th percentile is not above");
    s.number("outside", &D::outside, kAnyNumber, "value beyond a volume's own field of view");
    return s;
  }();
  return table;
}

bool made_of(const std::string& text, const char* allowed) {
  return !text.empty() && text.size() <= kLongestWord && text.find_first_not_of(allowed) == std::string::npos;
}
constexpr const char* kIdLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr const char* kRegionLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr const char* kNameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

bool is_built_in(const std::string& region) {
  const auto& names = region_names();
  return std::find(names.begin(), names.end(), region) != names.end();
}

ModalityDefinition definition_from_json(JsonObject& object) {
  ModalityDefinition found;
  object.text("name");  // required, and so is the id
  object.text("id");
  schema().read_fields(found, object);
  object.done();
  if (!made_of(found.name, kNameLetters) || found.name.front() == '-' || found.name.front() == '.') {
    throw object.error("name", fmt::format("\"{}\" is no name for a modality", found.name),
                       "letters, digits, '.', '_' and '-', up to 32 of them");
  }
  if (!made_of(found.id, kIdLetters)) {
    throw object.error("id", fmt::format("\"{}\" cannot stand in a task's id", found.id),
                       "lower-case letters and digits, up to 32 of them");
  }
  for (const Modality known : all_modalities()) {
    if (found.name == name_of(known))
      throw object.error("name", fmt::format("{} is built in", found.name),
                         "leave it out: its map and its limits are fixed");
    if (found.id == id_of(known))
      throw object.error("id",
                         fmt::format("\"{}\" is the id of {}, which is built in", found.id, name_of(known)),
                         "choose another one");
  }
  if (found.fixed && (found.unit.empty() || found.unit == "a.u." || !is_line(found.unit))) {
    throw object.error("unit", fmt::format("\"{}\" is no unit", found.unit),
                       "a fixed map is for values that mean the same in every patient: name their unit");
  }
  if (!(found.low < found.high)) {
    throw object.error("low", fmt::format("[{:g}, {:g}] has no width", found.low, found.high),
                       "\"low\" has to be less than \"high\"");
  }
  if (found.plausible_low > found.plausible_high) {
    throw object.error("plausible_low",
                       fmt::format("[{:g}, {:g}] is no range", found.plausible_low, found.plausible_high),
                       "\"plausible_low\" has to be less than \"plausible_high\"");
  }
  if (!made_of(found.words.empty() ? "a" : found.words,
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,()+-") &&
      !found.words.empty()) {
    throw object.error("words", fmt::format("\"{}\" cannot stand in a prompt", found.words),
                       "up to 32 letters, digits, spaces and plain marks");
  }
  return found;
}

struct Declared {
  ModalityDefinition definition;
  std::string place;  // that said so first
};

// See Note [Words of a process]. Rows stay where they are, so pointers to them stay valid.
struct Words {
  std::mutex mutex;
  std::deque<Declared> modalities;             // the n-th is Modality(kFirstDeclared + n)
  std::map<std::string, std::string> regions;  // and the place that said so first
};
Words& words() {
  static Words all;
  return all;
}

int first_declared() { return static_cast<int>(all_modalities().size()); }

}  // namespace

Vocabulary vocabulary_from_json(JsonObject object) {
  Vocabulary vocabulary;
  vocabulary.regions = object.texts_or("regions", {});
  std::set<std::string> seen;
  for (const auto& region : vocabulary.regions) {
    if (!made_of(region, kRegionLetters) || region.front() == '-' || region.back() == '-') {
      throw object.error("regions", fmt::format("\"{}\" cannot stand in a task's id", region),
                         "lower-case letters, digits and '-' inside, up to 32 of them");
    }
    if (is_built_in(region))
      throw object.error("regions", fmt::format("\"{}\" is built in", region), "leave it out");
    if (!seen.insert(region).second)
      throw object.error("regions", fmt::format("\"{}\" is named twice", region), "remove one of them");
  }
  if (object.mark("modalities")) {
    std::set<std::string> names, ids;
    for (JsonObject& one : object.objects("modalities")) {
      ModalityDefinition found = definition_from_json(one);
      if (!names.insert(found.name).second)
        throw one.error("name", fmt::format("{} is defined twice", found.name), "remove one of them");
      if (!ids.insert(found.id).second)
        throw one.error("id", fmt::format("\"{}\" is the id of two modalities", found.id),
                        "choose another one");
      vocabulary.modalities.push_back(std::move(found));
    }
  }
  object.done();
  return vocabulary;
}

Json to_json(const Vocabulary& vocabulary) {
  Json json = Json::object();
  json["regions"] = vocabulary.regions;
  json["modalities"] = Json::array();
  for (const auto& definition : vocabulary.modalities)
    json["modalities"].push_back(schema().write(definition));
  return json;
}

void declare(const Vocabulary& vocabulary, const std::string& place) {
  Words& all = words();
  const std::lock_guard lock(all.mutex);
  for (const auto& wanted : vocabulary.modalities) {
    const auto known = std::find_if(all.modalities.begin(), all.modalities.end(), [&](const Declared& row) {
      return row.definition.name == wanted.name || row.definition.id == wanted.id;
    });
    if (known == all.modalities.end()) {
      all.modalities.push_back({wanted, place});
    } else if (known->definition != wanted) {
      throw usage_error(
          place,
          fmt::format("{} is defined as {}, and as {} in {}", wanted.name,
                      to_text(schema().write(wanted), -1), to_text(schema().write(known->definition), -1),
                      known->place),
          "a name and an id mean one thing: make the two definitions equal, or choose another name");
    }
  }
  for (const auto& region : vocabulary.regions) all.regions.emplace(region, place);
}

void declare_vocabulary_of(JsonObject& object) {
  if (object.mark("vocabulary"))
    declare(vocabulary_from_json(object.object("vocabulary")), object.where("vocabulary"));
}

void declare_vocabulary_file(const std::filesystem::path& path) {
  std::string bytes;
  try {
    bytes = read_file(path);
  } catch (const Error& error) {
    throw usage_error(error.place(), error.problem(), error.hint());
  }
  const std::string place = path.string();
  const Json json = parse_json(bytes, place, ExitCode::kUsage);
  JsonObject top(json, place, "");
  if (top.has("vocabulary")) return declare_vocabulary_of(top);
  if (top.text_or("schema", "") != kVocabularySchema) {
    throw usage_error(
        place, "holds no vocabulary",
        fmt::format("wanted: \"schema\": \"{}\" with \"regions\" and \"modalities\", or a suite or "
                    "mapping with a field \"vocabulary\"",
                    kVocabularySchema));
  }
  if (const int64_t version = top.integer("schema_version"); version != 1) {
    throw usage_error(top.where("schema_version"), fmt::format("version {} is not understood", version),
                      "this program reads 1");
  }
  Json rest = json;
  rest.erase("schema");
  rest.erase("schema_version");
  declare(vocabulary_from_json(JsonObject(rest, place, "")), place);
}

const ModalityDefinition* definition_of(Modality modality) {
  const int index = static_cast<int>(modality) - first_declared();
  if (index < 0) return nullptr;
  Words& all = words();
  const std::lock_guard lock(all.mutex);
  SB_CHECK(static_cast<size_t>(index) < all.modalities.size(), "known modality");
  return &all.modalities[static_cast<size_t>(index)].definition;
}

std::vector<Modality> known_modalities() {
  std::vector<Modality> list = all_modalities();
  Words& all = words();
  {
    const std::lock_guard lock(all.mutex);
    for (size_t i = 0; i < all.modalities.size(); ++i)
      list.push_back(static_cast<Modality>(first_declared() + static_cast<int>(i)));
  }
  std::sort(list.begin(), list.end(), comes_before);
  return list;
}

std::vector<std::string> known_modality_names() {
  std::vector<std::string> names;
  for (const Modality modality : known_modalities()) names.push_back(name_of(modality));
  return names;
}

std::vector<std::string> known_regions() {
  std::vector<std::string> names = region_names();
  Words& all = words();
  const std::lock_guard lock(all.mutex);
  for (const auto& [region, place] : all.regions) names.push_back(region);
  return names;
}

std::string unknown_word_hint(std::string_view word, const std::vector<std::string>& known) {
  std::map<std::string, std::vector<std::string>> added;  // by place
  Words& all = words();
  {
    const std::lock_guard lock(all.mutex);
    for (const auto& [region, place] : all.regions) added[place].push_back(region);
    for (const Declared& row : all.modalities) added[row.place].push_back(row.definition.name);
  }
  std::string hint = did_you_mean(word, known);
  for (const auto& [place, names] : added)
    hint += fmt::format("\n  {} adds: {}", place, fmt::join(names, " "));
  return hint;
}

std::string parse_region(std::string_view name, const std::string& place) {
  const std::vector<std::string> known = known_regions();
  if (std::find(known.begin(), known.end(), name) != known.end()) return std::string(name);
  throw usage_error(place, fmt::format("unknown region \"{}\"", printable(name)),
                    unknown_word_hint(name, known));
}

bool comes_before(Modality a, Modality b) {
  const ModalityDefinition *first = definition_of(a), *second = definition_of(b);
  if (first == nullptr || second == nullptr) return a < b;
  return first->name < second->name;
}

Vocabulary declared_among(const std::vector<std::string>& regions, const std::vector<Modality>& modalities) {
  Vocabulary used;
  std::set<std::string> own;
  for (const auto& region : regions) {
    if (!is_built_in(region)) own.insert(region);
  }
  used.regions.assign(own.begin(), own.end());
  std::map<std::string, ModalityDefinition> definitions;
  for (const Modality modality : modalities) {
    if (const auto* definition = definition_of(modality)) definitions[definition->name] = *definition;
  }
  for (auto& [name, definition] : definitions) used.modalities.push_back(std::move(definition));
  return used;
}

}  // namespace synerbench
