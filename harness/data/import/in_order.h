// Independent pieces of work on several threads, with failures that do not depend on the number of threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace synerbench {

/// Runs `work(i)` for i = 0 .. count - 1, started in that order, on `threads` threads (the caller's is one of them). After an
/// exception nothing more is started, what runs is finished, and the exception with the smallest index is thrown. Since
/// everything before that index was started before it, all of that is done, however many threads there are.
template <class Work>
void start_in_order(size_t count, int threads, Work&& work) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  size_t failed_at = count;
  const auto run = [&] {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      try {
        work(i);
      } catch (...) {
        std::lock_guard lock(mutex);
        next = count;
        if (i < failed_at) {
          failed_at = i;
          failure = std::current_exception();
        }
      }
    }
  };
  std::vector<std::thread> workers;
  for (int t = 1; t < threads; ++t) workers.emplace_back(run);
  run();
  for (auto& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace synerbench
