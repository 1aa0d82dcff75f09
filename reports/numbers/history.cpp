#include "reports/numbers/history.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/core/date.h"
#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "metrics/tarone_holm.h"
#include "reports/numbers/check.h"
#include "reports/numbers/compare.h"
#include "reports/numbers/summaries.h"

namespace synerbench {
namespace {

constexpr const char* kAll = "all";
constexpr const char* kHistoryPlace = "report --history";

/// Runs in the order of time, with what a history says of each.
struct DatedRun {
  RunInput input;
  std::string date;
};

std::vector<DatedRun> in_order(std::vector<RunInput> inputs, bool as_given) {
  std::vector<DatedRun> runs;
  for (RunInput& input : inputs) {
    std::string date = date_of_run(input);
    if (date.empty() && !as_given) {
      throw usage_error(input.name, "the run does not say when it was made",
                        "put the date into the name of its folder (2026-11-29-" + input.name +
                            "), or give the runs in their order and --as-given");
    }
    runs.push_back({std::move(input), std::move(date)});
  }
  // Without a time of day a run is the first of its day; equal dates stay in the order of the command line.
  if (!as_given)
    std::stable_sort(runs.begin(), runs.end(),
                     [](const DatedRun& a, const DatedRun& b) { return a.date < b.date; });
  return runs;
}

/// Folders of one name (a/run, b/run) get that of the folder around them, and then a number.
void name_apart(std::vector<DatedRun>& runs) {
  std::map<std::string, int> count;
  for (const DatedRun& run : runs) ++count[run.input.name];
  std::set<std::string> taken;
  for (DatedRun& run : runs) {
    const std::filesystem::path around = run.input.folder.lexically_normal().parent_path();
    std::string name = run.input.name;
    if (count[name] > 1 && !around.filename().empty()) name = around.filename().string() + "/" + name;
    const std::string base = name;
    for (int n = 2; !taken.insert(name).second; ++n) name = base + " (" + std::to_string(n) + ")";
    run.input.name = name;
  }
}

HistoryRun described(const DatedRun& run) {
  HistoryRun out{run.input.name, run.date, "", "", false, run.input.results.identity};
  if (!out.identity.contains("builds") || !out.identity["builds"].is_array()) return out;
  for (const Json& build : out.identity["builds"]) {
    if (!build.is_object()) continue;
    const auto add = [](std::string& all, const std::string& one) {
      if (all.find(one) == std::string::npos) all += (all.empty() ? "" : ", ") + one;
    };
    add(out.version, build.value("version", "?"));
    add(out.commit, build.value("commit", "?").substr(0, 12));
    out.dirty = out.dirty || build.value("dirty", false);
  }
  return out;
}

bool has_value(const RunInput& run, const std::string& protocol, const std::string& metric) {
  return std::any_of(run.results.cases.begin(), run.results.cases.end(), [&](const CaseRecord& record) {
    const Measure* measure = find_measure(record, protocol, metric);
    return measure != nullptr && measure->value.has_value();
  });
}

/// Why two runs cannot stand in one history; empty when they can.
std::string obstacle(const RunInput& newer, const RunInput& older) {
  try {
    Json ours = comparable_identity(newer.results.identity),
         theirs = comparable_identity(older.results.identity);
    // Numbers are only ever compared under one protocol, which both have to have.
    ours.erase("protocols");
    theirs.erase("protocols");
    require_same_identity(ours, newer.name, theirs, older.name);
    require_same_tasks(newer, older);
    check_same_cases(newer, older);
    return "";
  } catch (const Error& error) {
    return error.place() == older.name ? error.problem() : error.place() + ": " + error.problem();
  }
}

/// Keeps the runs that stand in one history with the newest.
std::vector<DatedRun> comparable_runs(std::vector<DatedRun> runs, History& history) {
  std::vector<DatedRun> kept;  // newest first
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    std::string reason;
    for (const DatedRun& other : kept) {
      reason = obstacle(other.input, run->input);
      if (!reason.empty()) break;
    }
    if (reason.empty() && !has_value(run->input, history.protocol.id, history.metric.name))
      reason = "no case has a value of " + history.metric.name + " under " + history.protocol.id;
    if (reason.empty()) {
      kept.push_back(std::move(*run));
    } else {
      history.apart.push_back({run->input.name, run->date, reason});
    }
  }
  std::reverse(kept.begin(), kept.end());
  std::reverse(history.apart.begin(), history.apart.end());
  if (kept.size() < 2) {
    std::string reasons;
    for (const RunSetApart& apart : history.apart)
      reasons += (reasons.empty() ? "" : "; ") + apart.name + ": " + apart.reason;
    throw usage_error(
        kHistoryPlace,
        reasons.empty() ? "one run is no history" : "fewer than two runs can be compared: " + reasons,
        "give run folders of one suite, one store and the same cases, made at different times");
  }
  return kept;
}

/// The values of one run by task and model, as the history has them.
struct RunValues {
  std::map<std::string, std::map<std::string, Summary>> tasks;  // [task][model key]
};

RunValues values_of(const JoinedRuns& run, const History& history) {
  RunValues values;
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < run.models.size(); ++i) place[run.models[i].key] = i;
  std::map<std::string, detail::TaskCases> cases;
  for (const CaseRecord& record : run.cases) {
    detail::TaskCases& of_task = cases[record.task];
    of_task.resize(run.models.size());
    of_task[place.at(record.model)].push_back(&record);
  }
  for (const TaskRecord& task : run.tasks) {
    if (!cases.contains(task.id)) continue;
    std::vector<Summary> summaries =
        detail::summarize(task, cases[task.id], history.protocol.id, history.metric);
    for (size_t model = 0; model < summaries.size(); ++model) {
      if (!summaries[model].mean) continue;
      detail::add_interval(summaries[model], history.metric, history.bootstrap);
      values.tasks[task.id].emplace(run.models[model].key, std::move(summaries[model]));
    }
  }
  return values;
}

