// The card of published weights: what they are, where they come from, and what they are expected to score.
//
// Note [A card]
//   <weights>/card.json   schema synerbench/weights-card, version 1
//     name, method        as in tables, and the method that loads them
//     weights_sha256      names the weights, as results do
//     lineage             every training that the weights went through, as runs carry it
//     zero_shot           true: nothing in the lineage learned synthesis between two modalities
//     parameters          of the network that synthesizes (of one task's, where there is one per task)
//     training            config.json's words about the training: updates, budget, seed, slices, tasks
//     expected            {"suite", "store_sha256", "protocol", "metric", "patients", "tasks": {id: mean}}
// A score is the mean over the test patients, as in the leaderboard. The card is made from a run, never by
// hand, and a run is held against it: weights that score something else are not what the card speaks of, or
// the program has changed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/model.h"
#include "reports/numbers/runs.h"

namespace synerbench {

inline constexpr const char* kCardFile = "card.json";

/// The card of weights that `run` scored. `info` is what the loaded model says of itself, `training` what its
/// config.json says (null: nothing). The run's model is the one with these weights. Error(kUsage) when the
/// run has no such model, or did not score all of its cases.
Json make_card(const std::string& name, const std::string& method, const ModelInfo& info,
               const Json& training, RunInput run, const ProtocolTable& protocols = builtin_protocols());

/// Holds what a card says of its weights against the weights: method, hash, lineage, zero-shot, parameters
/// and training, as make_card() would write them now. The first difference is Error(kBadInput) with both
/// values. What the card expects them to score is held against a run: scores_against_card().
void require_card_of(const std::filesystem::path& card, const std::string& method, const ModelInfo& info,
                     const Json& training);

/// Weights with a card below `folder`, one folder each, by the order of their folders' names.
struct ShippedWeights {
  std::string name, method;
  std::filesystem::path folder;
  bool zero_shot = false;          // learned no synthesis between two modalities; the lineage says so
  std::string model_text() const;  // as --model takes it: "SynerMedGen=synermedgen:weights/synermedgen"
};
/// Empty when there is no such folder. Error(kBadInput) for a damaged card.
std::vector<ShippedWeights> shipped_weights(const std::filesystem::path& folder);

/// A card that was read, and one task of what it promises.
struct CardScore {
  std::string task;
  double expected = 0, seen = 0;
};

/// What the run scored where the card promises something: the tasks that both have. Error(kBadInput) for a
/// damaged card, Error(kUsage) when the run has no model with the card's weights, is on another store, or has
/// other protocols or none of the card's tasks.
std::vector<CardScore> scores_against_card(const std::filesystem::path& card, RunInput run,
                                           const ProtocolTable& protocols = builtin_protocols());

}  // namespace synerbench
