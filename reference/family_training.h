// A member of the family as something to train: an autoencoder and stages behind the contract of all methods.
#pragma once

#include <memory>
#include <string>

#include "harness/train/trainable.h"
#include "reference/family.h"

namespace synerbench::reference {

/// Phases: "autoencoder" of a new model, then the stages of the curriculum, each from the averaged weights of
/// the one before. It draws its own samples (packs of tokens), so the recipe's batch is 1, its pairing
/// "paired" and its unit "updates"; the rates follow the stages' own schedules, so its decay is 0; the stages
/// average, so its ema_decay is 0. Anything else, and warm-ups or averages that do not fit their stage:
/// Error(kUsage) from begin().
///
/// Error(kUsage) at `place` for the configuration, Error(kBadInput) for a base that is damaged.
std::unique_ptr<Trainable> make_family_training(const FamilyMember& member, const Json& config,
                                                const std::string& device, const std::string& place);

}  // namespace synerbench::reference