void add_new_names(History& history, const JoinedRuns& run, const RunValues& values) {
  for (const ReportedModel& model : run.models) {
    const bool known = std::any_of(history.models.begin(), history.models.end(),
                                   [&](const ReportedModel& m) { return m.key == model.key; });
    if (!known) history.models.push_back(model);
  }
  for (const TaskRecord& task : run.tasks) {
    const bool known = std::any_of(history.tasks.begin(), history.tasks.end(),
                                   [&](const TaskRecord& t) { return t.id == task.id; });
    if (!known && values.tasks.contains(task.id)) history.tasks.push_back(task);
  }
}

HistoryPoint point_of(size_t run, const Summary& summary) {
  return {run, summary.planned,  summary.scored, static_cast<int64_t>(summary.patients.size()),
          1,   summary.complete, summary.mean,   summary.interval};
}

/// The average of one model over the tasks that it has a value for in one run.
std::optional<HistoryPoint> average_point(size_t run, const RunValues& values, const std::string& key,
                                          const History& history) {
  HistoryPoint point{run, 0, 0, 0, 0, true, std::nullopt, std::nullopt};
  double sum = 0;
  std::vector<const std::vector<PatientValue>*> lists;
  std::set<std::string> patients;
  for (const auto& [task, models] : values.tasks) {
    const auto at = models.find(key);
    if (at == models.end()) continue;
    const Summary& summary = at->second;
    ++point.tasks;
    point.planned += summary.planned;
    point.scored += summary.scored;
    point.complete = point.complete && summary.complete;
    sum += *summary.mean;
    lists.push_back(&summary.patients);
    for (const PatientValue& patient : summary.patients) patients.insert(patient.patient);
  }
  if (point.tasks == 0) return std::nullopt;
  point.complete = point.complete && point.tasks == static_cast<int64_t>(history.tasks.size());
  point.patients = static_cast<int64_t>(patients.size());
  point.mean = sum / static_cast<double>(point.tasks);
  point.interval = detail::within_bounds(interval_over_tasks(lists, history.bootstrap), history.metric);
  return point;
}

