// Networks on disk: safetensors files under the official key names, loaded strictly.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/core/safetensors.h"
#include "harness/nn/tensors.h"

namespace torch::nn {
class Module;
}

namespace synerbench::nn {

/// Some published files hold one tensor under several keys (ResViT's shared transformer). A tensor whose key
/// starts with `canonical` is also written under the key that starts with `alias` instead, and on reading the
/// alias is skipped.
struct KeyAlias {
  std::string alias;      // "art_1.transformer."
  std::string canonical;  // "transformer_encoder."
};

/// Parameters and buffers under the keys that Python's state_dict gives them, in its order; a tensor that is
/// registered in several places appears once, under its first key.
std::vector<NamedTensor> state_of(torch::nn::Module& network);

/// Trainable parameters with their keys, each once. LibTorch's parameters() lists a module that is registered
/// under two parents twice, and an optimizer given that list moves its weights twice per step.
std::vector<NamedTensor> parameters_of(torch::nn::Module& network);
/// The same, named "<prefix>.<key>", so that one optimizer may hold several networks.
std::vector<NamedTensor> parameters_of(torch::nn::Module& network, const std::string& prefix);
/// Freezes (false) or thaws all parameters.
void set_requires_grad(torch::nn::Module& network, bool required);
int64_t parameter_count(torch::nn::Module& network);

/// The network, moved to the device.
template <class Network>
Network on_device(Network network, const std::string& device) {
  network->to(at::Device(device));
  return network;
}

void save_network(const std::filesystem::path& path, torch::nn::Module& network,
                  const std::map<std::string, std::string>& metadata = {},
                  const std::vector<KeyAlias>& aliases = {});

/// Copies the tensors of `file` whose keys start with `prefix` into `network`. Any number of leading
/// "module." components (left by multi-GPU training) is ignored, and so are running statistics of instance
/// norms, which files by very old library versions carry; a missing "num_batches_tracked" (older still) keeps
/// its value. Any other unknown, missing or wrongly shaped key: Error(kBadInput) that lists them, and the
/// network is left as it was.
void load_network(torch::nn::Module& network, const SafetensorsFile& file, const std::string& prefix = "",
                  const std::vector<KeyAlias>& aliases = {});

/// The same check and copy for any list of tensors, by exact name; `what` names it in the message.
void load_tensors(const std::vector<NamedTensor>& tensors, const SafetensorsFile& file,
                  const std::string& prefix, const std::string& what);

}  // namespace synerbench::nn
