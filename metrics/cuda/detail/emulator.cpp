#include "metrics/cuda/detail/emulator.h"

#include <cstring>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "metrics/cuda/detail/block.h"

namespace synerbench::cuda::detail {
namespace {

// All bits set: a NaN in every floating-point type, -1 in every other.
template <class T>
void poison(T* values, size_t count) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memset(static_cast<void*>(values), 0xFF, count * sizeof(T));
}

std::vector<int> order_of(ThreadOrder order) {
  std::vector<int> threads(kThreads);
  std::iota(threads.begin(), threads.end(), 0);
  if (order == ThreadOrder::kBackward) return {threads.rbegin(), threads.rend()};
  if (order == ThreadOrder::kEvenFirst) {
    for (int i = 0; i < kThreads; ++i) threads[static_cast<size_t>(i)] = 2 * i % kThreads + 2 * i / kThreads;
  }
  return threads;
}

class Emulator : public Backend {
 public:
  explicit Emulator(ThreadOrder order) : threads_(order_of(order)) {}

  void* allocate(size_t bytes) override {
    char* memory = new char[bytes];
    poison(memory, bytes);
    return memory;
  }
  void release(void* memory) noexcept override { delete[] static_cast<char*>(memory); }
  void upload(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void download(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }

  void run(const AnyJob& job) override {
    std::visit(
        [&](const auto& j) {
          if (j.blocks() < 1 || j.blocks() > INT32_MAX) throw std::logic_error("blocks beyond a grid");
          with_block(j, [&](auto type) { run_blocks<typename decltype(type)::Type>(j); });
        },
        job);
  }

 private:
  template <class Block, class Job>
  void run_blocks(const Job& job) const {
    using Registers = typename Block::Registers;
    const auto shared = std::make_unique<typename Block::Shared>();
    std::vector<Registers> registers(kThreads);
    const auto each = [&](auto&& phase) {
      for (const int t : threads_) phase(t, registers[static_cast<size_t>(t)]);
    };
    for (int64_t block = 0; block < job.blocks(); ++block) {
      poison(shared.get(), 1);
      poison(registers.data(), registers.size());
      Block::run(job, block, *shared, each);
    }
  }

  std::vector<int> threads_;
};

}  // namespace

std::unique_ptr<Backend> emulator(ThreadOrder order) { return std::make_unique<Emulator>(order); }

}  // namespace synerbench::cuda::detail
