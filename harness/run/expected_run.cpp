#include "harness/run/expected_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>

#include "harness/core/duration.h"
#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/data/model_space.h"
#include "harness/run/admission.h"
#include "harness/run/case_score.h"
#include "harness/run/pair_source.h"

namespace synerbench {
namespace {

constexpr int64_t kPreparedCases = 2;

template <class Work>
double time_of(const Work& work) {
  throw_if_interrupted("nothing has been written");
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The second call tells more than the first, where it does not take long.
template <class Work>
double warm_time_of(const Work& work) {
  const double cold = time_of(work);
  return cold < 1 ? std::min(cold, time_of(work)) : cold;
}

/// The first case of a task that the plan has.
struct Example {
  const SuiteTask* task = nullptr;
  const StoredCase* stored_case = nullptr;
};

std::vector<Example> examples_of(const Suite& suite, const Plan& plan, const SliceStore& store) {
  std::vector<Example> examples;
  for (const SuiteTask& task : plan.tasks) {
    const auto cases = store.cases_for(task.task, suite.split);
    if (!cases.empty()) examples.push_back({&task, cases.front()});
  }
  return examples;
}

/// `task`: what the model is asked for.
double seconds_of_slice(Synthesizer& model, const Task& task, const Example& example, const Canvas& canvas) {
  const ModelInput input = model.info().input;
  const ModelSpace space(canvas, example.stored_case->shape);
  const auto sources = static_cast<int64_t>(task.sources().size());
  const int64_t depth = space.depth(input);
  const int64_t predicted = input.neighbors == ModelInput::kWholeVolume ? depth : 1;
  const std::vector<float> empty(static_cast<size_t>(sources * depth) * space.canvas_pixels(), -1.0f);
  const std::vector<uint64_t> seeds(static_cast<size_t>(predicted), 1);
  std::vector<float> prediction(static_cast<size_t>(predicted) * space.canvas_pixels());
  const SliceBatch batch{1, canvas.size, canvas.size, empty, sources, depth};
  return warm_time_of([&] { model.synthesize(task, batch, seeds, prediction); }) /
         static_cast<double>(predicted);
}

ModelCost cost_of_model(const std::string& text, const std::vector<Example>& examples,
                        const RunOptions& options, const MethodTable& table, const Suite& suite,
                        const std::vector<SuiteTask>& tasks, const SliceStore& store) {
  const ModelSpec spec = parse_model_spec(text);
  ModelCost cost;
  const std::unique_ptr<Synthesizer> model = make_model(spec, table, options.device);
  const ModelInfo info = model->info();
  cost.concurrent = info.concurrent;
  LineageCheck(suite, store).require(spec.key, info, tasks);
  for (const Example& example : examples) {
    cost.problem = misfit(spec.key, info.input, example.task->task);
    if (!cost.problem.empty()) continue;
    const Canvas canvas = options.canvas.value_or(example.task->canvas);
    StorePairsOptions pairs;
    pairs.min_foreground = suite.min_foreground;
    pairs.input = info.input;
    pairs.max_cases = kPreparedCases;
    const Task& route = route_for(info, *example.task);
    const StorePairs training(store, route, Split::kTrain, canvas, pairs);
    cost.prepare = time_of([&] { model->prepare(route, training); }) / kPreparedCases;
    cost.slice = seconds_of_slice(*model, route, example, canvas);
    break;
  }
  return cost;
}

double seconds_of_scoring(const Example& example, const Suite& suite, const SliceStore& store,
                          const ProtocolTable& protocols) {
  const Task& task = example.task->task;
  const double taken = time_of([&] {
    const Reference reference = read_reference(store, *example.stored_case, task);
    score_case(reference, reference.target, protocols_for(suite.protocols, task.target, protocols),
               suite.min_foreground, protocols);
  });
  return taken / static_cast<double>(example.stored_case->shape[0]);
}

int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace

RunCost measured_cost(const RunOptions& options, const MethodTable& table, const ProtocolTable& protocols) {
  const Suite suite = load_suite(options.suite, protocols);
  require_tasks(suite);
  const SliceStore store(options.store);
  const Plan plan = make_plan(suite, store, options.models, {options.tasks, options.max_cases});
  const std::vector<Example> examples = examples_of(suite, plan, store);
  RunCost cost;
  for (const std::string& text : options.models) {
    try {
      cost.models.push_back(cost_of_model(text, examples, options, table, suite, plan.tasks, store));
    } catch (const Error& error) {
      if (error.code() == ExitCode::kInterrupted) throw;
      cost.models.push_back({error.place() + ": " + error.problem()});
    } catch (const std::exception& error) {
      cost.models.push_back({*error.what() ? error.what() : "it threw"});
    }
  }
  if (!examples.empty()) cost.scored_slice = seconds_of_scoring(examples.front(), suite, store, protocols);
  return cost;
}

double seconds_of(const Plan& plan, const Shard& shard, const RunCost& cost,
                  const std::vector<int64_t>& training_cases, int threads) {
  double seconds = 0;
  std::vector<std::vector<bool>> prepared(plan.tasks.size(), std::vector<bool>(plan.models.size(), false));
  for (const WorkItem* item : plan.shard(shard)) {
    const ModelCost& model = cost.models[item->model];
    if (!model.problem.empty()) continue;
    const auto slices = static_cast<double>(item->slices);
    seconds += slices * (model.slice / (model.concurrent ? threads : 1) + cost.scored_slice / threads);
    if (prepared[item->task][item->model]) continue;
    prepared[item->task][item->model] = true;
    seconds += model.prepare * static_cast<double>(training_cases[item->task]);
  }
  return seconds;
}

std::string expected_time_of(const RunOptions& options, const MethodTable& table,
                             const ProtocolTable& protocols) {
  const Plan plan = plan_run(options, protocols);
  const SliceStore store(options.store);
  std::vector<int64_t> training_cases;
  for (const SuiteTask& task : plan.tasks)
    training_cases.push_back(static_cast<int64_t>(store.cases_for(task.task, Split::kTrain).size()));
  const RunCost cost = measured_cost(options, table, protocols);
  const auto tried = std::count_if(cost.models.begin(), cost.models.end(),
                                   [](const ModelCost& model) { return model.problem.empty(); });
  std::string text;
  if (tried > 0) {
    text = fmt::format("{} for {} model{} (on this machine, {} threads)",
                       duration_in_words(seconds_of(plan, options.shard, cost, training_cases, cores())),
                       tried, tried == 1 ? "" : "s", cores());
  }
  for (size_t m = 0; m < cost.models.size(); ++m) {
    if (cost.models[m].problem.empty()) continue;
    text += fmt::format("{}not known for {} ({})", text.empty() ? "" : "; ", plan.models[m],
                        cost.models[m].problem);
  }
  return text;
}

}  // namespace synerbench
