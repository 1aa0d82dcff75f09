// Time of one CycleGAN update and of one synthesised slice, on one thread. peers/cyclegan_pytorch.py measures the same in Python.
#include <benchmark/benchmark.h>

#include "baselines/cyclegan/cyclegan.h"
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

std::unique_ptr<Trainable> fresh_model(const char* preset) {
  nn::set_compute_threads(1);
  auto model = make_cyclegan({{"preset", preset}, {"pair", {"MRI", "CT"}}});
  Random random(1);
  model->initialise(random);
  return model;
}

/// Both generators and both discriminators: all passes and both optimiser steps, for state.range(1) slices of state.range(0)^2.
void update(benchmark::State& state, const char* preset) {
  const int64_t size = state.range(0), n = state.range(1);
  const auto model = fresh_model(preset);
  const std::vector<float> source = noise(n * size * size, 1), target = noise(n * size * size, 2);
  Random random(3);
  // Memory and kernels are prepared once; the peer throws its first repetition away too.
  model->train_step(kTask, {n, size, size, source, target}, random);
  for (auto _ : state) {
    benchmark::DoNotOptimize(model->train_step(kTask, {n, size, size, source, target}, random));
  }
  state.SetItemsProcessed(state.iterations() * n);
}

void synthesize(benchmark::State& state, const char* preset) {
  const int64_t size = state.range(0);
  const auto model = fresh_model(preset);
  const std::vector<float> source = noise(size * size, 1);
  std::vector<float> prediction(source.size());
  const uint64_t seed = 1;
  for (auto _ : state) {
    model->synthesizer().synthesize(kTask, {1, size, size, source}, {&seed, 1}, prediction);
    benchmark::DoNotOptimize(prediction.data());
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(update, tiny, "tiny")->Args({64, 1})->Args({64, 4})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, official, "official")->Args({256, 1})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny, "tiny")->Args({64})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, official, "official")->Args({256})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
