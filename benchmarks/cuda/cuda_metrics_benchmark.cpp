// How fast the CUDA metrics are, as a share of what copying memory reaches on the same device in the same
// minute.
//
//   cuda_metrics_benchmark --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
//
// A call is timed from its start to its result on the host: allocation of the partial sums, kernels, the copy
// of the sums. Columns: bytes_per_second, of the bytes that have to be read (both images once, the mask
// once); of_copy, the share of the copy's rate, where read and written bytes count. Batches are far larger
// than a device's caches. Ends with 77, and says why, where no device answers.
#include <benchmark/benchmark.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "metrics/cuda/measure.h"
#include "metrics/ms_ssim.h"
#include "metrics/ssim.h"
#include "metrics/synthrad.h"

namespace {

using namespace synerbench;

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "cuda_metrics_benchmark: %s: %s\n", what, cudaGetErrorString(error));
  std::exit(3);
}

/// A batch on the device, filled with a smooth pattern and noise: speeds do not depend on values, but values
/// that are all equal would be kind to power limits.
class DeviceBatch {
 public:
  DeviceBatch(int64_t items, int64_t depth, int64_t height, int64_t width, bool masked) {
    pairs_ = {items, depth, height, width, nullptr, nullptr, nullptr};
    const int64_t of_item = pairs_.voxels(), count = items * of_item;
    std::vector<float> x(static_cast<size_t>(of_item)), y(x.size());
    std::vector<uint8_t> mask(x.size());
    uint32_t state = 1;
    const auto noise = [&] {
      state = state * 1664525U + 1013904223U;
      return static_cast<float>(state >> 8) * 0x1p-24F;
    };
    for (int64_t i = 0; i < of_item; ++i) {
      const auto at = static_cast<size_t>(i);
      const float wave = static_cast<float>((i % width) * (i / width % height) % 997) / 997.0F;
      x[at] = 0.5F * wave + 0.3F * noise();
      y[at] = 0.5F * wave + 0.3F * noise();
      mask[at] = i % width > width / 8 && i % width < width - width / 8 ? 1 : 0;
    }
    prediction_ = copies(x, count);
    target_ = copies(y, count);
    pairs_.prediction = static_cast<const float*>(prediction_);
    pairs_.target = static_cast<const float*>(target_);
    if (masked) {
      mask_ = copies(mask, count);
      pairs_.mask = static_cast<const uint8_t*>(mask_);
    }
  }
  DeviceBatch(const DeviceBatch&) = delete;
  DeviceBatch& operator=(const DeviceBatch&) = delete;
  ~DeviceBatch() {
    for (void* memory : {prediction_, target_, mask_}) (void)cudaFree(memory);
  }
  const cuda::Pairs& pairs() const { return pairs_; }
  /// Both images once, and the mask.
  double bytes() const {
    return static_cast<double>(pairs_.items * pairs_.voxels()) * (pairs_.mask != nullptr ? 9 : 8);
  }

 private:
  template <class T>
  static void* copies(const std::vector<T>& item, int64_t count) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, static_cast<size_t>(count) * sizeof(T)), "allocating a batch");
    for (int64_t at = 0; at < count; at += static_cast<int64_t>(item.size())) {
      check(cudaMemcpy(static_cast<T*>(memory) + at, item.data(), item.size() * sizeof(T),
                       cudaMemcpyHostToDevice),
            "copying a batch");
    }
    return memory;
  }
  cuda::Pairs pairs_;
  void *prediction_ = nullptr, *target_ = nullptr, *mask_ = nullptr;
};

/// Bytes read and written a second when memory is copied on the device: the best of 20 copies of 1 GiB.
double copy_rate() {
  static const double rate = [] {
    constexpr size_t kBytes = size_t{1} << 30;
    void *from = nullptr, *to = nullptr;
    check(cudaMalloc(&from, kBytes), "allocating for the copy");
    check(cudaMalloc(&to, kBytes), "allocating for the copy");
    check(cudaMemset(from, 1, kBytes), "filling");
    double best = 0;
    for (int i = 0; i < 20; ++i) {
      check(cudaDeviceSynchronize(), "waiting");
      const auto start = std::chrono::steady_clock::now();
      check(cudaMemcpyAsync(to, from, kBytes, cudaMemcpyDeviceToDevice, nullptr), "copying");
      check(cudaDeviceSynchronize(), "copying");
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      best = std::max(best, 2.0 * kBytes / seconds.count());
    }
    (void)cudaFree(from);
    (void)cudaFree(to);
    return best;
  }();
  return rate;
}

