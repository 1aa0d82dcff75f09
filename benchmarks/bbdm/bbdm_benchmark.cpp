// Time of one update and of one synthesised slice of BBDM and of the flow U-Net, on one thread. Both run the same U-Net; they differ in
// the number of evaluations per slice.
#include <benchmark/benchmark.h>

#include "baselines/bbdm/bbdm.h"
#include "baselines/flow_unet/flow_unet.h"
#include "harness/nn/compute.h"

namespace synerbench {
namespace {

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

std::vector<float> noise(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(random.uniform(-1, 1));
  return values;
}

using Factory = std::unique_ptr<Trainable> (*)(const Json&, const std::string&, const std::string&);

std::unique_ptr<Trainable> fresh_model(Factory make, const Json& config) {
  nn::set_compute_threads(1);
  auto model = make(config, "cpu", "benchmark");
  Random random(1);
  model->initialise(random);
  return model;
}

/// Forward, backward and optimiser step for a batch of state.range(1) slices of state.range(0)^2.
void update(benchmark::State& state, Factory make, const Json& config) {
  const int64_t size = state.range(0), n = state.range(1);
  const auto model = fresh_model(make, config);
  const std::vector<float> source = noise(n * size * size, 1), target = noise(n * size * size, 2);
  Random random(3);
  for (auto _ : state) {
    benchmark::DoNotOptimize(model->train_step(kTask, {n, size, size, source, target}, random));
  }
  state.SetItemsProcessed(state.iterations() * n);
}

void synthesize(benchmark::State& state, Factory make, const Json& config) {
  const int64_t size = state.range(0);
  const auto model = fresh_model(make, config);
  const std::vector<float> source = noise(size * size, 1);
  std::vector<float> prediction(source.size());
  const uint64_t seed = 1;
  for (auto _ : state) {
    model->synthesizer().synthesize(kTask, {1, size, size, source}, {&seed, 1}, prediction);
    benchmark::DoNotOptimize(prediction.data());
  }
  state.counters["evaluations"] = model->synthesizer().info().network_evaluations;
  state.SetItemsProcessed(state.iterations());
}

const Json kTiny = {{"preset", "tiny"}}, kOfficial = Json::object();
const Json kTinyLatent = {{"preset", "tiny-latent"}, {"autoencoder", {{"updates", 1}}}};

BENCHMARK_CAPTURE(update, bbdm_tiny, make_bbdm, kTiny)
    ->Args({64, 1})
    ->Args({64, 8})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, flow_tiny, make_flow_unet, kTiny)
    ->Args({64, 1})
    ->Args({64, 8})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, bbdm_tiny, make_bbdm, kTiny)->Args({64})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, bbdm_tiny_latent, make_bbdm, kTinyLatent)
    ->Args({64})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, flow_tiny, make_flow_unet, kTiny)->Args({64})->Unit(benchmark::kMillisecond);
// Minutes each: the official sizes at 64 x 64, from which other sizes follow by area.
BENCHMARK_CAPTURE(update, bbdm_official, make_bbdm, kOfficial)
    ->Args({64, 1})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(2);
BENCHMARK_CAPTURE(update, flow_official, make_flow_unet, kOfficial)
    ->Args({64, 1})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(2);

}  // namespace
}  // namespace synerbench
