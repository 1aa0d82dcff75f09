// How fast the metrics are, next to their reference implementations in the same run.
//
//   metrics_benchmark --benchmark_min_time=1 --benchmark_repetitions=5
//     --benchmark_report_aggregates_only=true
//   metrics_benchmark --write-images=FOLDER     the images as raw float64, for python/ssim_scikit_image.py
//
// The argument of a benchmark is the number of threads. Reference implementations run once on one thread:
// they are hundreds of times slower. machine/ and kernel/ are what the roofline in docs/performance.md is
// made of: rates of this machine, and the loops of metrics/detail/kernels.h alone.
#include <benchmark/benchmark.h>
#include <omp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "metrics/detail/kernels.h"
#include "metrics/ms_ssim.h"
#include "metrics/pixelwise.h"
#include "metrics/protocol.h"
#include "metrics/ssim.h"
#include "metrics/surface_distance.h"
#include "metrics/synthrad.h"
#include "tests/metrics/images.h"
#include "tests/metrics/reference_metrics.h"

namespace {

using namespace synerbench;
using namespace synerbench::testing_images;

struct Pair {
  Picture prediction, target;
};

Pair unit_pair(Shape shape) {
  const Picture target = anatomy(shape, 1);
  return {sum(blurred(target, 1), noise(shape, 2), 0.1), target};
}

Pair hounsfield_pair(Shape shape) {
  const Pair pair = unit_pair(shape);
  const auto to_hu = [](double v) { return std::round(2600 * v - 1000); };
  return {mapped(pair.prediction, to_hu), mapped(pair.target, to_hu)};
}

constexpr Shape kSlice{1, 256, 256}, kCube{64, 64, 64}, kScan{64, 160, 160};

void set_threads(const benchmark::State& state) { omp_set_num_threads(static_cast<int>(state.range(0))); }
void report_voxels(benchmark::State& state, Shape shape) {
  state.SetItemsProcessed(state.iterations() * shape.depth * shape.height * shape.width);
}

/// The result beside the time, so that another program's number can be compared with ours.
void label(benchmark::State& state, const Score& score) {
  char text[64];
  std::snprintf(text, sizeof text, "value=%.12f", score.value());
  state.SetLabel(text);
}

/// What is timed of a pair: ours, and the same by its definition.
struct Measured {
  Pair pair;
  Stencil mask;  // empty: none
  std::function<Score(const Measured&)> fast;
  std::function<double(const Measured&)> reference;
  Shape shape;
};

Measured ssim_of(Shape shape, const Pair& pair, const SsimConvention& convention) {
  return {
      pair,
      {},
      [=](const Measured& m) { return ssim(m.pair.prediction.view(), m.pair.target.view(), {}, convention); },
      [=](const Measured& m) {
        return reference_metrics::ssim(m.pair.prediction.view(), m.pair.target.view(), {}, convention);
      },
      shape};
}
Measured gaussian_2d() { return ssim_of(kSlice, unit_pair(kSlice), ssim_convention("wang2004", 2, 1.0)); }
Measured gaussian_3d() { return ssim_of(kCube, unit_pair(kCube), ssim_convention("wang2004", 3, 1.0)); }
Measured uniform_3d() {
  return ssim_of(kScan, hounsfield_pair(kScan), ssim_convention("skimage", 3, kSynthRad2023Range.width()));
}
Measured synthrad2023() {
  return {hounsfield_pair(kScan), ball(kScan, 0.9),
          [](const Measured& m) {
            return synthrad2023_ssim(m.pair.prediction.view(), m.pair.target.view(), m.mask.view());
          },
          [](const Measured& m) {
            return reference_metrics::synthrad2023_ssim(m.pair.prediction.view(), m.pair.target.view(),
                                                        m.mask.view(), kSynthRad2023Range);
          },
          kScan};
}
Measured synthrad2025() {
  return {hounsfield_pair(kScan), ball(kScan, 0.9),
          [](const Measured& m) {
            return synthrad2025_ms_ssim(m.pair.prediction.view(), m.pair.target.view(), m.mask.view());
          },
          [](const Measured& m) {
            return reference_metrics::synthrad2025_ms_ssim(m.pair.prediction.view(), m.pair.target.view(),
                                                           m.mask.view(), kSynthRad2025Range);
          },
          kScan};
}

/// The images are made in here, so that a run of other benchmarks does not wait for them.
void time_fast(benchmark::State& state, Measured (*make)()) {
  set_threads(state);
  const Measured measured = make();
  Score score = Undefined::kEmptyMask;
  for (auto _ : state) score = measured.fast(measured);
  label(state, score);
  report_voxels(state, measured.shape);
}
void time_reference(benchmark::State& state, Measured (*make)()) {
  const Measured measured = make();
  for (auto _ : state) benchmark::DoNotOptimize(measured.reference(measured));
  report_voxels(state, measured.shape);
}

/// All that a protocol asks of one slice or volume.
void time_protocol(benchmark::State& state, const char* id, Shape shape, Pair (*make)(Shape)) {
  set_threads(state);
  const Pair pair = make(shape);
  const Stencil mask = ball(shape, 0.9);
  const Protocol& protocol = builtin_protocols().at(id);
  for (auto _ : state) {
    benchmark::DoNotOptimize(compare(protocol, pair.prediction.view(), pair.target.view(), mask.view()));
  }
  report_voxels(state, shape);
}

// ---- the roofline -----------------------------------------------------------------------------------------

/// Values on a border of cache lines, so that every run has the same luck.
class Aligned {
 public:
  explicit Aligned(int64_t count) : storage_(static_cast<size_t>(count + 8), 1.0) {
    const auto beyond = reinterpret_cast<uintptr_t>(storage_.data()) / sizeof(double) % 8;
    first_ = storage_.data() + (8 - beyond) % 8;
  }
  Aligned(const Aligned&) = delete;
  Aligned& operator=(const Aligned&) = delete;
  double* data() const { return first_; }

