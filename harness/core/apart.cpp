#include "harness/core/apart.h"

#include <fmt/format.h>

#include <system_error>

#include "harness/core/error.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

bool same(const fs::path& a, const fs::path& b) {
  std::error_code code;
  return fs::equivalent(a, b, code) && !code;
}

/// The folders that `out` lies in, innermost first; those that are not there yet are passed over. Followed
/// through links, for ".." leads out of where a link leads to.
std::vector<fs::path> folders_above(const fs::path& out) {
  std::error_code code;
  fs::path at = fs::weakly_canonical(fs::absolute(out, code), code);
  std::vector<fs::path> folders;
  while (!code && at.has_relative_path()) {
    at = at.parent_path();
    if (fs::exists(at, code)) folders.push_back(at);
  }
  return folders;
}

}  // namespace

void require_apart(const fs::path& out, const std::vector<ReadFrom>& inputs) {
  if (out.empty()) return;
  const std::string hint = "nothing was written; name another place to write to";
  for (const ReadFrom& input : inputs) {
    if (!input.path.empty() && same(out, input.path))
      throw usage_error(out.string(), fmt::format("is {} itself", input.what), hint);
  }
  const std::vector<fs::path> folders = folders_above(out);
  for (const ReadFrom& input : inputs) {
    if (!input.closed || input.path.empty()) continue;
    for (const fs::path& folder : folders) {
      if (same(folder, input.path))
        throw usage_error(out.string(), fmt::format("lies in {}, {}", input.what, input.path.string()), hint);
    }
  }
}

}  // namespace synerbench