void copy(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(copy_rate());
  state.counters["copy_bytes_per_second"] = copy_rate();
  state.SetLabel(cuda::device_name());
}

template <class Call>
void time_calls(benchmark::State& state, const DeviceBatch& batch, Call&& call) {
  call();  // loads the kernels and fills the memory pool
  for (auto _ : state) call();
  const double bytes = batch.bytes() * static_cast<double>(state.iterations());
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * batch.pairs().items * batch.pairs().voxels());
  state.counters["of_copy"] = benchmark::Counter(bytes / copy_rate(), benchmark::Counter::kIsRate);
}

void similarity(benchmark::State& state, const char* convention, int dimensions, cuda::Precision precision,
                bool masked, int64_t side) {
  const bool volume = dimensions == 3;
  const DeviceBatch batch(volume ? 4 : (int64_t{1} << 27) / (side * side), volume ? side / 2 : 1, side, side,
                          masked);
  cuda::Request request;
  request.ssim = ssim_convention(convention, dimensions, 1);
  request.precision = precision;
  time_calls(state, batch,
             [&] { benchmark::DoNotOptimize(cuda::measure_on_device(batch.pairs(), request)); });
}

void errors(benchmark::State& state, cuda::Precision precision) {
  const DeviceBatch batch(512, 1, 512, 512, false);
  cuda::ErrorRequest request;
  request.precision = precision;
  time_calls(state, batch, [&] { benchmark::DoNotOptimize(cuda::errors_on_device(batch.pairs(), request)); });
}

void multi_scale(benchmark::State& state, cuda::Precision precision) {
  const DeviceBatch batch(512, 1, 512, 512, false);
  const MsSsimConvention convention = ms_ssim_convention("pytorch-msssim", 2, 1);
  time_calls(state, batch, [&] {
    benchmark::DoNotOptimize(cuda::ms_ssim_on_device(batch.pairs(), convention, precision));
  });
}

void protocol(benchmark::State& state, const char* id, bool volume) {
  const DeviceBatch batch(volume ? 4 : 512, volume ? 160 : 1, volume ? 256 : 512, volume ? 256 : 512, true);
  time_calls(state, batch, [&] { benchmark::DoNotOptimize(cuda::compare_on_device(id, batch.pairs())); });
}

template <class... Arguments>
void add(const std::string& name, Arguments... arguments) {
  benchmark::RegisterBenchmark(name.c_str(), arguments...)->UseRealTime()->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 1;
  if (!cuda::available()) {
    std::fprintf(stderr, "cuda_metrics_benchmark: nothing is measured: %s\n",
                 cuda::unavailable_reason().c_str());
    return 77;
  }
  constexpr auto k32 = cuda::Precision::kFloat32, k64 = cuda::Precision::kFloat64;
  benchmark::RegisterBenchmark("machine/copy", copy)->Iterations(1);
  add("ssim/gaussian_2d_256/float32", similarity, "wang2004", 2, k32, false, int64_t{256});
  add("ssim/gaussian_2d_512/float32", similarity, "wang2004", 2, k32, false, int64_t{512});
  add("ssim/gaussian_2d_512_masked/float32", similarity, "wang2004", 2, k32, true, int64_t{512});
  add("ssim/gaussian_2d_512/float64", similarity, "wang2004", 2, k64, false, int64_t{512});
  add("ssim/uniform_2d_512/float32", similarity, "skimage", 2, k32, false, int64_t{512});
  add("ssim/uniform_3d_256/float32", similarity, "skimage", 3, k32, false, int64_t{256});
  add("ssim/gaussian_3d_256/float32", similarity, "wang2004", 3, k32, false, int64_t{256});
  add("ssim/gaussian_3d_256/float64", similarity, "wang2004", 3, k64, false, int64_t{256});
  add("errors/512/float32", errors, k32);
  add("errors/512/float64", errors, k64);
  add("ms_ssim/2d_512/float32", multi_scale, k32);
  add("ms_ssim/2d_512/float64", multi_scale, k64);
  add("protocol/synermed-2d", protocol, "synermed-2d@2", false);
  add("protocol/synthrad2023", protocol, "synthrad2023@1", true);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
