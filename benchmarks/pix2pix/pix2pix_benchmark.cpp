// Pix2Pix.
#include "baselines/pix2pix/pix2pix.h"
#include "benchmarks/support/model_benchmark.h"

namespace synerbench {
namespace {

using model_benchmark::synthesize;
using model_benchmark::update;

const Json kTiny{{"preset", "tiny"}}, kOfficial = Json::object();

BENCHMARK_CAPTURE(update, tiny, pix2pix_method, kTiny)
    ->Args({64, 1})
    ->Args({64, 8})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, official, pix2pix_method, kOfficial)->Args({256, 1})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny, pix2pix_method, kTiny)->Args({64})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, official, pix2pix_method, kOfficial)
    ->Args({256})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