/// Comparisons of two runs, each made once.
class Comparisons {
 public:
  Comparisons(const std::vector<DatedRun>& runs, const History& history, const HistoryOptions& options)
      : runs_(&runs) {
    options_.metrics = {history.protocol.id + "/" + history.metric.name};
    options_.bootstrap = options.bootstrap;
    options_.protocols = options.protocols;
  }

  /// Nothing when the two have no patient in common there.
  std::optional<HistoryChange> change(size_t from, size_t to, const std::string& task,
                                      const std::string& model) {
    const RunComparison& comparison = of(from, to);
    const auto made = [&](const auto& entry, const std::optional<double>& before,
                          const std::optional<double>& after,
                          const Improvement& improvement) -> std::optional<HistoryChange> {
      if (entry.baseline_model != model) return std::nullopt;
      HistoryChange change{from, to, false, before, after, improvement, kStepLevel, StepVerdict::kNotShown};
      // Those are over the tasks of this one pair of runs; a history has families of its own.
      change.change.p_holm.reset();
      change.change.p_fdr.reset();
      return change;
    };
    if (task == kAll) {
      for (const RunAverage& average : comparison.averages) {
        if (auto change = made(average, average.baseline_mean, average.candidate_mean, average.change))
          return change;
      }
      return std::nullopt;
    }
    for (const RunPair& pair : comparison.pairs) {
      if (pair.task != task || !pair.change) continue;
      if (auto change = made(pair, pair.baseline_mean, pair.candidate_mean, *pair.change)) return change;
    }
    return std::nullopt;
  }

 private:
  const RunComparison& of(size_t from, size_t to) {
    const auto at = made_.find({from, to});
    if (at != made_.end()) return at->second;
    throw_if_interrupted();
    return made_
        .emplace(std::pair(from, to), compare_runs((*runs_)[from].input, (*runs_)[to].input, options_))
        .first->second;
  }

  const std::vector<DatedRun>* runs_;
  CompareOptions options_;
  std::map<std::pair<size_t, size_t>, RunComparison> made_;
};

void add_changes(HistorySeries& series, const std::string& key, Comparisons& comparisons) {
  const auto& points = series.points;
  for (size_t i = 1; i < points.size(); ++i) {
    if (auto change = comparisons.change(points[i - 1].run, points[i].run, series.task, key))
      series.changes.push_back(std::move(*change));
  }
  if (points.size() < 3) return;
  if (auto change = comparisons.change(points.front().run, points.back().run, series.task, key)) {
    change->whole = true;
    series.changes.push_back(std::move(*change));
  }
}

/// Every patient has the value it had.
bool is_unchanged(const Improvement& change) {
  return change.mean == 0 && change.sd.value_or(0) == 0 && change.standard_error.value_or(0) == 0;
}

/// What the p of a test by signs cannot fall below; known before the signs are.
double least_p(const Improvement& change, const BootstrapOptions& bootstrap) {
  return change.p_exact ? std::exp2(1.0 - static_cast<double>(change.patients))
                        : 1.0 / (static_cast<double>(bootstrap.replicates) + 1);
}

/// Judges one family of changes: see Note [What a step is].
void judge(const std::vector<HistoryChange*>& family, const History& history) {
  std::vector<double> p, least;
  for (const HistoryChange* change : family) {
    if (!change->change.p || is_unchanged(change->change)) continue;
    p.push_back(*change->change.p);
    least.push_back(std::min(p.back(), least_p(change->change, history.bootstrap)));
  }
  const double limit = tarone_holm_limit(p, least, kStepLevel);
  for (HistoryChange* change : family) {
    const Improvement& seen = change->change;
    change->limit = limit;
    if (is_unchanged(seen)) {
      change->verdict = StepVerdict::kUnchanged;
    } else if (!seen.p || least_p(seen, history.bootstrap) > limit) {
      change->verdict = StepVerdict::kNotJudged;
    } else if (*seen.p > limit) {
      change->verdict = StepVerdict::kNotShown;
    } else {
      change->verdict = std::abs(seen.mean) < history.smallest_step.value_or(0) ? StepVerdict::kTooSmall
                                                                                : StepVerdict::kStep;
    }
  }
}

