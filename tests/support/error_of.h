// What an action is refused with.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "harness/core/error.h"

namespace synerbench::testing_support {

/// The message of the Error that `action` throws, which must be of `code`; a failure of the test and "" when
/// it throws none.
inline std::string error_of(const std::function<void()>& action, ExitCode code = ExitCode::kUsage) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace synerbench::testing_support
