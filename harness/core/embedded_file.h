// Files that travel in the program. Their source is made by synerbench_embed() of
// cmake/SynerBenchTargets.cmake when the program is built.
#pragma once

#include <string_view>

namespace synerbench {

struct EmbeddedFile {
  std::string_view name;   // without its ending: "quick" of suites/quick.json
  std::string_view bytes;  // the file's bytes, unchanged
};

}  // namespace synerbench
