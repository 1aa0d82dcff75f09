// SynDiff: eight networks, four evaluations per slice. The R1 penalty is in every update (_r1) or in none.
#include "baselines/syndiff/syndiff.h"
#include "benchmarks/support/model_benchmark.h"

namespace synerbench {
namespace {

using model_benchmark::synthesize;
using model_benchmark::update;

/// Of very many updates the first is penalized, and that one is not measured.
Json config(const char* preset, int64_t r1_every = int64_t{1} << 40) {
  return {{"preset", preset}, {"pair", {"MRI", "CT"}}, {"r1_every", r1_every}};
}

BENCHMARK_CAPTURE(update, tiny, syndiff_method, config("tiny"))
    ->Args({64, 1})
    ->Args({64, 4})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, tiny_r1, syndiff_method, config("tiny", 1))
    ->Args({64, 1})
    ->Args({64, 4})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny, syndiff_method, config("tiny"))
    ->Args({64})
    ->Unit(benchmark::kMillisecond);
// Minutes, and gigabytes.
BENCHMARK_CAPTURE(update, official, syndiff_method, config("official"))
    ->Args({256, 1})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, official, syndiff_method, config("official"))
    ->Args({256})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