void judge_all(History& history) {
  for (size_t model = 0; model < history.models.size(); ++model) {
    std::vector<HistoryChange*> tasks, averages;
    for (HistorySeries& series : history.series) {
      if (series.model != model) continue;
      for (HistoryChange& change : series.changes)
        (series.task == kAll ? averages : tasks).push_back(&change);
    }
    judge(tasks, history);
    judge(averages, history);
  }
}

/// A value of an identity, short enough for a table: hashes keep their first digits.
std::string short_text(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value, -1);
  const bool hash = text.size() >= 40 && std::all_of(text.begin(), text.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                    });
  constexpr size_t kLongest = 24;
  if (hash) return text.substr(0, 8);
  return text.size() <= kLongest ? text : text.substr(0, kLongest - 3) + "...";
}

/// What the identity says about a model.
Json model_in(const Json& identity, const std::string& key) {
  if (!identity.contains("models") || !identity["models"].is_array()) return Json::object();
  for (const Json& model : identity["models"]) {
    if (model.is_object() && model.value("key", "") == key) return model;
  }
  return Json::object();
}

std::vector<std::string> causes_of(const HistoryRun& from, const HistoryRun& to, const std::string& key) {
  std::vector<std::string> causes;
  const auto build = [](const HistoryRun& run) {
    return run.version + " " + run.commit + (run.dirty ? " with uncommitted changes" : "");
  };
  if (build(from) != build(to)) causes.push_back("program: " + build(from) + " → " + build(to));
  const auto seed = [](const HistoryRun& run) {
    return run.identity.contains("seed") ? short_text(run.identity["seed"]) : std::string("?");
  };
  if (seed(from) != seed(to)) causes.push_back("seed: " + seed(from) + " → " + seed(to));
  const Json before = model_in(from.identity, key).flatten(), after = model_in(to.identity, key).flatten();
  std::map<std::string, std::pair<std::string, std::string>> fields;
  for (const auto& [path, value] : before.items()) fields[path].first = short_text(value);
  for (const auto& [path, value] : after.items()) fields[path].second = short_text(value);
  constexpr size_t kMostFields = 4;
  size_t more = 0, told = 0;
  for (const auto& [path, values] : fields) {
    if (before.contains(path) && after.contains(path) && before[path] == after[path]) continue;
    if (++told > kMostFields) {
      ++more;
      continue;
    }
    const std::string name =
        path.rfind("/info/", 0) == 0 ? path.substr(6) : path.substr(path.empty() ? 0 : 1);
    causes.push_back(name + ": " + (values.first.empty() ? "–" : values.first) + " → " +
                     (values.second.empty() ? "–" : values.second));
  }
  if (more > 0) causes.push_back("and " + std::to_string(more) + " more of the model's settings");
  if (causes.empty()) causes.emplace_back("nothing that the runs record");
  return causes;
}

}  // namespace

std::string name_of(StepVerdict verdict) {
  switch (verdict) {
    case StepVerdict::kUnchanged:
      return "unchanged";
    case StepVerdict::kNotShown:
      return "not shown";
    case StepVerdict::kTooSmall:
      return "too small";
    case StepVerdict::kStep:
      return "step";
    case StepVerdict::kNotJudged:
      return "not judged";
  }
  return "";
}

const HistorySeries* History::find(const std::string& task, size_t model) const {
  for (const HistorySeries& one : series) {
    if (one.task == task && one.model == model) return &one;
  }
  return nullptr;
}

std::string date_of_run(const RunInput& run) {
  if (!run.finished.empty()) return run.finished;
  const std::filesystem::path folder = run.folder.lexically_normal();
  const std::filesystem::path inner = folder.filename().empty() ? folder.parent_path() : folder;
  for (const std::string& name :
       {run.name, inner.filename().string(), inner.parent_path().filename().string()}) {
    if (const auto date = date_in(name)) return *date;
  }
  return "";
}

