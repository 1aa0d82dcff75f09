// BBDM, in pixel space and with its latents.
#include "baselines/bbdm/bbdm.h"
#include "benchmarks/support/model_benchmark.h"

namespace synerbench {
namespace {

using model_benchmark::synthesize;
using model_benchmark::update;

const Json kTiny{{"preset", "tiny"}}, kOfficial = Json::object();
const Json kTinyLatent{{"preset", "tiny-latent"}, {"autoencoder", {{"updates", 1}}}};

BENCHMARK_CAPTURE(update, tiny, bbdm_method, kTiny)
    ->Args({64, 1})
    ->Args({64, 8})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny, bbdm_method, kTiny)->Args({64})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny_latent, bbdm_method, kTinyLatent)
    ->Args({64})
    ->Unit(benchmark::kMillisecond);
// Minutes: the official network at 64 x 64, from which other sizes follow by area.
BENCHMARK_CAPTURE(update, official, bbdm_method, kOfficial)
    ->Args({64, 1})
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
