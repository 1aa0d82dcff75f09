#include "baselines/network_file/torchscript.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/script.h>

#include <set>
#include <stdexcept>

#include "baselines/network_file/network_file.h"
#include "harness/core/error.h"
#include "harness/core/zip.h"
#include "harness/nn/compute.h"

namespace synerbench {
namespace {

torch::jit::Module module_of(const std::filesystem::path& file, const std::string& device) {
  ZipFile(file).check();  // see Note [What is checked of a model file]
  try {
    torch::jit::Module module = torch::jit::load(file.string(), at::Device(device));
    module.eval();
    if (!module.find_method("forward")) throw std::runtime_error("it has no method \"forward\"");
    return module;
  } catch (const std::exception& problem) {
    throw input_error(file.string(), fmt::format("LibTorch cannot load it: {}", reason_of(problem)),
                      "write a network, not a state dict, with torch.jit.save(torch.jit.script(net)) of a "
                      "version that is not newer than this LibTorch, " +
                          nn::libtorch_version());
  }
}

int64_t parameters_of(const torch::jit::Module& module) {
  std::set<const void*> seen;  // shared ones count once
  int64_t count = 0;
  for (const at::Tensor& parameter : module.parameters()) {
    if (seen.insert(parameter.unsafeGetTensorImpl()).second) count += parameter.numel();
  }
  return count;
}

LoadedNetwork loaded_module(const std::filesystem::path& file, const std::string& device) {
  torch::jit::Module module = module_of(file, device);
  const int64_t parameters = parameters_of(module);
  const auto forward = [module](const at::Tensor& x) mutable {
    torch::jit::IValue answer;
    try {
      answer = module.forward({x});
    } catch (const std::exception& problem) {
      throw std::runtime_error(
          fmt::format("forward of [{}] failed: {}", fmt::join(x.sizes(), ", "), reason_of(problem)));
    }
    if (!answer.isTensor())
      throw std::runtime_error(fmt::format("forward gave {}, a tensor is wanted", answer.tagKind()));
    return answer.toTensor();
  };
  return {forward, parameters};
}

}  // namespace

Method torchscript_method() {
  return {.name = "torchscript",
          .label = "TorchScript file",
          .summary = "A network of yours, as torch.jit.save writes it (docs/models.md)",
          .path = "the file, with its side file FILE.json beside it",
          .options = network_file_options(),
          .load = [](const LoadRequest& request) {
            return load_network_file({"torchscript", "torchscript:mine.pt", "torch.jit.save"}, request,
                                     loaded_module);
          }};
}

}  // namespace synerbench
