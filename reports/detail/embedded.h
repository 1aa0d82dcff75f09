// Files that travel in the program. The source is made by embed.cmake when the program is built.
#pragma once

#include <span>
#include <string_view>

namespace synerbench::detail {

struct EmbeddedFile {
  std::string_view name;   // "synermedgen-2026.json"
  std::string_view bytes;  // the file's bytes, unchanged
};
std::span<const EmbeddedFile> embedded_published_files();  // suites/published/*.json, sorted by name
std::string_view embedded_style();                         // report.css

}  // namespace synerbench::detail
