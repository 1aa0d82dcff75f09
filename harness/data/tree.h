// What lies below a folder, as finding cases and predictions sees it: names only, no file is opened.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace synerbench {

/// One entry below the root: a file to read, or anything else with the reason why it is not read.
struct TreeFile {
  std::string path;       // of what is to be opened, relative to the root, '/' between parts
  std::string name;       // "ct.nii.gz"; of a folder that stands for its only image: the folder's
  std::string stem;       // without an image ending: "ct"; `name` when it has none
  std::string path_stem;  // the folders below the root and `stem`: "1BA001/ct"
  std::string ending;     // ".nii.gz", ".nii", ".mha" in lower case, or empty
  /// Names of the folders it lies in, innermost first; goes on above the root.
  std::vector<std::string> folders;
  std::string problem;  // why it cannot be read; empty: it can
  /// A folder that cannot be listed: nobody knows what is missing.
  bool closed_folder = false;
  /// A folder that holds nothing, or only what systems leave: named, for a case may be missing there.
  bool empty_folder = false;
  /// Device and number of the file: equal for two ways to one file.
  std::array<uint64_t, 2> identity{};

  /// The n-th folder, 0 = innermost; empty when there are not that many.
  std::string folder(size_t n) const { return n < folders.size() ? folders[n] : std::string(); }
  bool is_image() const { return !ending.empty(); }
};

/// Every entry below `root`, in order of their paths: what is a regular file, and with `problem` what is not
/// read. See Note [Every entry of a tree] in tree.cpp. `more_endings` are read besides those of images.
/// Error(kUsage) when the root is no folder, Error(kBadInput) when the root itself cannot be listed.
std::vector<TreeFile> list_tree(const std::filesystem::path& root,
                                const std::vector<std::string>& more_endings = {});

/// The image that `path`, relative to `root`, stands for: itself, or the only image in a folder that is named
/// like one. With `problem` when it is a folder and stands for none. A path where nothing is comes back as it
/// is: who opens it says so.
TreeFile image_at(const std::filesystem::path& root, const std::string& path);

/// Tables, pictures, licenses and the like, which stand beside the images of a dataset and are no cause for a
/// remark.
bool is_companion(const TreeFile& file);

/// The entry for people: its path, and the problem behind it when there is one.
std::string describe(const TreeFile& file);

/// Ending of an image's name (".nii.gz", ".nii", ".mha") in lower case, whatever its own case; else empty.
std::string image_ending(const std::string& name);

/// Why a file of this name is not read as an image, and what to do.
std::string why_not_read(const std::string& name);

}  // namespace synerbench
