// Pix2Pix's settings.
#pragma once

#include <string>

#include "harness/core/schema.h"
#include "harness/nn/gan_loss.h"

namespace synerbench::pix2pix {

struct Config {
  std::string preset = "official";
  int64_t num_downs = 8;
  int64_t ngf = 64, ndf = 64;
  int64_t n_layers_D = 3;
  bool dropout = true;
  nn::GanObjective gan = nn::GanObjective::kVanilla;
  double lambda_L1 = 100;
  double lr = 2e-4, beta1 = 0.5, beta2 = 0.999;
  double init_std = 0.02;
  // Note [Pix2Pix inference]. The published test script leaves the network in training mode: batch norm uses
  // the statistics of the single test image, dropout stays active and makes the output random. The paper says
  // so too; users report better results with and without. Both are options here; the default is the
  // deterministic half of the published way.
  bool batch_stats = true;
  bool dropout_at_inference = false;
};

const Schema<Config>& fields();

}  // namespace synerbench::pix2pix
