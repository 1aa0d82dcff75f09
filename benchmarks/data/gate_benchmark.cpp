// How fast the integrity gate reads image files, in bytes of voxels per second of CPU time.
//
//   gate_benchmark --benchmark_min_time=2 --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
//
// One volume of 256 x 256 x 96 int16 voxels, smooth with noise, so that it compresses about as well as a CT.
// The raw file shows what everything but the unpacking costs (reading, SHA-256, decoding, sums).
#include <benchmark/benchmark.h>

#include <cmath>

#include "harness/data/gate.h"
#include "tests/data/image_builder.h"

namespace {

using namespace synerbench;
using namespace synerbench::testing;

constexpr int64_t kSide = 256, kSlices = 96;

const std::vector<int16_t>& voxels() {
  static const std::vector<int16_t> values = [] {
    Random random(7);
    std::vector<int16_t> made;
    for (int64_t k = 0; k < kSlices; ++k) {
      for (int64_t j = 0; j < kSide; ++j) {
        for (int64_t i = 0; i < kSide; ++i) {
          const double x = static_cast<double>(i - kSide / 2), y = static_cast<double>(j - kSide / 2);
          const bool inside = std::hypot(x, y) < 100;
          const double value =
              inside ? 40 + 30 * std::sin(x / 9 + static_cast<double>(k) / 5) * std::cos(y / 11) : -1000;
          made.push_back(static_cast<int16_t>(std::lround(value + (inside ? 12 : 0) * random.normal())));
        }
      }
    }
    return made;
  }();
  return values;
}

void verify(benchmark::State& state, const std::string& name, const std::string& bytes) {
  TempFolder folder;
  const auto path = folder.write(name, bytes);
  for (auto _ : state) benchmark::DoNotOptimize(verify_image_file(path).values.weighted_sum);
  const auto unpacked = static_cast<int64_t>(voxels().size() * sizeof(int16_t));
  state.SetBytesProcessed(state.iterations() * unpacked);
  state.counters["ratio"] = static_cast<double>(unpacked) / static_cast<double>(bytes.size());
}

std::string nifti() { return NiftiBuilder().set_size(kSide, kSide, kSlices).set_voxels(voxels()).bytes(); }

void raw_nifti(benchmark::State& state) { verify(state, "raw.nii", nifti()); }
void gzip_nifti(benchmark::State& state) { verify(state, "packed.nii.gz", gzipped(nifti())); }
void zlib_metaimage(benchmark::State& state) {
  const Geometry grid{{kSide, kSide, kSlices}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  verify(state, "packed.mha", MetaImageBuilder::of(grid, voxels(), true).bytes());
}

BENCHMARK(raw_nifti)->Unit(benchmark::kMillisecond);
BENCHMARK(gzip_nifti)->Unit(benchmark::kMillisecond);
BENCHMARK(zlib_metaimage)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
