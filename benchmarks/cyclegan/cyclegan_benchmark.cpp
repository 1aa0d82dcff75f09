// CycleGAN: both generators and both discriminators.
#include "baselines/cyclegan/cyclegan.h"
#include "benchmarks/support/model_benchmark.h"

namespace synerbench {
namespace {

using model_benchmark::synthesize;
using model_benchmark::update;

const Json kTiny{{"preset", "tiny"}, {"pair", {"MRI", "CT"}}}, kOfficial{{"pair", {"MRI", "CT"}}};

BENCHMARK_CAPTURE(update, tiny, cyclegan_method, kTiny)
    ->Args({64, 1})
    ->Args({64, 4})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, official, cyclegan_method, kOfficial)
    ->Args({256, 1})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny, cyclegan_method, kTiny)->Args({64})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, official, cyclegan_method, kOfficial)
    ->Args({256})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
