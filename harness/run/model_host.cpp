#include "harness/run/model_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/progress.h"
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

}  // namespace

/// What a call that may be left behind needs to live on by itself.
struct ModelHost::Call {
  std::shared_ptr<Synthesizer> model;
  std::shared_ptr<const PairSource> training;
  Task task;
  int64_t side = 0;
  std::vector<float> source, prediction;
  std::vector<uint64_t> seeds;
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  std::string failure;
};

ModelHost::ModelHost(Factory factory, const HostOptions& options)
    : factory_(std::move(factory)), options_(options) {
  SB_CHECK(options_.batch >= 1, "a batch holds at least one slice");
  model_ = factory_();
  SB_CHECK(model_ != nullptr, "the table made no model");
  concurrent_ = model_->info().concurrent;
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

ModelHost::Answer ModelHost::call(const Task& task, const Canvas& canvas, std::span<const float> source,
                                  std::span<const uint64_t> seeds, std::span<float> prediction) {
  std::unique_lock<std::mutex> turn(one_at_a_time_, std::defer_lock);
  if (!concurrent_) turn.lock();
  if (options_.timeout > 0) return call_with_timeout(task, canvas, source, seeds, prediction);
  Answer answer;
  std::shared_ptr<Synthesizer> model;
  {
    const std::lock_guard lock(mutex_);
    model = model_;
  }
  const auto start = Clock::now();
  try {
    model->synthesize(task, {static_cast<int64_t>(seeds.size()), canvas.size, canvas.size, source}, seeds,
                      prediction);
  } catch (const std::exception& error) {
    answer.failure = error.what();
    if (answer.failure.empty()) answer.failure = "exception without a message";
  } catch (...) {
    answer.failure = "exception of an unknown kind";
  }
  answer.seconds = seconds_since(start);
  return answer;
}

ModelHost::Answer ModelHost::call_with_timeout(const Task& task, const Canvas& canvas,
                                               std::span<const float> source, std::span<const uint64_t> seeds,
                                               std::span<float> prediction) {
  auto call = std::make_shared<Call>();
  {
    const std::lock_guard lock(mutex_);
    call->model = model_;
    call->training = training_;
  }
  call->task = task;
  call->side = canvas.size;
  call->source.assign(source.begin(), source.end());
  call->seeds.assign(seeds.begin(), seeds.end());
  call->prediction.resize(prediction.size());
  const auto start = Clock::now();
  std::thread worker([call] {
    std::string failure;
    try {
      call->model->synthesize(
          call->task, {static_cast<int64_t>(call->seeds.size()), call->side, call->side, call->source},
          call->seeds, call->prediction);
    } catch (const std::exception& error) {
      failure = *error.what() ? error.what() : "exception without a message";
    } catch (...) {
      failure = "exception of an unknown kind";
    }
    const std::lock_guard lock(call->mutex);
    call->failure = failure;
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
  answer.failure = call->failure;
  if (answer.failure.empty()) std::ranges::copy(call->prediction, prediction.begin());
  return answer;
}

Prediction ModelHost::predict(const SliceStore& store, const StoredCase& stored_case, const Task& task,
                              const Canvas& canvas) {
  const auto [depth, height, width] = stored_case.shape;
  const auto native_pixels = static_cast<size_t>(height * width);
  const auto canvas_pixels = static_cast<size_t>(canvas.size * canvas.size);
  const VolumeView source_volume = store.volume(stored_case, task.source);
  const IntensityMap& source_map = stored_case.find(task.source)->intensity;
  const IntensityMap& target_map = stored_case.find(task.target)->intensity;

  Prediction result;
  result.values.resize(static_cast<size_t>(depth) * native_pixels);
  std::vector<float> native(native_pixels);
  for (int64_t first = 0; first < depth; first += options_.batch) {
    throw_if_interrupted();
    const int64_t count = std::min(options_.batch, depth - first);
    std::vector<float> source(static_cast<size_t>(count) * canvas_pixels);
    std::vector<float> predicted(source.size());
    std::vector<uint64_t> seeds(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      source_volume.read(first + i, 1, native);
      for (float& value : native) value = source_map.to_model(value);
      to_canvas(canvas, native, height, width,
                std::span(source).subspan(static_cast<size_t>(i) * canvas_pixels, canvas_pixels));
      seeds[static_cast<size_t>(i)] = slice_seed(options_.run_seed, task.id, stored_case.id, first + i);
    }

    std::vector<std::string> failures(static_cast<size_t>(count));
    Answer answer = call(task, canvas, source, seeds, predicted);
    result.seconds += answer.seconds;
    if (!answer.failure.empty() && !answer.timed_out && count > 1) {
      // See Note [A batch that throws].
      for (int64_t i = 0; i < count && !answer.timed_out; ++i) {
        const auto at = static_cast<size_t>(i);
        answer = call(task, canvas, std::span(source).subspan(at * canvas_pixels, canvas_pixels),
                      std::span(seeds).subspan(at, 1),
                      std::span(predicted).subspan(at * canvas_pixels, canvas_pixels));
        result.seconds += answer.seconds;
        failures[at] = answer.failure;
      }
    } else if (!answer.failure.empty()) {
      std::ranges::fill(failures, answer.failure);
    }

    for (int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<size_t>(i);
      const auto slice = std::span(predicted).subspan(at * canvas_pixels, canvas_pixels);
      if (failures[at].empty()) failures[at] = finite_problem(slice);
      if (!failures[at].empty()) {
        result.failures.push_back({first + i, failures[at]});
        continue;
      }
      from_canvas(canvas, slice, height, width, native);
      const auto out =
          std::span(result.values).subspan(static_cast<size_t>(first + i) * native_pixels, native_pixels);
      for (size_t p = 0; p < native_pixels; ++p)
        out[p] = static_cast<float>(target_map.to_physical(native[p]));
    }
    if (answer.timed_out) break;
  }
  return result;
}

}  // namespace synerbench
