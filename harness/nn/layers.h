// Running the leaf layers of a network with every setting passed in, none kept in the modules.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

namespace torch::nn {
class Module;
class ModuleListImpl;
}  // namespace torch::nn

namespace synerbench {
class Random;
}

namespace synerbench::nn {

/// What batch normalization uses. LibTorch's train()/eval() flag also decides whether the running averages
/// move; here that is spelled out, so evaluating a network can never change it.
enum class NormMode {
  kTraining,      // statistics of the batch; running averages are updated
  kBatchStats,    // statistics of the batch; nothing is updated
  kRunningStats,  // running averages
};

/// How a forward pass is made.
struct LayerContext {
  NormMode norm = NormMode::kTraining;
  /// Returns the mask (0 or 1/(1-p)) for a tensor that dropout with rate p is applied to. Empty: dropout off.
  std::function<at::Tensor(const at::Tensor& input, double p)> dropout;
  /// Sees the output of every leaf layer under its key ("model.3"). Empty: nobody looks.
  std::function<void(const std::string& key, const at::Tensor& output)> observe;
};

/// A dropout that draws its masks from `random`, which must outlive it.
std::function<at::Tensor(const at::Tensor&, double)> dropout_from(Random& random);

/// How a trained generator is evaluated: batch norm by each slice's own statistics or by those of training,
/// dropout off or drawn from `random`, which must outlive it.
LayerContext inference_context(bool batch_stats, bool dropout, Random& random);

/// Output of one leaf layer: Conv2d, ConvTranspose2d, BatchNorm2d, InstanceNorm2d, ReflectionPad2d, ReLU,
/// LeakyReLU, Tanh, Dropout. Another kind of module is a failed check. `key` names it for the observer.
at::Tensor run_layer(torch::nn::Module& layer, const at::Tensor& input, const LayerContext& context,
                     const std::string& key);

/// The layers of a ModuleList one after the other; layer i has the key "<key>.i".
at::Tensor run_layers(torch::nn::ModuleListImpl& layers, const at::Tensor& input, const LayerContext& context,
                      const std::string& key);

/// "model.3" from "model" and "3"; "3" when the prefix is empty.
std::string join_key(const std::string& prefix, const std::string& name);

}  // namespace synerbench::nn
