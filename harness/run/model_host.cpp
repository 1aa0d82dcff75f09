#include "harness/run/model_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/data/case_answers.h"
#include "harness/data/model_space.h"
#include "harness/run/plan.h"

namespace synerbench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Empty when all values are finite.
std::string finite_problem(std::span<const float> values) {
  const auto bad = std::count_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad == 0) return "";
  const auto first = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  return fmt::format("{} of {} predicted values are not finite, the first at pixel {}", bad, values.size(),
                     first - values.begin());
}

bool is_interrupt(const std::exception& problem) {
  const auto* error = dynamic_cast<const Error*>(&problem);
  return error && error->code() == ExitCode::kInterrupted;
}

}  // namespace

/// What a call that may be left behind needs to live on by itself.
struct ModelHost::Call {
  std::shared_ptr<Synthesizer> model;
  std::shared_ptr<const PairSource> training;
  Task task;
  SliceBatch shape;  // of `source`
  std::vector<float> source, prediction;
  std::vector<uint64_t> seeds;
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  std::string failure;
  std::exception_ptr interrupt;  // it stopped because the process is to stop: no failure of the model
};

/// Neighboring slices of a case that are predicted by one call.
struct ModelHost::Batch {
  SliceBatch shape;  // of `source`
  std::vector<float> source;
  std::vector<uint64_t> seeds;        // of each predicted slice
  std::vector<float> prediction;      // [slices, side, side]
  std::vector<std::string> failures;  // of each predicted slice; empty: none
  double seconds = 0;                 // inside the model
};

ModelHost::ModelHost(Factory factory, const HostOptions& options)
    : factory_(std::move(factory)), options_(options) {
  SB_CHECK(options_.batch >= 1, "a batch holds at least one slice");
  model_ = factory_();
  SB_CHECK(model_ != nullptr, "the table made no model");
  const ModelInfo info = model_->info();
  concurrent_ = info.concurrent;
  keeps_time_ = info.keeps_time;
  input_ = info.input;
}

ModelHost::~ModelHost() = default;

ModelInfo ModelHost::info() const {
  const std::lock_guard lock(mutex_);
  return model_->info();
}

void ModelHost::prepare(const Task& task, std::shared_ptr<const PairSource> training) {
  const std::lock_guard lock(mutex_);
  model_->prepare(task, *training);
  task_ = task;
  training_ = std::move(training);
}

void ModelHost::replace_model() {
  const std::lock_guard lock(mutex_);
  ++abandoned_;
  model_ = factory_();
  if (training_) model_->prepare(task_, *training_);
}

ModelHost::Answer ModelHost::call(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                                  std::span<float> prediction) {
  std::unique_lock<std::mutex> turn(one_at_a_time_, std::defer_lock);
  if (!concurrent_) turn.lock();
  if (options_.timeout > 0 && !keeps_time_) return call_with_timeout(task, source, seeds, prediction);
  Answer answer;
  std::shared_ptr<Synthesizer> model;
  {
    const std::lock_guard lock(mutex_);
    model = model_;
  }
  const auto start = Clock::now();
  try {
    model->synthesize(task, source, seeds, prediction);
  } catch (const std::exception& error) {
    if (is_interrupt(error)) throw;
    answer.failure = error.what();
    if (answer.failure.empty()) answer.failure = "exception without a message";
  } catch (...) {
    answer.failure = "exception of an unknown kind";
  }
  answer.seconds = seconds_since(start);
  return answer;
}

ModelHost::Answer ModelHost::call_with_timeout(const Task& task, const SliceBatch& source,
                                               std::span<const uint64_t> seeds, std::span<float> prediction) {
  auto call = std::make_shared<Call>();
  {
    const std::lock_guard lock(mutex_);
    call->model = model_;
    call->training = training_;
  }
  call->task = task;
  call->source.assign(source.pixels.begin(), source.pixels.end());
  call->shape = source;
  call->shape.pixels = call->source;
  call->seeds.assign(seeds.begin(), seeds.end());
  call->prediction.resize(prediction.size());
  const auto start = Clock::now();
  std::thread worker([call] {
    std::string failure;
    std::exception_ptr interrupt;
    try {
      call->model->synthesize(call->task, call->shape, call->seeds, call->prediction);
    } catch (const std::exception& error) {
      if (is_interrupt(error)) interrupt = std::current_exception();
      failure = *error.what() ? error.what() : "exception without a message";
    } catch (...) {
      failure = "exception of an unknown kind";
    }
    const std::lock_guard lock(call->mutex);
    call->failure = failure;
    call->interrupt = interrupt;
    call->done = true;
    call->finished.notify_all();
  });
  Answer answer;
  const double limit = options_.timeout * static_cast<double>(seeds.size());
  {
    std::unique_lock lock(call->mutex);
    answer.timed_out =
        !call->finished.wait_for(lock, std::chrono::duration<double>(limit), [&] { return call->done; });
  }
  answer.seconds = seconds_since(start);
  if (answer.timed_out) {
    worker.detach();
    answer.failure = fmt::format("no answer within {:g} s", limit);
    replace_model();
    return answer;
  }
  worker.join();
  if (call->interrupt) std::rethrow_exception(call->interrupt);
  answer.failure = call->failure;
  if (answer.failure.empty()) std::ranges::copy(call->prediction, prediction.begin());
  return answer;
}

