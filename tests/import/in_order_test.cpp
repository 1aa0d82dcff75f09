#include "harness/data/import/in_order.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace synerbench {
namespace {

using namespace std::chrono_literals;

TEST(StartInOrder, RunsEverythingOnce) {
  for (const int threads : {1, 2, 7}) {
    std::vector<std::atomic<int>> runs(100);
    start_in_order(runs.size(), threads, [&](size_t i) { ++runs[i]; });
    for (const auto& count : runs) EXPECT_EQ(count, 1);
  }
  start_in_order(0, 3, [](size_t) { FAIL(); });
}

TEST(StartInOrder, ThrowsTheFailureWithTheSmallestIndexEvenWhenItComesLast) {
  for (const int threads : {2, 3}) {
    try {
      start_in_order(8, threads, [](size_t i) {
        if (i == 0) std::this_thread::sleep_for(50ms);  // the others fail meanwhile
        throw std::runtime_error(std::to_string(i));
      });
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "0");
    }
  }
}

TEST(StartInOrder, StartsNothingAfterAFailureButFinishesWhatRuns) {
  for (const int threads : {1, 2}) {
    std::atomic<int> finished{0};
    EXPECT_THROW(start_in_order(1000, threads,
                                [&](size_t i) {
                                  if (i == 3) throw std::runtime_error("3");
                                  std::this_thread::sleep_for(5ms);
                                  ++finished;
                                }),
                 std::runtime_error);
    EXPECT_GE(finished, 3) << "everything before the failure";
    EXPECT_LT(finished, 100);
  }
}

}  // namespace
}  // namespace synerbench
