#include "reports/numbers/leaderboard.h"

#include <algorithm>
#include <exception>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "reports/numbers/summaries.h"

namespace synerbench {
namespace {

using detail::TaskCases;

constexpr const char* kPlace = "report";

struct MetricKey {
  std::string protocol, metric;
  bool operator==(const MetricKey&) const = default;
};

/// Protocols and metrics in the order of the suite; those the identity does not name follow in order of
/// appearance.
std::vector<MetricKey> metric_keys(const JoinedRuns& runs) {
  std::vector<MetricKey> keys;
  for (const CaseRecord& record : runs.cases) {
    for (const Measure& measure : record.measures) {
      const MetricKey key{measure.protocol, measure.metric};
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  std::vector<std::string> order;
  if (runs.shared_identity.contains("protocols") && runs.shared_identity["protocols"].is_array()) {
    for (const Json& protocol : runs.shared_identity["protocols"]) {
      if (protocol.is_string()) order.push_back(protocol.get<std::string>());
    }
  }
  for (const MetricKey& key : keys) {
    if (std::find(order.begin(), order.end(), key.protocol) == order.end()) order.push_back(key.protocol);
  }
  const auto position = [&](const MetricKey& key) {
    return std::find(order.begin(), order.end(), key.protocol) - order.begin();
  };
  std::stable_sort(keys.begin(), keys.end(),
                   [&](const MetricKey& a, const MetricKey& b) { return position(a) < position(b); });
  return keys;
}

/// Moves the leaderboard's own protocol and metric to the front.
void put_main_first(std::vector<MetricKey>& keys, const LeaderboardOptions& options) {
  if (keys.empty()) {
    throw usage_error(kPlace, "no case has a measure: nothing was scored",
                      "see failures.csv of the run for the reasons");
  }
  std::vector<std::string> protocols, metrics;
  for (const MetricKey& key : keys) {
    if (std::find(protocols.begin(), protocols.end(), key.protocol) == protocols.end())
      protocols.push_back(key.protocol);
  }
  const std::string protocol = options.protocol.empty() ? protocols.front() : options.protocol;
  if (std::find(protocols.begin(), protocols.end(), protocol) == protocols.end()) {
    throw usage_error(kPlace, "the runs hold no measure under protocol \"" + protocol + "\"",
                      did_you_mean(protocol, protocols));
  }
  for (const MetricKey& key : keys) {
    if (key.protocol == protocol) metrics.push_back(key.metric);
  }
  const std::string metric = options.metric.empty() ? metrics.front() : options.metric;
  if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
    throw usage_error(kPlace, "protocol " + protocol + " has no metric \"" + metric + "\"",
                      did_you_mean(metric, metrics));
  }
  const auto group_of = [&](const MetricKey& key) {
    return key == MetricKey{protocol, metric} ? 0 : key.protocol == protocol ? 1 : 2;
  };
  std::stable_sort(keys.begin(), keys.end(),
                   [&](const MetricKey& a, const MetricKey& b) { return group_of(a) < group_of(b); });
}

MetricBoard start_board(const MetricKey& key, const ProtocolTable& protocols) {
  const Protocol* protocol = protocols.find(key.protocol);
  if (protocol == nullptr) {
    throw usage_error(kPlace, "this program does not know the protocol \"" + key.protocol + "\" of the runs",
                      did_you_mean(key.protocol, protocols.ids()));
  }
  MetricBoard board;
  board.protocol = protocol->info;
  for (const MetricInfo& metric : board.protocol.metrics) {
    if (metric.name != key.metric) continue;
    board.metric = metric;
    return board;
  }
  throw usage_error(
      kPlace,
      "protocol " + key.protocol + " of this program has no metric \"" + key.metric + "\", but the runs do",
      "make the report with the version that made the runs, or run again");
}

struct Context {
  const Leaderboard& board;
  std::vector<TaskCases> cases;  // per task
};

Context index_cases(const Leaderboard& board) {
  Context context{board, {}};
  std::map<std::string, size_t> tasks, models;
  for (size_t i = 0; i < board.tasks().size(); ++i) tasks[board.tasks()[i].id] = i;
  for (size_t i = 0; i < board.models().size(); ++i) models[board.models()[i].key] = i;
  context.cases.assign(tasks.size(), TaskCases(models.size()));
  for (const CaseRecord& record : board.runs.cases)
    context.cases[tasks.at(record.task)][models.at(record.model)].push_back(&record);
  return context;
}

TaskBoard make_task_board(const Context& context, size_t task, const MetricBoard& metric) {
  const Leaderboard& board = context.board;
  TaskBoard result{task, {}, std::nullopt};
  std::vector<Summary> summaries =
      detail::summarize(board.tasks()[task], context.cases[task], metric.protocol.id, metric.metric);
  for (size_t model = 0; model < summaries.size(); ++model) {
    TaskRow& row = result.rows.emplace_back();
    row.model = model;
    row.summary = std::move(summaries[model]);
    detail::add_interval(row.summary, metric.metric, board.bootstrap);
  }
  detail::rank_rows(
      result.rows, metric.metric.direction, [](const TaskRow& r) { return r.summary.mean; },
      [](const TaskRow& r) { return r.summary.complete; });
  for (TaskRow& row : result.rows) {
    if (!board.models()[row.model].trivial || !row.summary.mean) continue;
    row.best_trivial = true;
    result.best_trivial = row.model;
    break;
  }
  const auto compare_with = [&](const TaskRow& row, size_t other) {
    return compare_patients(row.summary.patients, result.row_of(other).summary.patients,
                            metric.metric.direction, board.bootstrap);
  };
  for (TaskRow& row : result.rows) {
    if (result.best_trivial && !board.models()[row.model].trivial)
      row.over_best_trivial = compare_with(row, *result.best_trivial);
    if (board.baseline && row.model != *board.baseline)
      row.over_baseline = compare_with(row, *board.baseline);
  }
  return result;
}

/// Corrects one kind of comparison over one model's rows: its tasks, or its averages.
template <class Boards, class Row>
void correct_over(Boards& boards, size_t models, std::optional<Improvement> Row::*kind) {
  for (size_t model = 0; model < models; ++model) {
    std::vector<Improvement*> family;
    for (auto& board : boards) {
      for (Row& row : board.rows) {
        if (row.model == model && row.*kind) family.push_back(&*(row.*kind));
      }
    }
    correct_family(family);
  }
}

std::vector<ModelPair> compare_all_pairs(const Leaderboard& board, const MetricBoard& metric) {
  const size_t models = board.models().size();
  std::vector<ModelPair> pairs;
  for (size_t first = 0; first < models; ++first) {
    for (size_t second = first + 1; second < models; ++second) pairs.push_back({first, second, {}, {}});
  }
#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < pairs.size(); ++i) {
    ModelPair& pair = pairs[i];
    for (const TaskBoard& task : metric.tasks)
      pair.tasks.push_back(detail::compare_models(board, metric, {task.task}, pair.first, pair.second));
    for (const AverageBoard& average : metric.averages)
      pair.averages.push_back(detail::compare_models(board, metric, average.tasks, pair.first, pair.second));
  }
  const auto correct = [&](std::vector<std::optional<Improvement>> ModelPair::*column, size_t columns) {
    for (size_t c = 0; c < columns; ++c) {
      std::vector<Improvement*> family;
      for (ModelPair& pair : pairs) {
        std::optional<Improvement>& entry = (pair.*column)[c];
        family.push_back(entry ? &*entry : nullptr);
      }
      correct_family(family);
    }
  };
  correct(&ModelPair::tasks, metric.tasks.size());
  correct(&ModelPair::averages, metric.averages.size());
  return pairs;
}

void add_averages(MetricBoard& metric, const Leaderboard& board) {
  std::vector<std::string> groups;
  for (const TaskBoard& task : metric.tasks) {
    const std::string& group = board.tasks()[task.task].group;
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  std::vector<std::vector<size_t>> members(groups.size());
  std::vector<size_t> all;
  for (const TaskBoard& task : metric.tasks) {
    const auto group =
        std::find(groups.begin(), groups.end(), board.tasks()[task.task].group) - groups.begin();
    members[static_cast<size_t>(group)].push_back(task.task);
    all.push_back(task.task);
  }
  if (groups.size() != 1) {
    groups.push_back("all");
    members.push_back(all);
  }
  metric.averages.resize(groups.size());
#pragma omp parallel for schedule(dynamic)
  for (size_t g = 0; g < groups.size(); ++g)
    metric.averages[g] = detail::average_over(board, metric, groups[g], members[g]);
}

std::vector<size_t> tasks_of(const Context& context, const MetricKey& key, bool main) {
  std::vector<size_t> tasks;
  for (size_t task = 0; task < context.cases.size(); ++task) {
    bool measured = main;  // in the main table a task without a single value is still a row
    for (const auto& records : context.cases[task]) {
      measured = measured || std::any_of(records.begin(), records.end(), [&](const CaseRecord* r) {
                   return find_measure(*r, key.protocol, key.metric) != nullptr;
                 });
    }
    if (measured) tasks.push_back(task);
  }
  return tasks;
}

std::optional<size_t> choose_baseline(const Leaderboard& board, const std::string& key) {
  std::vector<std::string> keys;
  std::vector<size_t> learned;
  for (size_t i = 0; i < board.models().size(); ++i) {
    if (board.models()[i].key == key) return i;
    keys.push_back(board.models()[i].key);
    if (!board.models()[i].trivial) learned.push_back(i);
  }
  if (!key.empty())
    throw usage_error(kPlace, "the baseline \"" + key + "\" is not among the models",
                      did_you_mean(key, keys));
  return learned.size() >= 2 ? std::optional<size_t>(learned.front()) : std::nullopt;
}

std::vector<ModelSpeed> speeds_of(const Leaderboard& board) {
  std::vector<ModelSpeed> speeds;
  for (const ReportedModel& model : board.models()) {
    ModelSpeed& speed = speeds.emplace_back();
    double seconds = 0;
    int64_t slices = 0;
    std::set<std::string> devices;
    for (const Timing& timing : board.runs.timing) {
      if (timing.model != model.key) continue;
      seconds += timing.seconds;
      slices += timing.slices;
      std::string device = timing.device;
      if (timing.threads > 0)
        device += ", " + std::to_string(timing.threads) + (timing.threads == 1 ? " thread" : " threads");
      devices.insert(device);
    }
    if (slices > 0) speed.seconds_per_slice = seconds / static_cast<double>(slices);
    for (const std::string& device : devices) speed.device += (speed.device.empty() ? "" : "; ") + device;
  }
  return speeds;
}

}  // namespace

MetricBoard main_metric(const JoinedRuns& runs, const LeaderboardOptions& options) {
  std::vector<MetricKey> keys = metric_keys(runs);
  put_main_first(keys, options);
  return start_board(keys.front(), options.protocols);
}

Leaderboard make_leaderboard(JoinedRuns runs, std::vector<Published> published,
                             const LeaderboardOptions& options) {
  Leaderboard board;
  board.runs = std::move(runs);
  board.published = std::move(published);
  board.bootstrap = options.bootstrap;
  board.baseline = choose_baseline(board, options.baseline);
  board.speed = speeds_of(board);
  std::vector<MetricKey> keys = metric_keys(board.runs);
  put_main_first(keys, options);
  const Context context = index_cases(board);
  for (const MetricKey& key : keys) {
    MetricBoard metric = start_board(key, options.protocols);
    const std::vector<size_t> tasks = tasks_of(context, key, &key == &keys.front());
    metric.tasks.resize(tasks.size());
    std::exception_ptr trouble;  // an interrupt, for one; it must not leave a thread of the loop
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < tasks.size(); ++i) {
      try {
        metric.tasks[i] = make_task_board(context, tasks[i], metric);
      } catch (...) {
#pragma omp critical
        trouble = std::current_exception();
      }
    }
    if (trouble) std::rethrow_exception(trouble);
    add_averages(metric, board);
    const size_t models = board.models().size();
    correct_over(metric.tasks, models, &TaskRow::over_best_trivial);
    correct_over(metric.tasks, models, &TaskRow::over_baseline);
    correct_over(metric.averages, models, &AverageRow::over_best_trivial);
    correct_over(metric.averages, models, &AverageRow::over_baseline);
    if (options.all_pairs && board.metrics.empty()) metric.pairs = compare_all_pairs(board, metric);
    board.metrics.push_back(std::move(metric));
  }
  for (TaskBoard& task : board.metrics.front().tasks) {
    for (TaskRow& row : task.rows) {
      row.published = find_published(board.published, board.tasks()[task.task].id,
                                     board.models()[row.model].name, board.main().metric.name);
    }
  }
  return board;
}

}  // namespace synerbench
