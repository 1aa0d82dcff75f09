#include "harness/nn/matrix_buffers.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <mutex>
#include <vector>

#include "harness/core/error.h"

namespace synerbench::nn {
namespace {

constexpr size_t kBufferBytes = size_t{128} << 20;  // of OpenBLAS on x86-64; elsewhere it takes less

bool has_room(size_t bytes) {
  void* place = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return place != MAP_FAILED && ::munmap(place, bytes) == 0;
}

}  // namespace

void take_matrix_buffers(int threads, const std::string& place) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  // Not in its headers, and the same in all of its versions.
  const auto take = reinterpret_cast<void* (*)(int)>(::dlsym(RTLD_DEFAULT, "blas_memory_alloc"));
  const auto give_back = reinterpret_cast<void (*)(void*)>(::dlsym(RTLD_DEFAULT, "blas_memory_free"));
  if (take == nullptr || give_back == nullptr) return;
  static std::mutex mutex;
  static int taken = 0;
  const std::lock_guard lock(mutex);
  std::vector<void*> buffers;  // held until all are there: one that is free would be handed out again
  const auto release = [&] {
    for (void* buffer : buffers) give_back(buffer);
  };
  for (int i = 0; taken < threads && i < threads; ++i) {
    if (!has_room(kBufferBytes)) {
      release();
      throw input_error(place,
                        fmt::format("out of memory: no room for a buffer of {} MiB in which matrices are "
                                    "multiplied",
                                    kBufferBytes >> 20),
                        "raise the limit of the address space (ulimit -v), or use fewer threads (--threads)");
    }
    buffers.push_back(take(0));
  }
  release();
  if (taken < threads) taken = threads;
}

}  // namespace synerbench::nn
