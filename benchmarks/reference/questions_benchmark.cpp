// Questions a second: drawn as numbers, told as text, and how long the look at a case's bodies takes. The
// store is made of numbers: 200 patients, 150 slices each, in the four sequences of BraTS.
#include <benchmark/benchmark.h>

#include "reference/understanding/instances.h"

namespace synerbench::reference {
namespace {

/// Slices without anything in them but their number.
class Slices final : public PairSource {
 public:
  int64_t size() const override { return 200 * kSlices; }
  int64_t height() const override { return 64; }
  int64_t width() const override { return 64; }
  SliceKey key(int64_t i) const override {
    const std::string name = std::to_string(i / kSlices);
    return {{"made", name, name}, i % kSlices};
  }
  void read(int64_t i, std::span<float> source, std::span<float> target,
            std::span<uint8_t> mask) const override {
    const float value = static_cast<float>(i % kSlices) / kSlices;
    for (float& pixel : source) pixel = value;
    for (float& pixel : target) pixel = value;
    for (uint8_t& pixel : mask) pixel = 1;
  }
  static constexpr int64_t kSlices = 150;
};

const InstanceBuilder& builder() {
  static const Slices slices;
  static const InstanceBuilder made = [] {
    std::vector<TaskPairs> tasks;
    const Modality all[] = {Modality::kT1, Modality::kT1c, Modality::kT2, Modality::kFLAIR};
    for (const Modality a : all) {
      for (const Modality b : all) {
        if (a != b) tasks.push_back({{make_task_id("brats", a, b), "brats", a, b}, &slices});
      }
    }
    return InstanceBuilder(tasks, {});
  }();
  return made;
}

constexpr InstanceKind kKinds[] = {InstanceKind::kCts, InstanceKind::kTia, InstanceKind::kMiPanel,
                                   InstanceKind::kMi, InstanceKind::kVqa};

/// Draws the questions of every case once, so that the bodies have been looked at.
void look(InstanceKind kind) {
  if (kind != InstanceKind::kCts) return;
  for (size_t task = 0; task < builder().tasks().size(); ++task) {
    for (int64_t i = 0; i < builder().tasks()[task].pairs->size(); i += Slices::kSlices)
      builder().index().facts({task, i}, builder().settings().least_difference,
                              builder().settings().neighbors);
  }
}

void draw(benchmark::State& state) {
  const InstanceKind kind = kKinds[state.range(0)];
  state.SetLabel(name_of(kind));
  look(kind);
  int64_t number = 0;
  for (auto _ : state) benchmark::DoNotOptimize(builder().question(kind, 1, number++));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(draw)->DenseRange(0, 4);

void tell(benchmark::State& state) {
  const InstanceKind kind = kKinds[state.range(0)];
  state.SetLabel(name_of(kind));
  look(kind);
  int64_t number = 0;
  for (auto _ : state) benchmark::DoNotOptimize(builder().tell(builder().question(kind, 1, number++)));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tell)->DenseRange(0, 4);

/// The index of 360 000 pairs; slices a second.
void index_pairs(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(PairIndex(builder().tasks()));
  state.SetItemsProcessed(state.iterations() * 12 * 200 * Slices::kSlices);
}
BENCHMARK(index_pairs)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench::reference

BENCHMARK_MAIN();
