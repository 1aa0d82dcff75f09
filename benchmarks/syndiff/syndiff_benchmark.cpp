// Time of one SynDiff update and of one synthesised slice, on one thread. peers/syndiff_pytorch.py measures the same in Python.
#include <benchmark/benchmark.h>

#include "baselines/syndiff/syndiff.h"
#include "harness/nn/adam.h"
#include "harness/nn/compute.h"
#include "harness/train/train.h"

namespace synerbench {
namespace {

const Task kTask{"brats-t1-to-t2", "brats", Modality::kT1, Modality::kT2};

std::vector<float> noise(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(random.uniform(-1, 1));
  return values;
}

std::unique_ptr<Trainable> fresh_model(const char* preset, int64_t r1_every) {
  nn::set_compute_threads(1);
  auto model = make_syndiff({{"preset", preset}, {"pair", {"T1", "T2"}}, {"r1_every", r1_every}});
  Random random(1);
  model->initialise(random);
  return model;
}

/// Eight networks: all forward and backward passes and optimiser steps for a batch of state.range(1) slices of state.range(0)^2. The R1
/// penalty is in every update (r1_every 1) or in none (the first of very many is thrown away).
void update(benchmark::State& state, const char* preset, bool penalise) {
  const int64_t size = state.range(0), n = state.range(1);
  const auto model = fresh_model(preset, penalise ? 1 : int64_t{1} << 40);
  const std::vector<float> source = noise(n * size * size, 1), target = noise(n * size * size, 2);
  Random random(3);
  int64_t number = 0;
  const auto once = [&] {
    const Losses losses = model->train_step(kTask, {n, size, size, source, target}, random);
    model->update_end(number++, losses);
    return losses;
  };
  once();
  for (auto _ : state) benchmark::DoNotOptimize(once());
  state.SetItemsProcessed(state.iterations() * n);
}

void synthesize(benchmark::State& state, const char* preset) {
  const int64_t size = state.range(0);
  const auto model = fresh_model(preset, 10);
  const std::vector<float> source = noise(size * size, 1);
  std::vector<float> prediction(source.size());
  const uint64_t seed = 1;
  for (auto _ : state) {
    model->synthesizer().synthesize(kTask, {1, size, size, source}, {&seed, 1}, prediction);
    benchmark::DoNotOptimize(prediction.data());
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(update, tiny, "tiny", false)->Args({64, 1})->Args({64, 4})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, tiny_r1, "tiny", true)->Args({64, 1})->Args({64, 4})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny, "tiny")->Args({64})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(update, official, "official", false)
    ->Args({256, 1})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, official, "official")->Args({256})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
