// CycleGAN's settings.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "harness/core/modality.h"
#include "harness/core/schema.h"
#include "harness/nn/gan_loss.h"

namespace synerbench::cyclegan {

enum class Direction { kByTask, kAToB, kBToA };

struct Config {
  std::string preset = "official";
  std::optional<std::array<Modality, 2>> pair;  // A, B
  int64_t n_blocks = 9;
  int64_t ngf = 64, ndf = 64;
  int64_t n_layers_D = 3;
  nn::GanObjective gan = nn::GanObjective::kLeastSquares;
  double lambda_A = 10, lambda_B = 10;
  double lambda_identity = 0.5;
  int64_t pool_size = 50;
  double lr = 2e-4, beta1 = 0.5, beta2 = 0.999;
  double init_std = 0.02;
  Direction direction = Direction::kByTask;
};

const Schema<Config>& fields();
std::string name_of(Direction direction);

/// Whether G_A (A -> B) answers `task`; else G_B does. Error(kUsage) when neither can be meant.
bool goes_forward(const Config& config, const Task& task);

}  // namespace synerbench::cyclegan
