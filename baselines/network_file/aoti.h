// AOTInductor packages: aoti:mine.pt2, as torch._inductor.aoti_compile_and_package writes them. See
// network_file.h for what is sent. They want LibTorch 2.9 or newer; a program that was built with an older
// one says so.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// aoti:FILE,option=value,...
Method aoti_method();

}  // namespace synerbench
