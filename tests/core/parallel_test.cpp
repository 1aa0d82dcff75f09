#include "harness/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace synerbench {
namespace {

using namespace std::chrono_literals;

TEST(ParallelFor, DoesEveryItemOnce) {
  for (const int threads : {1, 2, 7}) {
    std::vector<std::atomic<int>> runs(100);
    parallel_for(runs.size(), threads, [&](size_t item, int /*worker*/) { ++runs[item]; });
    for (const auto& count : runs) EXPECT_EQ(count, 1);
  }
  parallel_for(0, 3, [](size_t, int) { FAIL(); });
}

TEST(ParallelFor, OneThreadIsTheCallersAndKeepsTheOrder) {
  const auto caller = std::this_thread::get_id();
  std::vector<size_t> order;
  parallel_for(5, 1, [&](size_t item, int worker) {
    EXPECT_EQ(worker, 0);
    EXPECT_EQ(std::this_thread::get_id(), caller);
    order.push_back(item);
  });
  EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 3, 4}));
}

TEST(ParallelFor, AWorkerDoesOneItemAtATimeAndWorkerZeroIsTheCaller) {
  constexpr int kThreads = 4;
  const auto caller = std::this_thread::get_id();
  std::vector<std::atomic<int>> busy(kThreads);
  parallel_for(200, kThreads, [&](size_t, int worker) {
    ASSERT_GE(worker, 0);
    ASSERT_LT(worker, kThreads);
    EXPECT_EQ(worker == 0, std::this_thread::get_id() == caller);
    EXPECT_EQ(++busy[static_cast<size_t>(worker)], 1);
    --busy[static_cast<size_t>(worker)];
  });
}

TEST(ParallelFor, StartsNoThreadWithoutAnItem) {
  std::atomic<int> largest{0};
  parallel_for(2, 64, [&](size_t, int worker) {
    if (worker > largest) largest = worker;
  });
  EXPECT_LT(largest, 2);
}

TEST(ParallelFor, ThrowsTheFailureOfTheSmallestItemEvenWhenItComesLast) {
  for (const int threads : {2, 3}) {
    try {
      parallel_for(8, threads, [](size_t item, int /*worker*/) {
        if (item == 0) std::this_thread::sleep_for(50ms);  // the others fail meanwhile
        throw std::runtime_error(std::to_string(item));
      });
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "0");
    }
  }
}

TEST(ParallelFor, StartsNothingAfterAFailureButFinishesWhatRuns) {
  for (const int threads : {1, 2}) {
    std::atomic<int> finished{0};
    EXPECT_THROW(parallel_for(1000, threads,
                              [&](size_t item, int /*worker*/) {
                                if (item == 3) throw std::runtime_error("3");
                                std::this_thread::sleep_for(5ms);
                                ++finished;
                              }),
                 std::runtime_error);
    EXPECT_GE(finished, 3) << "everything before the failure";
    EXPECT_LT(finished, 100);
  }
}

TEST(ParallelFor, StopsWhenAskedToAndLeavesNoHole) {
  for (const int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> runs(1000);
    std::atomic<int> done{0};
    parallel_for(
        runs.size(), threads,
        [&](size_t item, int /*worker*/) {
          ++runs[item];
          ++done;
        },
        [&] { return done >= 10; });
    EXPECT_GE(done, 10);
    EXPECT_LT(done, 10 + threads) << "at most what was already started";
    for (size_t item = 1; item < runs.size(); ++item) EXPECT_LE(runs[item], runs[item - 1]) << item;
  }
}

TEST(ParallelFor, NeedsAThread) {
  EXPECT_THROW(parallel_for(1, 0, [](size_t, int) {}), std::logic_error);
}

}  // namespace
}  // namespace synerbench
