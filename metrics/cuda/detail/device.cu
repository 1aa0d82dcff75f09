// The kernels on a device. What they do is in block.h; here they are launched.
#include <cuda_runtime.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <variant>

#include "metrics/cuda/detail/backend.h"
#include "metrics/cuda/detail/block.h"

namespace synerbench::cuda::detail {
namespace {

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  throw std::runtime_error(std::string("CUDA metrics: ") + what + ": " + cudaGetErrorString(error));
}

/// Runs a phase in this thread and waits for the others.
template <class Registers>
struct EachThread {
  Registers& registers;
  template <class Phase>
  SYNERBENCH_HD void operator()(Phase&& phase) const {
#ifdef __CUDA_ARCH__
    phase(static_cast<int>(threadIdx.x), registers);
    __syncthreads();
#else
    (void)phase;  // never called on the host
#endif
  }
};

template <class Block, class Job>
__global__ void __launch_bounds__(kThreads, Block::kResident) block_kernel(const __grid_constant__ Job job) {
  __shared__ typename Block::Shared shared;
  typename Block::Registers registers;
  Block::run(job, blockIdx.x, shared, EachThread<typename Block::Registers>{registers});
}

// The default pool gives memory back whenever a stream is waited for, so every call would pay for finding it
// again; and how it behaves belongs to the program. So a pool of our own for each device, which keeps what the
// sums of a few large batches need. It lives as long as the process.
constexpr uint64_t kKept = uint64_t{64} << 20;

cudaMemPool_t pool() {
  static std::mutex mutex;
  static std::map<int, cudaMemPool_t> pools;
  int device = 0;
  check(cudaGetDevice(&device), "asking for the device");
  const std::lock_guard<std::mutex> lock(mutex);
  const auto known = pools.find(device);
  if (known != pools.end()) return known->second;
  cudaMemPoolProps properties{};
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location.type = cudaMemLocationTypeDevice;
  properties.location.id = device;
  cudaMemPool_t made = nullptr;
  check(cudaMemPoolCreate(&made, &properties), "making a pool of memory");
  uint64_t kept = kKept;
  check(cudaMemPoolSetAttribute(made, cudaMemPoolAttrReleaseThreshold, &kept), "setting up a pool of memory");
  return pools.emplace(device, made).first->second;
}

class Device : public Backend {
 public:
  explicit Device(cudaStream_t stream) : stream_(stream), pool_(pool()) {}

  void* allocate(size_t bytes) override {
    void* memory = nullptr;
    check(cudaMallocFromPoolAsync(&memory, bytes, pool_, stream_), "allocating memory on the device");
    return memory;
  }
  // An error here has been reported by what came before, or will be by what comes next.
  void release(void* memory) noexcept override { (void)cudaFreeAsync(memory, stream_); }
  void upload(void* to, const void* from, size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "copying to the device");
  }
  void download(void* to, const void* from, size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "copying from the device");
    check(cudaStreamSynchronize(stream_), "waiting for the device");
  }

  void run(const AnyJob& job) override {
    std::visit(
        [&](const auto& j) {
          using Job = std::decay_t<decltype(j)>;
          with_block(j, [&](auto type) {
            using Block = typename decltype(type)::Type;
            block_kernel<Block, Job><<<static_cast<unsigned>(j.blocks()), kThreads, 0, stream_>>>(j);
          });
        },
        job);
    check(cudaGetLastError(), "starting a kernel");
  }

 private:
  cudaStream_t stream_;
  cudaMemPool_t pool_;
};

DeviceState ask() {
  DeviceState state;
  state.built = true;
  int devices = 0;
  cudaError_t error = cudaGetDeviceCount(&devices);
  if (error == cudaSuccess && devices == 0) error = cudaErrorNoDevice;
  int device = 0, pools = 0;
  cudaDeviceProp properties{};
  if (error == cudaSuccess) error = cudaGetDevice(&device);
  if (error == cudaSuccess) error = cudaGetDeviceProperties(&properties, device);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, device);
  if (error != cudaSuccess) {
    (void)cudaGetLastError();
    state.reason = std::string("no CUDA device answers: ") + cudaGetErrorString(error);
    return state;
  }
  if (pools == 0) {
    state.reason = std::string(properties.name) + " has no memory pools, which the metrics need";
    return state;
  }
  // Whether the program holds code for this device at all.
  cudaFuncAttributes attributes{};
  error = cudaFuncGetAttributes(&attributes, block_kernel<SumBlock, SumJob>);
  if (error != cudaSuccess) {
    (void)cudaGetLastError();
    state.reason = std::string("the kernels were not compiled for ") + properties.name +
                   " (compute capability " + std::to_string(properties.major) + "." +
                   std::to_string(properties.minor) + "): " + cudaGetErrorString(error) +
                   "; CMake: CMAKE_CUDA_ARCHITECTURES";
    return state;
  }
  state.available = true;
  state.name = properties.name;
  return state;
}

}  // namespace

const DeviceState& device_state() {
  static const DeviceState state = ask();
  return state;
}

std::unique_ptr<Backend> device_backend(void* stream) {
  if (!device_state().available) throw std::runtime_error(device_state().reason);
  return std::make_unique<Device>(static_cast<cudaStream_t>(stream));
}

}  // namespace synerbench::cuda::detail