ModelHost::Answer ModelHost::answer(const Task& task, Batch& batch) {
  const auto count = static_cast<int64_t>(batch.seeds.size());
  Answer answer = call(task, batch.shape, batch.seeds, batch.prediction);
  batch.seconds = answer.seconds;
  if (answer.failure.empty()) return answer;
  if (answer.timed_out || batch.shape.n == 1) {
    std::ranges::fill(batch.failures, answer.failure);
    return answer;
  }
  // See Note [A batch that throws].
  const size_t slab = batch.source.size() / static_cast<size_t>(count);
  const size_t pixels = batch.prediction.size() / static_cast<size_t>(count);
  for (int64_t i = 0; i < count && !answer.timed_out; ++i) {
    const auto at = static_cast<size_t>(i);
    SliceBatch one = batch.shape;
    one.n = 1;
    one.pixels = std::span<const float>(batch.source).subspan(at * slab, slab);
    answer = call(task, one, std::span(batch.seeds).subspan(at, 1),
                  std::span(batch.prediction).subspan(at * pixels, pixels));
    batch.seconds += answer.seconds;
    batch.failures[at] = answer.failure;
  }
  return answer;
}

void ModelHost::check_case(const StoredCase& stored_case, const Task& task) const {
  const std::lock_guard lock(mutex_);
  if (const auto* known = dynamic_cast<const CaseAnswers*>(model_.get()))
    known->check(stored_case, task.target);
}

Prediction ModelHost::ask_for_case(const StoredCase& stored_case, const Task& task) const {
  const auto& known = dynamic_cast<const CaseAnswers&>(*model_);
  Prediction result;
  const auto start = Clock::now();
  try {
    result.values = known.answer(stored_case, task.target);
    const std::string problem = finite_problem(result.values);
    if (!problem.empty()) result.failures.push_back({-1, problem});
  } catch (const Error& error) {
    result.failures.push_back({-1, error.problem()});
  }
  result.seconds = seconds_since(start);
  return result;
}

Prediction ModelHost::predict(const SliceStore& store, const StoredCase& stored_case, const Task& task,
                              const Canvas& canvas) {
  if (dynamic_cast<const CaseAnswers*>(model_.get())) return ask_for_case(stored_case, task);
  const ModelSpace space(canvas, stored_case.shape);
  const std::vector<SliceReader> sources = sources_of(store, stored_case, task);
  const IntensityMap& target = stored_case.find(task.target)->intensity;
  const int64_t slices = stored_case.shape[0], depth = space.depth(input_);
  const bool whole = input_.neighbors == ModelInput::kWholeVolume;
  const int64_t step = whole ? slices : options_.batch;
  const size_t slab = sources.size() * static_cast<size_t>(depth) * space.canvas_pixels();

  Task asked;
  {
    const std::lock_guard lock(mutex_);
    asked = task_;
  }

  Prediction result;
  result.values.resize(static_cast<size_t>(slices) * space.native_pixels());
  for (int64_t first = 0; first < slices; first += step) {
    throw_if_interrupted();
    const int64_t count = std::min(step, slices - first);
    Batch batch;
    const int64_t n = whole ? 1 : count;
    batch.source.resize(static_cast<size_t>(n) * slab);
    for (int64_t i = 0; i < n; ++i)
      space.slab(sources, input_, first + i,
                 std::span(batch.source).subspan(static_cast<size_t>(i) * slab, slab));
    batch.shape = {n, canvas.size, canvas.size, batch.source, static_cast<int64_t>(sources.size()), depth};
    for (int64_t i = 0; i < count; ++i)
      batch.seeds.push_back(slice_seed(options_.run_seed, task.id, {stored_case.id, first + i}));
    batch.prediction.resize(static_cast<size_t>(count) * space.canvas_pixels());
    batch.failures.resize(static_cast<size_t>(count));

    const Answer last = answer(asked, batch);
    result.seconds += batch.seconds;
    for (int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<size_t>(i);
      const auto predicted =
          std::span<const float>(batch.prediction).subspan(at * space.canvas_pixels(), space.canvas_pixels());
      if (batch.failures[at].empty()) batch.failures[at] = finite_problem(predicted);
      if (!batch.failures[at].empty()) {
        result.failures.push_back({first + i, batch.failures[at]});
        continue;
      }
      space.to_physical(
          predicted, target,
          std::span(result.values)
              .subspan(static_cast<size_t>(first + i) * space.native_pixels(), space.native_pixels()));
    }
    if (last.timed_out) break;
  }
  return result;
}

}  // namespace synerbench
