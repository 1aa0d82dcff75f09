#include "harness/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "harness/core/error.h"

namespace synerbench {

void parallel_for(size_t count, int threads, const std::function<void(size_t, int)>& work,
                  const std::function<bool()>& stop) {
  SB_CHECK(threads >= 1, "threads must be positive");
  std::atomic<size_t> next{0};
  std::atomic<bool> ended{false};
  std::mutex mutex;  // the two below
  std::exception_ptr failure;
  size_t failed_item = count;

  const auto run = [&](int worker) {
    while (!ended) {
      // Asked before an item is taken: an item that was taken is done.
      if (stop && stop()) {
        ended = true;
        return;
      }
      const size_t item = next.fetch_add(1);
      if (item >= count) return;
      try {
        work(item, worker);
      } catch (...) {
        ended = true;
        const std::lock_guard lock(mutex);
        if (item < failed_item) {
          failed_item = item;
          failure = std::current_exception();
        }
      }
    }
  };
  std::vector<std::jthread> others;  // joined here, also when one more cannot be started
  const auto workers = static_cast<int>(std::min(static_cast<size_t>(threads), count));
  for (int worker = 1; worker < workers; ++worker) others.emplace_back(run, worker);
  run(0);
  others.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace synerbench
