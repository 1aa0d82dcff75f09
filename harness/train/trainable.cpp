#include "harness/train/trainable.h"

#include "harness/core/error.h"
#include "harness/nn/state.h"
#include "harness/nn/tensors.h"
#include "harness/train/batches.h"

namespace synerbench {

void Trainable::begin(const TrainingData&) {}
std::vector<Phase> Trainable::phases(int64_t) const { return {}; }
LearnsFrom Trainable::learns_from() const { return {}; }
Schedule Trainable::schedule() const { return {}; }
void Trainable::begin_phase(size_t) {}

std::vector<nn::NamedTensor> Trainable::tensors_of(const NetworkHandle& network) {
  return nn::state_of(*network.network);
}
int64_t Trainable::parameters_of(const NetworkHandle& network) {
  return nn::parameter_count(*network.network);
}

Losses Trainable::step(const Step& step) {
  const TaskBatch batch = step.batches.at(step.update);
  return train_step(*batch.task, batch.pairs, step.random);
}
Losses Trainable::train_step(const Task&, const PairBatch&, Random&) {
  check_failed("a model has train_step() or step()", __FILE__, __LINE__, method());
}
void Trainable::update_end(int64_t, const Losses&) {}
void Trainable::epoch_end(int64_t) {}
std::optional<int64_t> Trainable::slices_seen() const { return {}; }
std::optional<int64_t> Trainable::slices_in(int64_t) { return {}; }

bool Trainable::averages_itself() const { return false; }
void Trainable::swap_average() {}

void Trainable::save_extra(std::vector<nn::NamedTensor>&) const {}
void Trainable::load_extra(const SafetensorsFile&, const std::string&) {}
void Trainable::write_files(const std::filesystem::path&) const {}

}  // namespace synerbench
