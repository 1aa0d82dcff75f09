// What the trained models here have in common when they are scored.
#pragma once

#include <string>
#include <utility>

#include "harness/core/model.h"

namespace synerbench::nn {

/// A network on `device`, in training or trained, with the settings that it was made from. `Network` is a
/// handle: a copy shares the weights. `weights_sha256` is empty while the network trains.
template <class Config, class Network>
class TrainedModel : public Synthesizer {
 public:
  TrainedModel(const Config& config, std::string device, Network network, std::string weights_sha256 = "")
      : config_(config),
        device_(std::move(device)),
        network_(std::move(network)),
        sha256_(std::move(weights_sha256)) {}

 protected:
  Config config_;
  std::string device_;
  mutable Network network_;  // LibTorch's look-ups are not const
  std::string sha256_;
};

}  // namespace synerbench::nn
