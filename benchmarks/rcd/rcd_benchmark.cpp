// RCD: the released U-Net and the reconstruction with its ACDS generator. A slice needs the generator alone,
// an update the registration too.
#include "baselines/rcd/rcd.h"
#include "benchmarks/support/model_benchmark.h"

namespace synerbench {
namespace {

using model_benchmark::synthesize;
using model_benchmark::update;

Json config(const char* preset, const char* core) { return {{"preset", preset}, {"core", core}}; }

BENCHMARK_CAPTURE(update, tiny_unet, rcd_method, config("tiny", "unet"))
    ->Args({64, 1})
    ->Args({64, 2})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, tiny_acds, rcd_method, config("tiny", "acds"))
    ->Args({64, 1})
    ->Args({64, 2})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny_unet, rcd_method, config("tiny", "unet"))
    ->Args({64})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny_acds, rcd_method, config("tiny", "acds"))
    ->Args({64})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
