// ResViT: its second stage, with dropout.
#include "baselines/resvit/resvit.h"
#include "benchmarks/support/model_benchmark.h"

namespace synerbench {
namespace {

using model_benchmark::synthesize;
using model_benchmark::update;

const Json kTiny{{"preset", "tiny"}, {"pretrain", 0}, {"pretrain_decay", 0}},
    kOfficial{{"pretrain", 0}, {"pretrain_decay", 0}};

BENCHMARK_CAPTURE(update, tiny, resvit_method, kTiny)
    ->Args({64, 1})
    ->Args({64, 4})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, official, resvit_method, kOfficial)->Args({256, 1})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny, resvit_method, kTiny)->Args({64})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, official, resvit_method, kOfficial)->Args({256})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
