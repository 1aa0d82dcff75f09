// What a command reads and what it writes are two places.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace synerbench {

/// A file or folder that a command reads. One that is not there, or whose path is empty, stands in nobody's
/// way.
struct ReadFrom {
  std::filesystem::path path;
  std::string what;     // "the source", as messages say it
  bool closed = false;  // a folder that is read as a whole: nothing new belongs into it either
};

/// Asked before long work: `out` would replace what it is made from. Error(kUsage) at `out` when it is one of
/// `inputs`, compared by inode, so that links and other spellings are found; or when it lies, or would lie,
/// in a folder of them that is closed.
void require_apart(const std::filesystem::path& out, const std::vector<ReadFrom>& inputs);

}  // namespace synerbench
