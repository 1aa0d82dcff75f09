// Where weights come from: every training that they went through, with what it learned from. It travels with
// the weights, from training to training, and with every number that they make.
//
// Note [What a lineage can prove] It says what the program recorded while it trained. Weights that it did not
// train have none; what they have seen is then for the user to say, and tables say so. Data sets are told
// apart by the names they were imported under, scans by the hash of their voxels, so a scan that comes back
// under another name is still recognized.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/model.h"

namespace synerbench {

/// What a model can learn from, by how much of a patient it shows.
enum class SampleKind {
  kWords,                 // "words"
  kPictures,              // "pictures"
  kEdits,                 // "edits"
  kSingleSlices,          // "single-slices"
  kRecognitionQuestions,  // "recognition-questions"
  kGauQuestions,          // "gau-questions"
  kShuffledQuestions,     // "shuffled-questions"
  kSynthesis,             // "synthesis"
};

/// A row of the table of kinds.
struct SampleKindInfo {
  SampleKind kind;
  std::string name, meaning;
  bool shows_patients;  // false: made by a program, or words alone
};
/// In the order of the enum.
const std::vector<SampleKindInfo>& sample_kinds();
const SampleKindInfo& info_of(SampleKind kind);

/// Synthesis samples of one task from one data set.
struct LearnedRoute {
  std::string data_set, task;
  auto operator<=>(const LearnedRoute&) const = default;
};

/// The voxel hashes (harness/data/content.h) of scans. Shared: a stage often sees what the one before saw.
using ScanHashes = std::shared_ptr<const std::set<std::string>>;

/// One training.
struct TrainingOrigin {
  std::string model;                   // the method; of unknown weights what is known of them
  std::string weights_sha256;          // of what it left; empty while it is not finished
  bool recorded = true;                // false: nobody wrote down what these weights learned from
  std::string recipe_sha256;           // of method, configuration with its curriculum, and recipe
  std::string store_sha256;            // whose scans it saw; empty: it saw none
  std::vector<std::string> data_sets;  // whose patients it saw, in training or validation; sorted
  std::string patients_sha256;         // over their names, each with its data set
  std::string scans_sha256;            // over `scans`; empty without any
  std::vector<SampleKind> samples;     // what it learned from, in the order of the enum
  std::vector<LearnedRoute> synthesis;
  ScanHashes scans = nullptr;  // null: not known, or none

  bool learned(SampleKind kind) const;
  /// "synermedgen 3f9a02c1"; "synermedgen" while it is not finished.
  std::string title() const;
};

/// The trainings behind some weights, the last one first: the weights' own.
struct Lineage {
  std::vector<TrainingOrigin> trainings;
  /// False where one of them is not recorded.
  bool recorded() const;
};

/// SHA-256 that names a set of texts: over the texts in order, a line each. Empty for none.
std::string sha256_of_set(const std::set<std::string>& texts);

/// {"trainings": [...]}: what runs and reports carry. It names sets of scans by their hash.
Json to_json(const Lineage& lineage);
/// The same with "scans", the hashes themselves of each set but the one named `left_out`: what weights carry.
Json to_json_with_scans(const Lineage& lineage, const std::string& left_out);
/// Both forms. Sets of scans that `json` does not hold are taken from `known`, by their hash. Errors are of
/// the object's kind.
Lineage lineage_from_json(JsonObject json, const std::vector<ScanHashes>& known = {});

/// One line for people: "gau-questions on pictures, edits", "synthesis on weights of unknown origin".
std::string in_words(const Lineage& lineage);

/// The lineage of the weights with which a model answers a task; null: nobody recorded it.
const Lineage* lineage_for(const ModelInfo& info, const std::string& task);

/// What a model says of its lineages, as runs carry it: a list of {"tasks": [...], "trainings": [...]}, one
/// for each that differs. No tasks: it stands for all.
Json lineages_to_json(const ModelInfo& info);
/// The lineages back, without their tasks.
std::vector<Lineage> lineages_from_json(const Json& json, const std::string& place);
/// One line for all of them: what any of them learned from.
std::string in_words(const std::vector<Lineage>& lineages);

}  // namespace synerbench
