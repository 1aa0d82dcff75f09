// What an action does once Ctrl-C was pressed.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <functional>

#include "harness/core/error.h"
#include "harness/core/progress.h"

namespace synerbench::testing_support {

/// Expects that `action`, begun after a SIGINT, ends with Error(kInterrupted). In a process of its own: the
/// flag of the handler cannot be taken back.
inline void expect_interruptible(const std::function<void()>& action) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        install_interrupt_handler();
        std::raise(SIGINT);
        try {
          action();
        } catch (const Error& error) {
          std::_Exit(static_cast<int>(error.code()));
        }
        std::_Exit(0);
      },
      testing::ExitedWithCode(static_cast<int>(ExitCode::kInterrupted)), "");
}

}  // namespace synerbench::testing_support
