// The smallest model that uses everything the loop offers: a 3x3 convolution that learns the target under L1,
// with a noisy update, a training-only network, a batch norm's buffers and a counter of its own. No LibTorch
// in this header.
#pragma once

#include <functional>
#include <memory>

#include "harness/train/trainable.h"

namespace synerbench::testing_support {

struct TinyModelHooks {
  std::function<void(int64_t update)> before_update = {};  // may throw: a crash
  std::function<void(Losses&)> change_losses = {};
  double lr = 0.02;
  std::vector<double>* learning_rates = nullptr;  // receives the rate of every update
  std::vector<std::string>* calls = nullptr;      // receives "update 3", "epoch 0", "phase 1"
  Schedule schedule = {};                         // the model's own
  std::vector<Phase> phases = {};
  LearnsFrom learns = {};
};

std::unique_ptr<Trainable> make_tiny_model(const TinyModelHooks& hooks = {});

}  // namespace synerbench::testing_support
