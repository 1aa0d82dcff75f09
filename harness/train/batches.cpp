#include "harness/train/batches.h"

#include <algorithm>
#include <numeric>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "harness/train/augment.h"

namespace synerbench {

Batches::Batches(const PairSource& pairs, uint64_t seed, int64_t batch, Augmentation augmentation)
    : pairs_(pairs), seed_(seed), batch_(batch), augmentation_(augmentation) {
  SB_CHECK(pairs.size() > 0 && batch > 0, "a training needs pairs and a batch");
  per_epoch_ = (pairs.size() + batch - 1) / batch;
  const auto most = static_cast<size_t>(std::min(batch, pairs.size()) * pairs.height() * pairs.width());
  source_.resize(most);
  target_.resize(most);
}

void Batches::shuffle_for(int64_t epoch) {
  if (epoch == epoch_) return;
  order_.resize(static_cast<size_t>(pairs_.size()));
  std::iota(order_.begin(), order_.end(), 0);
  Random random(combine_seeds(combine_seeds(seed_, seed_from("order")), static_cast<uint64_t>(epoch)));
  random.shuffle(order_);
  epoch_ = epoch;
}

PairBatch Batches::at(int64_t update) {
  shuffle_for(update / per_epoch_);
  const int64_t first = update % per_epoch_ * batch_;
  const int64_t n = std::min(batch_, pairs_.size() - first);
  const int64_t height = pairs_.height(), width = pairs_.width(), pixels = height * width;
  const uint64_t epoch_seed =
      combine_seeds(combine_seeds(seed_, seed_from("augmentation")), static_cast<uint64_t>(epoch_));
  for (int64_t i = 0; i < n; ++i) {
    const std::span<float> source(source_.data() + i * pixels, static_cast<size_t>(pixels));
    const std::span<float> target(target_.data() + i * pixels, static_cast<size_t>(pixels));
    pairs_.read(order_[static_cast<size_t>(first + i)], source, target, {});
    Random random(combine_seeds(epoch_seed, static_cast<uint64_t>(first + i)));
    augment(augmentation_, source, target, height, width, random);
  }
  const auto count = static_cast<size_t>(n * pixels);
  return {n, height, width, std::span(source_).first(count), std::span(target_).first(count)};
}

int64_t Batches::images_before(int64_t updates) const {
  return updates / per_epoch_ * pairs_.size() + std::min(updates % per_epoch_ * batch_, pairs_.size());
}

}  // namespace synerbench
