// One process at a time in a folder.
#pragma once

#include <filesystem>
#include <string>

namespace synerbench {

/// Makes a folder (and those above it) if it is not there and locks it, in one step for everybody who does it
/// this way: of several processes one holds the lock, and the others get Error(kUsage) "<folder>: another
/// <work> is writing here". The lock is on the folder itself, so no lock file can be left behind, and it ends
/// with the object or the process. Two locks of one folder exclude each other inside a process, too.
/// Error(kBadInput) when the folder cannot be made or locked, Error(kUsage) when there is a file of that
/// name.
class FolderLock {
 public:
  /// `work` is a word for people: "training", "run".
  FolderLock(const std::filesystem::path& folder, const std::string& work);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace synerbench
