// Time of one update and of one synthesized slice of a learned model, on one thread, with fresh weights and images of noise. The rows are called
// update/<name>/<side>/<batch> and synthesize/<name>/<side>, as those of the Python peers (peers/timing.py).
#pragma once

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "harness/train/trainable.h"

namespace synerbench::model_benchmark {

/// make_pix2pix and its like: configuration, device, and the place to name in errors.
using Make = std::unique_ptr<Trainable> (*)(const Json&, const std::string&, const std::string&);

std::unique_ptr<Trainable> fresh_model(Make make, const Json& config);

/// One update: all forward and backward passes and all optimizer steps, for state.range(1) slices of state.range(0) squared. The first one,
/// in which memory and kernels are prepared, is not measured; the peers throw theirs away too.
void update(benchmark::State& state, Make make, const Json& config);
/// Of a model that has done `done` updates.
void update(benchmark::State& state, Trainable& model, int64_t done);

/// One slice of state.range(0) squared. The counter "evaluations" is the number of network evaluations it takes.
void synthesize(benchmark::State& state, Make make, const Json& config);
void synthesize(benchmark::State& state, Trainable& model);

}  // namespace synerbench::model_benchmark
