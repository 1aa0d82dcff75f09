#include "harness/train/side_by_side.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "harness/core/error.h"

namespace synerbench {

void run_side_by_side(int threads, const std::vector<std::function<void()>>& jobs) {
  SB_CHECK(threads >= 1, "threads must be positive");
  std::vector<std::exception_ptr> errors(jobs.size());
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  const auto work = [&] {
    while (!failed) {
      const size_t job = next++;
      if (job >= jobs.size()) return;
      try {
        jobs[job]();
      } catch (...) {
        errors[job] = std::current_exception();
        failed = true;
      }
    }
  };
  std::vector<std::thread> others;
  const size_t useful = std::min(static_cast<size_t>(threads), jobs.size());
  for (size_t i = 1; i < useful; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace synerbench
