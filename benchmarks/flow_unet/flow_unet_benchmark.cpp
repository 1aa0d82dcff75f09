// The flow U-Net: the network of BBDM's denoiser with the source beside; they differ in the number of
// evaluations per slice.
#include "baselines/flow_unet/flow_unet.h"
#include "benchmarks/support/model_benchmark.h"

namespace synerbench {
namespace {

using model_benchmark::synthesize;
using model_benchmark::update;

const Json kTiny{{"preset", "tiny"}}, kOfficial = Json::object();

BENCHMARK_CAPTURE(update, tiny, flow_unet_method, kTiny)
    ->Args({64, 1})
    ->Args({64, 8})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny, flow_unet_method, kTiny)->Args({64})->Unit(benchmark::kMillisecond);
// Minutes: the official network at 64 x 64, from which other sizes follow by area.
BENCHMARK_CAPTURE(update, official, flow_unet_method, kOfficial)
    ->Args({64, 1})
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
