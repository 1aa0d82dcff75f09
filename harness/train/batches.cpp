#include "harness/train/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "harness/train/augment.h"

namespace synerbench {

Batches::Batches(const std::vector<TaskPairs>& tasks, uint64_t seed, const Recipe& recipe)
    : tasks_(tasks),
      seed_(seed),
      batch_(recipe.batch),
      augmentation_(recipe.augmentation),
      pairing_(recipe.pairing),
      orders_(tasks.size()) {
  size_t most = 0;
  for (const TaskPairs& entry : tasks_) {
    const PairSource& pairs = *entry.pairs;
    SB_CHECK(pairs.size() > 0 && batch_ > 0, "a training needs pairs and a batch");
    per_epoch_ += (pairs.size() + batch_ - 1) / batch_;
    pairs_ += pairs.size();
    most =
        std::max(most, static_cast<size_t>(std::min(batch_, pairs.size()) * pairs.height() * pairs.width()));
    if (pairing_ != Pairing::kOtherPatient) continue;
    std::vector<std::string>& patients = patients_.emplace_back();
    for (int64_t i = 0; i < pairs.size(); ++i) patients.push_back(pairs.patient_of(i));
    if (std::all_of(patients.begin(), patients.end(), [&](const auto& p) { return p == patients.front(); })) {
      throw input_error(fmt::format("training on {}", entry.task.id),
                        fmt::format("pairing \"other_patient\", but all pairs are of {}", patients.front()),
                        "import more patients, or set \"pairing\": \"random_slice\" in the recipe");
    }
  }
  source_.resize(most);
  target_.resize(most);
}

void Batches::shuffle_for(int64_t epoch) {
  if (epoch == epoch_) return;
  Random random(combine_seeds(combine_seeds(seed_, seed_from("order")), static_cast<uint64_t>(epoch)));
  chunks_.clear();
  for (size_t t = 0; t < tasks_.size(); ++t) {
    const int64_t size = tasks_[t].pairs->size();
    orders_[t].resize(static_cast<size_t>(size));
    std::iota(orders_[t].begin(), orders_[t].end(), 0);
    random.shuffle(orders_[t]);
    for (int64_t first = 0; first < size; first += batch_)
      chunks_.push_back({t, first, std::min(batch_, size - first)});
  }
  if (tasks_.size() > 1) random.shuffle(chunks_);
  epoch_ = epoch;
}

int64_t Batches::partner_of(size_t task, int64_t index, Random& random) const {
  const auto size = static_cast<uint64_t>(tasks_[task].pairs->size());
  auto partner = static_cast<int64_t>(random.below(size));
  if (pairing_ == Pairing::kOtherPatient) {
    const std::vector<std::string>& patients = patients_[task];
    // Draws until it fits: uniform over the other patients' pairs.
    while (patients[static_cast<size_t>(partner)] == patients[static_cast<size_t>(index)])
      partner = static_cast<int64_t>(random.below(size));
  }
  return partner;
}

TaskBatch Batches::at(int64_t update) {
  shuffle_for(update / per_epoch_);
  const int64_t position = update % per_epoch_;
  const Chunk& chunk = chunks_[static_cast<size_t>(position)];
  const PairSource& pairs = *tasks_[chunk.task].pairs;
  const int64_t height = pairs.height(), width = pairs.width(), pixels = height * width;
  const uint64_t epoch_seed =
      combine_seeds(combine_seeds(seed_, seed_from("augmentation")), static_cast<uint64_t>(epoch_));
  for (int64_t i = 0; i < chunk.count; ++i) {
    const std::span<float> source(source_.data() + i * pixels, static_cast<size_t>(pixels));
    const std::span<float> target(target_.data() + i * pixels, static_cast<size_t>(pixels));
    const int64_t index = orders_[chunk.task][static_cast<size_t>(chunk.first + i)];
    Random random(combine_seeds(epoch_seed, static_cast<uint64_t>(position * batch_ + i)));
    if (pairing_ == Pairing::kPaired) {
      pairs.read(index, source, target, {});
      augment(augmentation_, source, target, height, width, random);
      continue;
    }
    pairs.read(partner_of(chunk.task, index, random), source, target, {});  // its source is overwritten
    augment(augmentation_, target, {}, height, width, random);
    unused_.resize(static_cast<size_t>(pixels));
    pairs.read(index, source, unused_, {});
    augment(augmentation_, source, {}, height, width, random);
  }
  const auto count = static_cast<size_t>(chunk.count * pixels);
  return {&tasks_[chunk.task].task,
          {chunk.count, height, width, std::span(source_).first(count), std::span(target_).first(count)}};
}

int64_t Batches::images_before(int64_t updates) {
  int64_t seen = updates / per_epoch_ * pairs_;
  if (updates % per_epoch_ == 0) return seen;
  shuffle_for(updates / per_epoch_);
  for (int64_t i = 0; i < updates % per_epoch_; ++i) seen += chunks_[static_cast<size_t>(i)].count;
  return seen;
}

}  // namespace synerbench