 private:
  std::vector<double> storage_;
  double* first_;
};

/// Bytes read and written per second by a copy of `range` KiB.
void copy_rate(benchmark::State& state) {
  const int64_t bytes = state.range(0) * 1024;
  const Aligned from(bytes / 8), to(bytes / 8);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), static_cast<size_t>(bytes));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(2 * bytes * state.iterations());
}

#if defined(__x86_64__) && defined(__GNUC__)
/// Flops per second of fused multiply-adds on four doubles each, in twelve independent chains.
__attribute__((target("avx2,fma"))) void chains_of_fma(int64_t rounds) {
  for (int64_t i = 0; i < rounds; ++i) {
    __asm__ volatile(
        "vfmadd231pd %%ymm12, %%ymm13, %%ymm0\n vfmadd231pd %%ymm12, %%ymm13, %%ymm1\n"
        "vfmadd231pd %%ymm12, %%ymm13, %%ymm2\n vfmadd231pd %%ymm12, %%ymm13, %%ymm3\n"
        "vfmadd231pd %%ymm12, %%ymm13, %%ymm4\n vfmadd231pd %%ymm12, %%ymm13, %%ymm5\n"
        "vfmadd231pd %%ymm12, %%ymm13, %%ymm6\n vfmadd231pd %%ymm12, %%ymm13, %%ymm7\n"
        "vfmadd231pd %%ymm12, %%ymm13, %%ymm8\n vfmadd231pd %%ymm12, %%ymm13, %%ymm9\n"
        "vfmadd231pd %%ymm12, %%ymm13, %%ymm10\n vfmadd231pd %%ymm12, %%ymm13, %%ymm11\n" ::
            : "ymm0", "ymm1", "ymm2", "ymm3", "ymm4", "ymm5", "ymm6", "ymm7", "ymm8", "ymm9", "ymm10",
              "ymm11");
  }
}
void fma_rate(benchmark::State& state) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    state.SkipWithError("no AVX2");
    return;
  }
  constexpr int64_t kRounds = 10000;
  for (auto _ : state) chains_of_fma(kRounds);
  state.counters["flops"] = benchmark::Counter(static_cast<double>(kRounds * 12 * 4 * 2 * state.iterations()),
                                               benchmark::Counter::kIsRate);
}
#endif

