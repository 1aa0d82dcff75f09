// Programs of others, run without a shell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace synerbench {

/// Where a program's output goes.
struct ChildOutput {
  std::filesystem::path log = {};  // both outputs; empty: this process's own
};

/// Runs a program in `folder` and waits for it; its standard input is empty. The exit code, 128 + the number
/// of the signal that ended it, or -1 when it could not be started. An interrupt of this process (progress.h)
/// is handed on to it as SIGINT, and it is waited for.
int run_program(const std::string& program, const std::vector<std::string>& arguments,
                const std::filesystem::path& folder, const ChildOutput& output = {});

}  // namespace synerbench
