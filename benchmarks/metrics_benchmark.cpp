// How fast the metrics are, next to their reference implementations in the same run.
//
//   metrics_benchmark --benchmark_min_time=1 --benchmark_repetitions=5
//     --benchmark_report_aggregates_only=true
//   metrics_benchmark --write-images=FOLDER     the images as raw float64, for python/ssim_scikit_image.py
//
// The argument of a benchmark is the number of threads. Reference implementations run once on one thread:
// they are hundreds of times slower.
#include <benchmark/benchmark.h>
#include <omp.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

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

void gaussian_2d(benchmark::State& state) {
  set_threads(state);
  const Pair pair = unit_pair(kSlice);
  const SsimConvention convention = ssim_convention("wang2004", 2, 1.0);
  Score score = Undefined::kEmptyMask;
  for (auto _ : state) score = ssim(pair.prediction.view(), pair.target.view(), {}, convention);
  label(state, score);
  report_voxels(state, kSlice);
}
void gaussian_2d_reference(benchmark::State& state) {
  const Pair pair = unit_pair(kSlice);
  const SsimConvention convention = ssim_convention("wang2004", 2, 1.0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        reference_metrics::ssim(pair.prediction.view(), pair.target.view(), {}, convention));
  }
  report_voxels(state, kSlice);
}

void gaussian_3d(benchmark::State& state) {
  set_threads(state);
  const Pair pair = unit_pair(kCube);
  const SsimConvention convention = ssim_convention("wang2004", 3, 1.0);
  Score score = Undefined::kEmptyMask;
  for (auto _ : state) score = ssim(pair.prediction.view(), pair.target.view(), {}, convention);
  label(state, score);
  report_voxels(state, kCube);
}
void gaussian_3d_reference(benchmark::State& state) {
  const Pair pair = unit_pair(kCube);
  const SsimConvention convention = ssim_convention("wang2004", 3, 1.0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        reference_metrics::ssim(pair.prediction.view(), pair.target.view(), {}, convention));
  }
  report_voxels(state, kCube);
}

void synthrad2023(benchmark::State& state) {
  set_threads(state);
  const Pair pair = hounsfield_pair(kScan);
  const Stencil mask = ball(kScan, 0.9);
  Score score = Undefined::kEmptyMask;
  for (auto _ : state) score = synthrad2023_ssim(pair.prediction.view(), pair.target.view(), mask.view());
  label(state, score);
  report_voxels(state, kScan);
}
void synthrad2023_reference(benchmark::State& state) {
  const Pair pair = hounsfield_pair(kScan);
  const Stencil mask = ball(kScan, 0.9);
  for (auto _ : state) {
    benchmark::DoNotOptimize(reference_metrics::synthrad2023_ssim(pair.prediction.view(), pair.target.view(),
                                                                  mask.view(), kSynthRad2023Range));
  }
  report_voxels(state, kScan);
}

void synthrad2025(benchmark::State& state) {
  set_threads(state);
  const Pair pair = hounsfield_pair(kScan);
  const Stencil mask = ball(kScan, 0.9);
  Score score = Undefined::kEmptyMask;
  for (auto _ : state) score = synthrad2025_ms_ssim(pair.prediction.view(), pair.target.view(), mask.view());
  label(state, score);
  report_voxels(state, kScan);
}
void synthrad2025_reference(benchmark::State& state) {
  const Pair pair = hounsfield_pair(kScan);
  const Stencil mask = ball(kScan, 0.9);
  for (auto _ : state) {
    benchmark::DoNotOptimize(reference_metrics::synthrad2025_ms_ssim(
        pair.prediction.view(), pair.target.view(), mask.view(), kSynthRad2025Range));
  }
  report_voxels(state, kScan);
}

/// Everything the leaderboard asks of one slice.
void synermed_slice(benchmark::State& state) {
  set_threads(state);
  const Pair pair = unit_pair(kSlice);
  const Stencil mask = ball(kSlice, 0.9);
  const Protocol& protocol = builtin_protocols().at("synermed-2d@1");
  for (auto _ : state) {
    benchmark::DoNotOptimize(compare(protocol, pair.prediction.view(), pair.target.view(), mask.view()));
  }
  report_voxels(state, kSlice);
}

void distances(benchmark::State& state) {
  set_threads(state);
  const Stencil seeds = ball(kScan, 0.5);
  for (auto _ : state) benchmark::DoNotOptimize(distance_transform(seeds.view(), {3, 1, 1}));
  report_voxels(state, kScan);
}

void register_both(const char* name, void (*fast)(benchmark::State&), void (*reference)(benchmark::State&)) {
  const std::string title = name;
  benchmark::RegisterBenchmark(title.c_str(), fast)
      ->Arg(1)
      ->Arg(2)
      ->ArgName("threads")
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
  if (reference == nullptr) return;
  benchmark::RegisterBenchmark((title + "/reference").c_str(), reference)
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
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
  register_both("ssim_gaussian_2d_256x256", gaussian_2d, gaussian_2d_reference);
  register_both("ssim_gaussian_3d_64x64x64", gaussian_3d, gaussian_3d_reference);
  register_both("synthrad2023_ssim_64x160x160", synthrad2023, synthrad2023_reference);
  register_both("synthrad2025_ms_ssim_64x160x160", synthrad2025, synthrad2025_reference);
  register_both("synermed_2d_all_metrics_256x256", synermed_slice, nullptr);
  register_both("distance_transform_64x160x160", distances, nullptr);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
