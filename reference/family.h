// Trainings of the reference model's family: SynerMedGen, BAGEL, UniMedVL and the controls "traditional" and
// "shuffled".
// Configuration; no LibTorch.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/schema.h"
#include "reference/stages/curriculum.h"

namespace synerbench::reference {

/// What tells the members of the family apart.
struct FamilyMember {
  std::string name;        // method: "synermedgen"
  std::string label;       // "SynerMedGen"
  std::string summary;     // one line, with the source
  std::string curriculum;  // see curriculum_names()
  std::string preset;      // of generation, see preset_fields()
};
const std::vector<FamilyMember>& family_members();

/// The configuration of a training. A new model begins with its autoencoder, for a share of the updates; with
/// a base its network, tokenizer and autoencoder are what the training starts from.
struct FamilyConfig {
  std::string preset;             // whose defaults
  std::string sizes = "mini";     // of a new model: named_sizes()
  std::string base, base_sha256;  // checkpoint folder to start from, and its weights; empty: a new model
  int64_t updates = 4000;         // without a budget
  Json recipe =
      Json::object();  // fields for all stages; what the curriculum's stages give themselves goes before
  Json curriculum = Json();          // a name, a stage or an object; null: the member's own
  Json generation = Json::object();  // settings of validation and of the weights, see preset_fields()
  Json autoencoder = Json::object();
  std::vector<std::string> routes;     // task ids
  bool interpolate_positions = false;  // a variant of the network; follows the base

  bool new_model() const { return base.empty(); }
};

/// Presets: "official" (published sizes of images and budgets of tokens; needs a base), "mini" (64 x 64
/// slices, one core), "tiny" (tests).
const Schema<FamilyConfig>& family_schema();
/// Reads and completes: Error(kUsage) at `place` for fields, stages and settings that do not fit.
FamilyConfig read_family(const FamilyMember& member, const Json& json, const std::string& place);
/// Every field, the curriculum with every field of every stage.
Json to_json(const FamilyConfig& config);

/// The curriculum of a complete configuration.
Curriculum curriculum_of(const FamilyConfig& config);

/// How many of `updates` updates the autoencoder and each stage get: the first is 0 with a base.
/// Error(kUsage) when there are too few.
std::vector<int64_t> phase_updates(const FamilyConfig& config, int64_t updates);

/// The configuration for a training of so many updates: warm-ups and averages that nobody asked for are
/// shortened to fit (see fit()).
Json fit_family(const FamilyMember& member, const Json& config, int64_t updates);

}  // namespace synerbench::reference
