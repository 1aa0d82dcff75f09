// SynDiff's settings.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/modality.h"
#include "harness/core/schema.h"
#include "harness/train/schedule.h"

namespace synerbench::syndiff {

struct Config {
  std::string preset = "official";
  std::optional<std::array<Modality, 2>> pair;
  // Diffusive generators.
  int64_t image_size = 256;
  int64_t nf = 64;
  std::vector<int64_t> mult = {1, 1, 2, 2, 4, 4};
  int64_t blocks = 2;
  std::vector<int64_t> attention = {16};
  int64_t nz = 100, z_embedding = 256, z_layers = 3;
  // Diffusive discriminators.
  bool large_discriminator = true;
  int64_t ngf_D = 64, time_D = 256;
  // The cycle.
  int64_t cycle_ngf = 64, cycle_blocks = 6;
  int64_t cycle_ndf = 64, cycle_layers_D = 3;
  // Diffusion.
  int64_t steps = 4;
  double beta_min = 0.1, beta_max = 20;
  // Optimization.
  double lr_G = 1.6e-4, lr_D = 1e-4, beta1 = 0.5, beta2 = 0.9;
  double lambda_L1 = 0.5;
  double r1_gamma = 1;
  int64_t r1_every = 10;  // not multiplied into the penalty, as published
  Schedule schedule{
      .kind = Schedule::Kind::kCosine, .unit = BudgetUnit::kEpochs, .length = 500, .least = 1e-5};

  /// Height and width of a slice must be multiples of this to be synthesized, and to be trained on.
  int64_t synthesis_multiple() const { return int64_t{1} << (mult.size() - 1); }
  int64_t training_multiple() const;
};

const Schema<Config>& fields();

}  // namespace synerbench::syndiff
