#include "baselines/network_file/aoti.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/version.h>

#include "baselines/network_file/network_file.h"
#include "harness/core/error.h"
#include "harness/nn/compute.h"

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
#define SYNERBENCH_HAS_AOTI
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "harness/core/zip.h"
#endif

namespace synerbench {
namespace {

#ifdef SYNERBENCH_HAS_AOTI

using torch::inductor::AOTIModelPackageLoader;

std::shared_ptr<AOTIModelPackageLoader> package_of(const std::filesystem::path& file,
                                                   const std::string& device) {
  ZipFile(file).check();  // see Note [What is checked of a model file]
  // A package is compiled for the shapes that it was exported with. Others give wrong pixels without a word,
  // unless it is told to look.
  ::setenv("AOTI_RUNTIME_CHECK_INPUTS", "1", 1);
  std::shared_ptr<AOTIModelPackageLoader> package;
  try {
    package = std::make_shared<AOTIModelPackageLoader>(file.string());
  } catch (const std::exception& problem) {
    throw input_error(
        file.string(), fmt::format("LibTorch cannot load it: {}", reason_of(problem)),
        "write it with torch._inductor.aoti_compile_and_package(torch.export.export(net, (x,)), "
        "package_path=\"mine.pt2\") of the PyTorch whose LibTorch this is, " +
            nn::libtorch_version());
  }
  const auto metadata = package->get_metadata();
  const auto found = metadata.find("AOTI_DEVICE_KEY");
  const std::string wanted = device.substr(0, device.find(':'));
  if (found != metadata.end() && found->second != wanted) {
    throw input_error(file.string(),
                      fmt::format("it was compiled for {}, the run is on {}", found->second, wanted),
                      fmt::format("name --device {}, or compile the network on {}", found->second, wanted));
  }
  return package;
}

LoadedNetwork loaded_package(const std::filesystem::path& file, const std::string& device) {
  const auto package = package_of(file, device);
  const auto forward = [package](const at::Tensor& x) {
    std::vector<at::Tensor> answers;
    try {
      answers = package->run({x});
    } catch (const std::exception& problem) {
      throw std::runtime_error(
          fmt::format("forward of [{}] failed: {}; was the network exported with these sides, or with "
                      "dynamic_shapes?",
                      fmt::join(x.sizes(), ", "), reason_of(problem)));
    }
    if (answers.size() != 1)
      throw std::runtime_error(fmt::format("forward gave {} tensors, one is wanted", answers.size()));
    return answers.front();
  };
  return {forward, 0};
}

#else

LoadedNetwork loaded_package(const std::filesystem::path& file, const std::string&) {
  throw input_error(
      file.string(),
      fmt::format("this program was built with LibTorch {}, AOTInductor packages want 2.9 or newer",
                  nn::libtorch_version()),
      "build it with a newer one (docs/gpu.md), or run the network as torchscript:FILE or behind the pipe "
      "(docs/models.md)");
}

#endif

}  // namespace

Method aoti_method() {
  return {.name = "aoti",
          .label = "AOTInductor package",
          .summary =
              "A compiled network of yours, as aoti_compile_and_package writes it; LibTorch 2.9 or "
              "newer (docs/models.md)",
          .path = "the package, with its side file FILE.json beside it",
          .options = network_file_options(),
          .load = [](const LoadRequest& request) {
            return load_network_file({"aoti", "aoti:mine.pt2", "torch._inductor.aoti_compile_and_package"},
                                     request, loaded_package);
          }};
}

}  // namespace synerbench
