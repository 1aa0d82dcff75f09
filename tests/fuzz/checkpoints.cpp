// The checkpoint of an unfinished training. A file is tried as it is, and once more with the SHA-256 that its
// content should have: what lies behind that check is looked at, too.
#include "harness/train/checkpoint.h"

#include <fmt/format.h>

#include <optional>

#include "harness/core/safetensors.h"
#include "harness/train/updates.h"
#include "tests/fuzz/targets.h"
#include "tests/train/synthetic_pairs.h"
#include "tests/train/tiny_model.h"

namespace synerbench::fuzz {
namespace {

/// A training of six updates in two phases, with an average, of which a checkpoint is a place.
struct Training {
  testing_support::SyntheticPairs pairs{3, 8, 1};
  std::unique_ptr<Trainable> model;
  Recipe recipe;
  std::unique_ptr<Updates> updates;

  Training() {
    testing_support::TinyModelHooks hooks;
    hooks.phases = {{"first", 2, {}, false}, {"second", 4, {}, true}};
    model = testing_support::make_tiny_model(hooks);
    recipe.unit = BudgetUnit::kUpdates;
    recipe.constant = recipe.decay = 3;
    recipe.ema_decay = 0.5;
    Task task;
    task.id = "brain-mr-to-ct";
    updates = std::make_unique<Updates>(*model, std::vector<TaskPairs>{{task, &pairs}}, recipe, 1);
    updates->initialize();
  }
};

void restore(const std::filesystem::path& path) {
  static Training training;
  accepted([&] {
    const TrainingName name = checkpoint_name(path);
    to_text(name.identity);
    to_text(name.lineage);
  });
  accepted([&] {
    const TrainPosition position = read_checkpoint(path, *training.model, *training.updates);
    SB_CHECK(position.update >= 0 && position.update <= training.updates->total(), "a place in the training");
    SB_CHECK(position.phase == training.updates->phase(), "its phase is entered");
    if (position.update < training.updates->total()) training.updates->make(position.update);
    write_checkpoint(desk() / "again.safetensors", {Json::object(), Json()}, position, *training.model,
                     *training.updates);
  });
}

/// Nothing when the file is no safetensors with a position.
std::optional<std::string> with_right_sum(const std::filesystem::path& path) {
  std::optional<std::string> repaired;
  accepted([&] {
    const auto file = SafetensorsFile::read_whole(path);
    std::map<std::string, std::string> metadata = file.metadata();
    const auto position = metadata.find("synerbench");
    if (position == metadata.end()) return;
    std::vector<TensorToWrite> tensors;
    for (const std::string& name : file.names()) {
      const TensorView view = file.at(name);
      tensors.push_back({name, view.dtype, view.shape, view.bytes});
    }
    metadata["sha256"] = sha256_hex(position->second + "\n" + content_sha256(tensors));
    const auto to = desk() / "repaired.safetensors";
    write_safetensors(to, tensors, metadata);
    repaired = read_file(to);
  });
  return repaired;
}

void checkpoint_one(std::string_view input) {
  const auto path = put("checkpoint.safetensors", input);
  restore(path);
  const auto repaired = with_right_sum(path);
  if (!repaired || *repaired == input) return;
  SB_CHECK(repaired->size() > 0, "a file");
  restore(put("checkpoint.safetensors", *repaired));
}

Seeds checkpoint_seeds() {
  Seeds seeds;
  for (const int64_t done : {0, 1, 3}) {
    Training training;
    for (int64_t update = 0; update < done; ++update) training.updates->make(update);
    TrainPosition position;
    position.update = done;
    position.phase = training.updates->phase();
    if (done > 0) {
      position.summed = 1;
      position.sums = {{"L1", 0.5}};
      position.best = BestSoFar{1, 0.25, snapshot(*training.model)};
    }
    const auto path = desk() / "seed.safetensors";
    write_checkpoint(path, {Json{{"seed", 1}}, Json()}, position, *training.model, *training.updates);
    seeds[fmt::format("after-{}", done)] = read_file(path);
  }
  return seeds;
}

}  // namespace

Target checkpoint() { return {"checkpoint", checkpoint_one, checkpoint_seeds, 12000}; }

}  // namespace synerbench::fuzz
