// The flow U-Net's settings.
#pragma once

#include <string>
#include <vector>

#include "baselines/flow_unet/detail/flow.h"
#include "harness/core/schema.h"
#include "harness/nn/adm_unet.h"

namespace synerbench::flow_unet {

struct Config {
  std::string preset = "official";
  std::vector<std::string> routes;  // task ids; empty: no route table
  nn::AdmUnetOptions unet;          // its channels and rows follow from the rest: use unet_options()
  // Note [Flow U-Net's output]. Near t = 1 the state is almost the target, and a network that gives the
  // velocity must tell the little noise that is left from fine structure; what it misses stays in the result
  // as grain, which SSIM punishes most where the background is flat. A network that gives the target needs no
  // such distinction: its velocity is (output - x_t) / (1 - t). Its error at the target counts alike at every
  // time; as an error of the velocity it would count up to 400 times as much near t = 1 as at 0.
  bool gives_target = true;
  bool loss_at_target = true;
  bool logit_normal = false;
  Solver solver = Solver::kEuler;
  int64_t sample_steps = 10;
  int64_t samples = 1;
  double lr = 2e-4, beta1 = 0.9, beta2 = 0.999;
};

const Schema<Config>& fields();
nn::AdmUnetOptions unet_options(const Config& config);

}  // namespace synerbench::flow_unet
