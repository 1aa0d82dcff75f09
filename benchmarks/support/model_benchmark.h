// Time of one update and of one synthesized slice of a learned model, on one thread, with fresh weights and
// images of noise. The rows are called update/<name>/<side>/<batch> and synthesize/<name>/<side>, as those of
// the Python programs (python/timing.py).
#pragma once

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "harness/method/method.h"
#include "harness/train/trainable.h"

namespace synerbench::model_benchmark {

/// pix2pix_method and its like.
using Row = Method (*)();

std::unique_ptr<Trainable> fresh_model(Row method, const Json& config);

/// One update: all forward and backward passes and all optimizer steps, for state.range(1) slices of
/// state.range(0) squared. The first one, in which memory and kernels are prepared, is not measured; the
/// Python programs throw theirs away too.
void update(benchmark::State& state, Row method, const Json& config);
/// Of a model that has done `done` updates.
void update(benchmark::State& state, Trainable& model, int64_t done);

/// One slice of state.range(0) squared. The counter "evaluations" is the number of network evaluations it
/// takes.
void synthesize(benchmark::State& state, Row method, const Json& config);
void synthesize(benchmark::State& state, Trainable& model);

}  // namespace synerbench::model_benchmark