std::vector<HistoryStep> steps_of(const History& history) {
  std::vector<HistoryStep> steps;
  for (const HistorySeries& series : history.series) {
    const bool any = std::any_of(series.changes.begin(), series.changes.end(), [](const HistoryChange& c) {
      return !c.whole && c.verdict == StepVerdict::kStep;
    });
    for (const HistoryChange& change : series.changes) {
      if (change.verdict != StepVerdict::kStep || (change.whole && any)) continue;
      steps.push_back(
          {&series, &change,
           causes_of(history.runs[change.from], history.runs[change.to], history.models[series.model].key)});
    }
  }
  std::stable_sort(steps.begin(), steps.end(), [](const HistoryStep& a, const HistoryStep& b) {
    const auto rank = [](const HistoryStep& s) { return s.series->task == kAll ? 0 : 1; };
    return std::tuple(b.change->to, a.series->model, rank(a)) <
           std::tuple(a.change->to, b.series->model, rank(b));
  });
  return steps;
}

History make_history(std::vector<RunInput> inputs, const HistoryOptions& options) {
  if (inputs.empty()) throw usage_error(kHistoryPlace, "no run was given");
  std::vector<DatedRun> runs = in_order(std::move(inputs), options.as_given);
  name_apart(runs);
  History history;
  history.bootstrap = options.bootstrap;
  LeaderboardOptions chosen;
  chosen.protocol = options.protocol;
  chosen.metric = options.metric;
  chosen.protocols = options.protocols;
  history.newest = join_runs({runs.back().input}, options.protocols);
  const MetricBoard main = main_metric(history.newest, chosen);
  history.protocol = main.protocol;
  history.metric = main.metric;
  require_known(options.smallest_step, {{main.protocol.id, main.metric.name}}, "smallest step");
  history.smallest_step = find_tolerance(options.smallest_step, main.protocol.id, main.metric.name);

  runs = comparable_runs(std::move(runs), history);
  std::vector<RunValues> values;
  std::vector<JoinedRuns> joined;
  for (const DatedRun& run : runs) {
    throw_if_interrupted();
    history.runs.push_back(described(run));
    joined.push_back(join_runs({run.input}, options.protocols));
    values.push_back(values_of(joined.back(), history));
  }
  for (size_t run = runs.size(); run-- > 0;) add_new_names(history, joined[run], values[run]);

  std::map<std::string, int> labels;
  for (const ReportedModel& model : history.models) ++labels[model.label];
  for (ReportedModel& model : history.models) {
    if (labels[model.label] > 1) model.label += " (" + model.key + ")";
  }

  for (const TaskRecord& task : history.tasks) {
    for (size_t model = 0; model < history.models.size(); ++model) {
      HistorySeries series{model, task.id, {}, {}};
      for (size_t run = 0; run < runs.size(); ++run) {
        const auto of_task = values[run].tasks.find(task.id);
        if (of_task == values[run].tasks.end()) continue;
        const auto at = of_task->second.find(history.models[model].key);
        if (at != of_task->second.end()) series.points.push_back(point_of(run, at->second));
      }
      if (!series.points.empty()) history.series.push_back(std::move(series));
    }
  }
  if (history.tasks.size() > 1) {
    for (size_t model = 0; model < history.models.size(); ++model) {
      HistorySeries series{model, kAll, {}, {}};
      for (size_t run = 0; run < runs.size(); ++run) {
        if (auto point = average_point(run, values[run], history.models[model].key, history))
          series.points.push_back(std::move(*point));
      }
      if (!series.points.empty()) history.series.push_back(std::move(series));
    }
  }
  Comparisons comparisons(runs, history, options);
  for (HistorySeries& series : history.series)
    add_changes(series, history.models[series.model].key, comparisons);
  judge_all(history);
  return history;
}

}  // namespace synerbench
