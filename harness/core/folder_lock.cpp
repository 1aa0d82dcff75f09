#include "harness/core/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "harness/core/error.h"
#include "harness/core/file.h"

namespace synerbench {

FolderLock::FolderLock(const std::filesystem::path& folder, const std::string& work) {
  const std::string place = folder.string();
  if (path_exists(folder) && !folder_exists(folder))
    throw usage_error(place, "is a file, a folder is wanted", "give another folder");
  const auto failed = [&](const char* what, const std::error_code& code) {
    if (descriptor_ >= 0) ::close(descriptor_);
    throw input_error(place, fmt::format("{} ({})", what, code.message()), path_hint(code));
  };
  for (;;) {
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    if (code) failed("this folder cannot be made", code);
    descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0) failed("cannot be opened", {errno, std::generic_category()});
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      if (error == EWOULDBLOCK) {
        ::close(descriptor_);
        throw usage_error(place, fmt::format("another {} is writing here", work),
                          "wait for it, or choose another folder");
      }
      failed("cannot be locked; a local disk can be", {error, std::generic_category()});
    }
    struct stat mine {
    }, there{};
    if (::fstat(descriptor_, &mine) == 0 && ::stat(folder.c_str(), &there) == 0 &&
        mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
      return;
    ::close(descriptor_);  // removed or renamed between making and locking
    descriptor_ = -1;
  }
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace synerbench