constexpr int64_t kTileColumns = 136, kTileRows = 8;

/// `flops` per value and `bytes` per value, as the loop is written: see docs/performance.md.
void report_kernel(benchmark::State& state, int64_t values, double flops) {
  state.SetItemsProcessed(values * state.iterations());
  state.counters["flops"] = benchmark::Counter(flops * static_cast<double>(values * state.iterations()),
                                               benchmark::Counter::kIsRate);
}

void kernel_finite(benchmark::State& state) {
  const Aligned in(kTileColumns * kTileRows);
  for (auto _ : state) {
    benchmark::DoNotOptimize(detail::kernels().finite(in.data(), kTileColumns * kTileRows));
  }
  report_kernel(state, kTileColumns * kTileRows, 2);
}

void kernel_products(benchmark::State& state) {
  const Aligned x(kTileColumns), y(kTileColumns), out(4 * kTileColumns);
  std::array<double*, detail::kMaxMoments> rows{};
  for (int m = 0; m < 4; ++m) rows[static_cast<size_t>(m)] = out.data() + m * kTileColumns;
  for (auto _ : state) {
    detail::kernels().products(x.data(), y.data(), kTileColumns, nullptr, nullptr, detail::Squares::kTogether,
                               rows.data());
    benchmark::ClobberMemory();
  }
  report_kernel(state, kTileColumns, 4);
}

/// One map along the height: 8 rows of a tile.
void kernel_filter(benchmark::State& state, const Window& window) {
  const bool unit = window.shape == WindowShape::kUniform;
  std::vector<double> weights = window_weights(window);
  if (unit) std::fill(weights.begin(), weights.end(), 1.0);
  const detail::Taps taps{weights.data(), window.size, unit};
  const int64_t stride = kTileColumns + detail::kernels().skew;
  const Aligned in((kTileRows + window.size) * stride), out(kTileRows * stride);
  for (auto _ : state) {
    detail::kernels().weigh(taps, in.data(), stride, kTileRows, kTileColumns, out.data(), stride);
    benchmark::ClobberMemory();
  }
  report_kernel(state, kTileColumns * kTileRows, unit ? 3.25 : 17);
}
void kernel_gaussian(benchmark::State& state) { kernel_filter(state, {}); }
void kernel_uniform(benchmark::State& state) { kernel_filter(state, {WindowShape::kUniform, 7, 0, false}); }

void kernel_transpose(benchmark::State& state) {
  const int64_t stride = kTileColumns + detail::kernels().skew;
  const Aligned in(kTileRows * stride), out(kTileColumns * (detail::kBlockRows + detail::kernels().skew));
  for (auto _ : state) {
    detail::kernels().transpose(in.data(), stride, kTileColumns, out.data());
    benchmark::ClobberMemory();
  }
  report_kernel(state, kTileColumns * kTileRows, 0);
}

void kernel_similarity(benchmark::State& state) {
  constexpr int64_t kValues = kTileColumns * detail::kBlockRows;
  const Aligned in(4 * kValues);
  const detail::MomentBlock block{kTileColumns, in.data(), in.data() + kValues, in.data() + 2 * kValues,
                                  in.data() + 3 * kValues};
  detail::BlockSums sums;
  for (auto _ : state) {
    detail::kernels().similarity(block, {1e-4, 9e-4, 1, 1}, detail::Term::kSsim, false, nullptr, sums);
    benchmark::DoNotOptimize(sums);
  }
  report_kernel(state, kValues, 18);
}

