// What a fuzz target is, and the folder in memory that targets write their files to.
//
// A target hands bytes that nobody has looked at to the function that the program calls for them. Only an
// Error may come back. Everything else, another exception, a crash, a leak, more than 10 s or 2 GB, is a
// finding, and so is an invariant that does not hold (SB_CHECK).
//
// The same source is compiled twice. With -DSYNERBENCH_FUZZ=ON each target is a program of its own under
// libFuzzer (libfuzzer.cpp). In the ordinary build fuzz_test replays seeds and corpus, and a few thousand
// random edits of them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/support/temp_folder.h"

namespace synerbench::fuzz {

/// Inputs to begin with, by name. Made in code from what the program itself writes.
using Seeds = std::map<std::string, std::string>;

struct Target {
  std::string name;  // "nifti": also the name of its corpus
  void (*one)(std::string_view input);
  Seeds (*seeds)();
  size_t longest = 4096;  // bytes of an input worth trying
};

/// All of this build, in order of name.
const std::vector<Target>& targets();

/// A folder in memory, one per process.
inline const std::filesystem::path& desk() {
  struct Desk {
    Desk() {
      if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
    }
    TempFolder* folder() {
      static TempFolder made;
      return &made;
    }
  };
  static Desk desk;
  return desk.folder()->path();
}

/// Writes a file of the desk and returns its path; folders are made.
inline std::filesystem::path put(const std::string& name, std::string_view bytes) {
  const std::filesystem::path path = desk() / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

/// True when `read` took it, false when it was refused in words: place, problem and one of the documented
/// codes.
inline bool accepted(const std::function<void()>& read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    SB_CHECK(error.code() == ExitCode::kUsage || error.code() == ExitCode::kBadInput, error.what());
    SB_CHECK(!error.problem().empty(), "an error says what is wrong");
    SB_CHECK(!error.place().empty(), error.what());
    return false;
  }
}

/// The input up to `mark`, which is taken away with it.
inline std::string_view take_until(std::string_view* input, char mark) {
  const size_t at = std::min(input->find(mark), input->size());
  const std::string_view part = input->substr(0, at);
  input->remove_prefix(std::min(at + 1, input->size()));
  return part;
}

}  // namespace synerbench::fuzz
