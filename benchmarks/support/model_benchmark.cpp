#include "benchmarks/support/model_benchmark.h"

#include <vector>

#include "harness/nn/compute.h"

namespace synerbench::model_benchmark {
namespace {

const Task kTask{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};

std::vector<float> noise(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(random.uniform(-1, 1));
  return values;
}

}  // namespace

std::unique_ptr<Trainable> fresh_model(Row method, const Json& config) {
  nn::set_compute_threads(1);
  auto model = method().training->make(config, "cpu", "benchmark");
  Random random(1);
  model->initialize(random);
  return model;
}

void update(benchmark::State& state, Trainable& model, int64_t done) {
  const int64_t size = state.range(0), n = state.range(1);
  const std::vector<float> source = noise(n * size * size, 1), target = noise(n * size * size, 2);
  Random random(3);
  const auto once = [&] {
    const Losses losses = model.train_step(kTask, {n, size, size, source, target}, random);
    model.update_end(done++, losses);
    return losses;
  };
  once();
  for (auto _ : state) benchmark::DoNotOptimize(once());
  state.SetItemsProcessed(state.iterations() * n);
}

void update(benchmark::State& state, Row method, const Json& config) {
  update(state, *fresh_model(method, config), 0);
}

void synthesize(benchmark::State& state, Trainable& model) {
  const int64_t size = state.range(0);
  const std::vector<float> source = noise(size * size, 1);
  std::vector<float> prediction(source.size());
  const uint64_t seed = 1;
  Synthesizer& synthesizer = model.synthesizer();
  for (auto _ : state) {
    synthesizer.synthesize(kTask, {1, size, size, source}, {&seed, 1}, prediction);
    benchmark::DoNotOptimize(prediction.data());
  }
  state.counters["evaluations"] = synthesizer.info().network_evaluations;
  state.SetItemsProcessed(state.iterations());
}

void synthesize(benchmark::State& state, Row method, const Json& config) {
  synthesize(state, *fresh_model(method, config));
}

}  // namespace synerbench::model_benchmark