void distances(benchmark::State& state) {
  set_threads(state);
  const Stencil seeds = ball(kScan, 0.5);
  for (auto _ : state) benchmark::DoNotOptimize(distance_transform(seeds.view(), {3, 1, 1}));
  report_voxels(state, kScan);
}

void register_fast(const std::string& name, const std::function<void(benchmark::State&)>& fast) {
  benchmark::RegisterBenchmark(name.c_str(), fast)
      ->Arg(1)
      ->Arg(2)
      ->ArgName("threads")
      ->MeasureProcessCPUTime()  // of all threads
      ->UseRealTime()
      ->ComputeStatistics("min",
                          [](const std::vector<double>& v) { return *std::min_element(v.begin(), v.end()); })
      ->Unit(benchmark::kMillisecond);
}

void register_both(const std::string& name, Measured (*make)()) {
  register_fast(name, [make](benchmark::State& state) { time_fast(state, make); });
  benchmark::RegisterBenchmark((name + "/reference").c_str(),
                               [make](benchmark::State& state) { time_reference(state, make); })
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

void register_roofline() {
  for (const int64_t kib : {16, 256, 4096, 131072})
    benchmark::RegisterBenchmark("machine/copy", copy_rate)->Arg(kib)->ArgName("KiB");
#if defined(__x86_64__) && defined(__GNUC__)
  benchmark::RegisterBenchmark("machine/fma_256_bit", fma_rate);
#endif
  benchmark::RegisterBenchmark("kernel/finite", kernel_finite);
  benchmark::RegisterBenchmark("kernel/products", kernel_products);
  benchmark::RegisterBenchmark("kernel/gaussian_11", kernel_gaussian);
  benchmark::RegisterBenchmark("kernel/uniform_7", kernel_uniform);
  benchmark::RegisterBenchmark("kernel/transpose", kernel_transpose);
  benchmark::RegisterBenchmark("kernel/similarity", kernel_similarity);
}

void write_raw(const std::string& path, const Picture& picture) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(picture.voxels.data()),
             static_cast<std::streamsize>(picture.voxels.size() * sizeof(double)));
  if (!file) std::fprintf(stderr, "cannot write %s\n", path.c_str());
}

void write_images(const std::string& folder) {
  const auto write = [&](const std::string& name, const Pair& pair) {
    write_raw(folder + "/" + name + "_prediction.f64", pair.prediction);
    write_raw(folder + "/" + name + "_target.f64", pair.target);
  };
  write("slice_1x256x256", unit_pair(kSlice));
  write("cube_64x64x64", unit_pair(kCube));
  write("scan_64x160x160", hounsfield_pair(kScan));
}

}  // namespace

int main(int argc, char** argv) {
  constexpr const char* kWrite = "--write-images=";
  if (argc == 2 && std::strncmp(argv[1], kWrite, std::strlen(kWrite)) == 0) {
    write_images(argv[1] + std::strlen(kWrite));
    return 0;
  }
  register_both("ssim_gaussian_2d_256x256", gaussian_2d);
  register_both("ssim_gaussian_3d_64x64x64", gaussian_3d);
  register_fast("ssim_uniform_3d_64x160x160", [](benchmark::State& state) { time_fast(state, uniform_3d); });
  register_both("synthrad2023_ssim_64x160x160", synthrad2023);
  register_both("synthrad2025_ms_ssim_64x160x160", synthrad2025);
  register_fast("synermed_2d_all_metrics_256x256",
                [](benchmark::State& state) { time_protocol(state, "synermed-2d@1", kSlice, unit_pair); });
  register_fast("synthrad2023_all_metrics_64x160x160", [](benchmark::State& state) {
    time_protocol(state, "synthrad2023@1", kScan, hounsfield_pair);
  });
  register_fast("distance_transform_64x160x160", distances);
  register_roofline();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
