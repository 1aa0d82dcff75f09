// The suites that come with the program. The source is made from suites/*.json by embed.cmake when the
// program is built.
#pragma once

#include <span>
#include <string_view>

namespace synerbench {

struct EmbeddedSuite {
  std::string_view name;   // "quick" of suites/quick.json
  std::string_view bytes;  // the file's bytes, unchanged
};
std::span<const EmbeddedSuite> embedded_suites();  // sorted by name

}  // namespace synerbench
