// The flow U-Net's settings.
#pragma once

#include <string>
#include <vector>

#include "baselines/flow_unet/detail/flow.h"
#include "harness/core/json.h"
#include "harness/nn/adm_unet.h"

namespace synerbench::flow_unet {

struct Config {
  std::string preset = "official";
  std::vector<std::string> routes;  // task ids; empty: no route table
  nn::AdmUnetOptions unet;          // its channels and rows follow from the rest: use unet_options()
  bool logit_normal = false;
  Solver solver = Solver::kHeun;
  int64_t sample_steps = 10;
  int64_t samples = 1;
  double lr = 2e-4, beta1 = 0.9, beta2 = 0.999;
};

/// See flow_unet.h for the fields.
Config config_from_json(const Json& json, const std::string& place);
Json to_json(const Config& config);
nn::AdmUnetOptions unet_options(const Config& config);

/// The row of a task; without routes 0. Error(kUsage) for a task that is not among them.
int64_t route_of(const Config& config, const std::string& task);

}  // namespace synerbench::flow_unet
