// ResViT's settings.
#pragma once

#include <string>

#include "harness/core/schema.h"
#include "harness/nn/gan_loss.h"
#include "harness/train/recipe.h"

namespace synerbench::resvit {

struct Config {
  std::string preset = "official";
  bool transformer = true;  // variant "resvit"; false: "res_cnn"
  int64_t input_channels = 1;
  int64_t image_size = 256;
  // Note [ResViT grid]. The patch size is image_size / 16 / grid. The published code offers other values, but
  // after the patch embedding only a factor of 4 is undone by its up-sampling, so everything except patch
  // size 1 fails at the concatenation.
  int64_t grid = 16;
  int64_t ngf = 64, ndf = 64;
  int64_t n_layers_D = 3;
  int64_t mid = 1024;
  int64_t hidden = 768, mlp = 3072;
  int64_t layers = 12, heads = 12;
  double dropout = 0.1;
  nn::GanObjective gan = nn::GanObjective::kLeastSquares;
  double lambda_adv = 1, lambda_L1 = 100;
  double lr = 1e-3, pretrain_lr = 2e-4, beta1 = 0.5, beta2 = 0.999;
  double init_std = 0.02;
  Schedule pretrain{
      .kind = Schedule::Kind::kLinear, .unit = BudgetUnit::kEpochs, .constant = 50, .decay = 50};
  std::string vit_weights, vit_sha256;
  // The published test script never leaves training mode: see Note [Pix2Pix inference], which is the same
  // story.
  bool batch_stats = true;
  bool dropout_at_inference = false;

  int64_t pretrain_total() const { return transformer ? pretrain.constant + pretrain.decay : 0; }
};

/// Reading does not look at the file of vit_weights.
const Schema<Config>& fields();

}  // namespace synerbench::resvit
