// TorchScript files: torchscript:mine.pt, as torch.jit.save writes them. See network_file.h for what is sent.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// torchscript:FILE,option=value,...
Method torchscript_method();

}  // namespace synerbench
