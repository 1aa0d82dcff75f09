// The whole state of an unfinished training in one file, so that it is replaced at one instant.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/nn/tensors.h"
#include "harness/train/trainable.h"

namespace synerbench {

class Updates;

/// Copies of all networks at one moment, on the CPU.
struct NetworkSnapshot {
  std::string name;
  std::vector<nn::NamedTensor> tensors;
};
std::vector<NetworkSnapshot> snapshot(Trainable& model);

/// The best validation so far.
struct BestSoFar {
  int64_t update = 0;  // updates done when it was validated
  double score = 0;
  std::vector<NetworkSnapshot> networks;
};

struct TrainPosition {
  int64_t update = 0;  // updates done
  size_t phase = 0;    // that the optimizers' state belongs to
  int64_t log_length = 0;
  int64_t summed = 0;  // updates in `sums`
  Losses sums;         // of the unfinished log line
  Losses losses;       // means of the last finished one
  std::optional<BestSoFar> best;
};

/// What a training is, as its checkpoint says it.
struct TrainingName {
  Json identity;  // see identity.h
  Json lineage;   // of the weights it will leave, without the hashes of scans; see harness/core/lineage.h
};

/// Tensor names: net.<network>.<key>, opt.<optimizer>.<key>, ema.<network>.<key>, best.<network>.<key>,
/// extra.<name>. The position and `name` are in the file's metadata, as JSON under "synerbench", and
/// beside it the SHA-256 of that text and of all tensors: a checkpoint is believed as a whole or not at all.
void write_checkpoint(const std::filesystem::path& path, const TrainingName& name,
                      const TrainPosition& position, Trainable& model, Updates& updates);

/// What a checkpoint was written under: compare it before reading the rest. The lineage is null in one from
/// before lineages were kept. Error(kBadInput) when the file is damaged.
TrainingName checkpoint_name(const std::filesystem::path& path);

/// Enters the phase of the checkpoint, restores model and averaging in place and returns the position.
/// Error(kBadInput) when the file is damaged, does not fit the model, or holds a number that no training of
/// these updates can have come to.
TrainPosition read_checkpoint(const std::filesystem::path& path, Trainable& model, Updates& updates);

/// Live tensors of the inference networks, named <network>.<key>: what averaging follows.
std::vector<nn::NamedTensor> averaged_tensors(Trainable& model);

}  // namespace synerbench
