// The files of a dataset tree, as discovery sees them: names only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace synerbench {

/// One regular file below the root.
struct TreeFile {
  std::string path;    // relative to the root, '/' between parts
  std::string name;    // "ct.nii.gz"
  std::string stem;    // without an image ending: "ct"; `name` when it has none
  std::string ending;  // ".nii.gz", ".nii", ".mha", or empty
  /// Names of the folders it lies in, innermost first; goes on above the root.
  std::vector<std::string> folders;
  /// The n-th folder, 0 = innermost; empty when there are not that many.
  std::string folder(size_t n) const { return n < folders.size() ? folders[n] : std::string(); }
  bool is_image() const { return !ending.empty(); }
};

/// All files below `root`, in order of their paths. Hidden files and __MACOSX are left out; links to folders
/// are followed, each folder once. Error(kUsage) when the root is no folder, Error(kBadInput) when a part of
/// it cannot be read.
std::vector<TreeFile> list_tree(const std::filesystem::path& root);

/// Tables, pictures, licenses and the like, which stand beside the images of a dataset and are no cause for a
/// remark.
bool is_companion(const TreeFile& file);

}  // namespace synerbench
