// Regions and modalities that a data file adds to those of modality.h: "liver", "DWI".
//
//     {"regions": ["liver"],
//      "modalities": [{"name": "DWI", "id": "dwi", "words": "diffusion-weighted MRI"},
//                     {"name": "ADC", "id": "adc", "unit": "um2/s", "map": "fixed", "low": 0, "high": 3000,
//                      "plausible_low": -500, "plausible_high": 6000}]}
//
// Such an object stands in a suite, in a mapping file (harness/data/import) or in a file of its own, which
// every verb takes. Importing writes what a data set uses into the store's manifest, so a store needs no
// other file.
//
// Note [Words of a process]. A modality is a small number wherever it is handled, and the table behind the
// number belongs to the process, as that of built-in ones does. It only grows. Two files that say different
// things about one name are refused, so a name means one thing as long as a process lives. What the built-in
// names are never changes: all_modalities() and region_names(), from which vocabularies and prompts of models
// are made, do not list what was declared.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/modality.h"

namespace synerbench {

/// What there is to know about a modality. Two definitions of one name have to be equal.
struct ModalityDefinition {
  std::string name;   // "ADC": in lists, suites, tables
  std::string id;     // "adc": in ids of tasks; lower-case letters and digits
  std::string words;  // in prompts: "apparent diffusion coefficient"; empty: the name
  /// True: [low, high] becomes the models' [-1, 1], the same for every volume, and `unit` says in what unit.
  /// False: 0 to the 99.5th percentile of each volume becomes it, as for MR; the unit is "a.u.".
  bool fixed = false;
  std::string unit = "a.u.";
  double low = 0, high = 1;  // where `fixed`
  /// Where the body of an image lies, from its 0.5th to its 99.5th percentile. A volume beyond cannot be what
  /// it is called. Equal: nothing is known, and the limits of MR apply where the map is not fixed.
  double plausible_low = 0, plausible_high = 0;
  double outside = 0;  // the value beyond a volume's own field of view
  bool has_plausible_range() const { return plausible_low < plausible_high; }
  bool operator==(const ModalityDefinition&) const = default;
};

struct Vocabulary {
  std::vector<std::string> regions;
  std::vector<ModalityDefinition> modalities;
  bool empty() const { return regions.empty() && modalities.empty(); }
};

/// Reads all fields of the object. A name that is built in, appears twice, or cannot stand in a task's id is
/// an Error of the object's kind.
Vocabulary vocabulary_from_json(JsonObject object);
Json to_json(const Vocabulary& vocabulary);

/// Makes the words known to this process; those that are known already, with the same meaning, cost nothing.
/// Error(kUsage) at `place` where one means something else, naming the place that said so. Thread-safe.
void declare(const Vocabulary& vocabulary, const std::string& place);
/// Declares what a file adds: one of schema synerbench/vocabulary, or any JSON object with a field
/// "vocabulary" (a suite, a mapping). Error(kUsage).
void declare_vocabulary_file(const std::filesystem::path& path);
/// Declares the field "vocabulary" of an object, where it has one.
void declare_vocabulary_of(JsonObject& object);

/// nullptr for a built-in modality. The pointer stays valid.
const ModalityDefinition* definition_of(Modality modality);
/// Built-in ones, then the declared ones by name.
std::vector<Modality> known_modalities();
std::vector<std::string> known_modality_names();
std::vector<std::string> known_regions();
/// A hint for a word that is not known, as did_you_mean() has it, and which files have added words to those
/// that are built in: the fault may lie in one of them.
std::string unknown_word_hint(std::string_view word, const std::vector<std::string>& known);
/// The name of a known region. Error(kUsage) "unknown region".
std::string parse_region(std::string_view name, const std::string& place);
/// The order in which a case's volumes stand: built-in ones as in the enum, declared ones by name behind
/// them. It does not depend on the order in which files were read.
bool comes_before(Modality a, Modality b);
/// Those of the given words that are not built in, each once, by name: what a store has to say about itself.
Vocabulary declared_among(const std::vector<std::string>& regions, const std::vector<Modality>& modalities);

}  // namespace synerbench
