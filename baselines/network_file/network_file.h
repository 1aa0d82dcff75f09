// A model that is a file with a network in it. What the file does not say stands in a side file beside it,
// FILE.json: the fields of StatedModel (harness/method/stated_model.h). Without one it is a network of one
// slice, one source, pixels in [-1, 1].
//
// Note [What a model file is sent] forward(x) gets float32 [1, sources, height, width]; with neighbors or a
// whole volume [1, sources, depth, height, width]. It gives one slice, of any shape with as many pixels whose
// last two sizes are height and width; for a whole volume depth slices. Slices go one by one, on one thread
// (Note [One thread per slice] in harness/nn/slices.h), so a result does not depend on its batch; with the
// option "batch=on" as many at once as the run's --batch says, [n, ...], which is what a GPU wants and may
// change last digits with n. A model whose side file says deterministic: false finds LibTorch's generator
// seeded for every slice.
//
// Note [What is checked of a model file] LibTorch 1.13 to 2 reads an archive without looking at its check
// sums. So they are looked at before, and where the side file names a weights_sha256, it has to be the
// file's. A model file is a program: whoever loads one trusts who made it.
#pragma once

#include <ATen/core/Tensor.h>

#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/method/method.h"

namespace synerbench {

/// What a format has to give.
struct LoadedNetwork {
  /// One call on the device, [n, sources, ...] in. std::runtime_error with what went wrong, in a line.
  std::function<at::Tensor(const at::Tensor&)> forward;
  int64_t parameters = 0;  // counted; 0: the format does not tell
};
using NetworkLoader =
    std::function<LoadedNetwork(const std::filesystem::path& file, const std::string& device)>;

/// A format, in the words of errors.
struct NetworkFormat {
  std::string method;      // "torchscript"
  std::string example;     // "torchscript:mine.pt"
  std::string written_by;  // "torch.jit.save"
};

/// Options that all formats share, and a model of the format from the request. Error(kUsage) where no file is
/// named, or none is there.
std::vector<FieldInfo> network_file_options();
std::unique_ptr<Synthesizer> load_network_file(const NetworkFormat& format, const LoadRequest& request,
                                               const NetworkLoader& load);

/// The last line of LibTorch's text says what went wrong; the ones before say where.
std::string reason_of(const std::exception& problem);

}  // namespace synerbench
