#include "reference/evaluation/question_run.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/progress.h"
#include "harness/run/admission.h"
#include "harness/run/execute.h"
#include "harness/run/suite_pairs.h"
#include "metrics/questions.h"
#include "reference/evaluation/solvers.h"
#include "reference/understanding/answers.h"

namespace synerbench::reference {
namespace {

constexpr const char* kGroup = "understanding";
constexpr double kUnseenOfTest = 0.5;  // share of questions about test patients in words of their own

/// The questions of one kind that a suite asks, by patient.
struct AskedKind {
  InstanceKind kind = InstanceKind::kCts;
  SuiteQuestions asked;
  std::map<CaseId, std::vector<int64_t>> by_patient;  // numbers of the questions
};

std::vector<SuiteQuestions> selected(const Suite& suite, const std::vector<std::string>& patterns) {
  std::vector<std::string> known;
  for (const SuiteQuestions& one : suite.questions) known.push_back(one.kind);
  const auto fits = [](const std::string& pattern, const std::string& kind) {
    return fnmatch(pattern.c_str(), kind.c_str(), 0) == 0;
  };
  for (const std::string& pattern : patterns) {
    if (std::any_of(known.begin(), known.end(), [&](const auto& kind) { return fits(pattern, kind); }))
      continue;
    throw usage_error("tasks", fmt::format("suite {} asks no question \"{}\"", suite.name, pattern),
                      did_you_mean(pattern, known));
  }
  std::vector<SuiteQuestions> chosen;
  for (const SuiteQuestions& one : suite.questions) {
    if (patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                        [&](const auto& pattern) { return fits(pattern, one.kind); }))
      chosen.push_back(one);
  }
  return chosen;
}

InstanceSettings settings_of(Split split) {
  InstanceSettings settings;
  settings.unseen_wordings = split == Split::kTest ? kUnseenOfTest : 0;
  return settings;
}

/// What a suite asks about a store.
class Asked {
 public:
  Asked(const RunOptions& options, const Suite& suite)
      : store_(options.store),
        pairs_(read_suite_pairs(suite, store_, suite.split, {{}, options.canvas})),
        builder_(pairs_.tasks(), settings_of(suite.split)) {
    const std::vector<SuiteQuestions> chosen = selected(suite, options.tasks);
    for (size_t i = 0; i < chosen.size(); ++i) {
      AskedKind one;
      one.asked = chosen[i];
      one.kind =
          parse_question_kind(chosen[i].kind, fmt::format("suite {}: /questions/{}/kind", suite.name, i));
      for (int64_t number = 0; number < one.asked.count; ++number) {
        const Instance told = builder_.tell(builder_.question(one.kind, one.asked.seed, number));
        std::set<CaseId> patients;
        for (const ImageOrigin& origin : told.subjects()) {
          const CaseId& scan = origin.slice.scan;
          patients.insert({scan.dataset, scan.patient, scan.patient});
        }
        for (const CaseId& patient : patients) one.by_patient[patient].push_back(number);
      }
      while (options.max_cases > 0 && static_cast<int64_t>(one.by_patient.size()) > options.max_cases)
        one.by_patient.erase(std::prev(one.by_patient.end()));
      kinds_.push_back(std::move(one));
    }
  }

  Plan plan(const std::vector<std::string>& models, Split split) const {
    Plan plan;
    plan.models = models;
    plan.split = split;
    for (size_t t = 0; t < kinds_.size(); ++t) {
      SuiteTask task;
      task.task.id = kinds_[t].asked.kind;
      task.group = kGroup;
      plan.tasks.push_back(std::move(task));
      plan.cases_per_task.push_back(static_cast<int64_t>(kinds_[t].by_patient.size()));
      for (size_t m = 0; m < models.size(); ++m) {
        for (const auto& [patient, numbers] : kinds_[t].by_patient) {
          WorkItem item;
          item.index = static_cast<int64_t>(plan.items.size());
          item.task = t;
          item.model = m;
          item.slices = static_cast<int64_t>(numbers.size());
          item.key = {kinds_[t].asked.kind, models[m], patient};
          plan.items.push_back(std::move(item));
        }
      }
    }
    return plan;
  }

  const SliceStore& store() const { return store_; }
  const SuitePairs& pairs() const { return pairs_; }
  const InstanceBuilder& builder() const { return builder_; }
  const std::vector<AskedKind>& kinds() const { return kinds_; }

 private:
  SliceStore store_;
  SuitePairs pairs_;
  InstanceBuilder builder_;
  std::vector<AskedKind> kinds_;
};

/// Solvers by kind, fitted where the store has training patients.
class Solvers {
 public:
  Solvers(const RunOptions& options, const Suite& suite, const Asked& asked) {
    std::optional<SuitePairs> training;
    const auto& cases = asked.store().cases();
    if (std::any_of(cases.begin(), cases.end(), [](const auto& c) { return c.split == Split::kTrain; })) {
      try {
        training.emplace(read_suite_pairs(suite, asked.store(), Split::kTrain, {{}, options.canvas}));
      } catch (const Error& problem) {
        if (problem.code() != ExitCode::kUsage) throw;
        say("note", "no training patients for the suite's tasks: fitted solvers are left out");
      }
    }
    std::optional<InstanceBuilder> fitting;
    if (training) fitting.emplace(training->tasks(), InstanceSettings{});
    for (const AskedKind& one : asked.kinds())
      by_kind_.push_back(solvers(one.kind, fitting ? &*fitting : nullptr, one.asked.seed));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& list : by_kind_) {
      for (const NamedRespondent& solver : list) {
        if (std::find(names.begin(), names.end(), solver.name) == names.end()) names.push_back(solver.name);
      }
    }
    names.emplace_back(kChance);
    return names;
  }
  /// Null when the solver has no answer to questions of that kind.
  const NamedRespondent* find(size_t kind, const std::string& name) const {
    for (const NamedRespondent& solver : by_kind_[kind]) {
      if (solver.name == name) return &solver;
    }
    return nullptr;
  }
  /// Of the solver's first kind; kinds have labels of their own.
  ModelInfo info(const std::string& name) const {
    ModelInfo info;
    info.name = name;
    info.label = name == kChance ? "Chance" : name;
    info.trivial = true;
    info.network_evaluations = 0;
    for (size_t kind = 0; name != kChance && kind < by_kind_.size(); ++kind) {
      if (const NamedRespondent* solver = find(kind, name))
        info.switches["answers"][std::to_string(kind)] = solver->label;
    }
    return info;
  }

 private:
  std::vector<std::vector<NamedRespondent>> by_kind_;
};

/// A model of the run: a learned one, or a solver.
struct Row {
  ModelIdentity identity;
  std::optional<AskedModel> learned;
  std::string solver;  // its name; empty: learned
};

Measure measured(const std::string& metric, double sum, int64_t count) {
  Measure measure;
  measure.protocol = questions_protocol().info.id;
  measure.metric = metric;
  measure.count = count;
  if (count > 0) {
    measure.value = sum / static_cast<double>(count);
  } else {
    measure.undefined = "no-question";
  }
  return measure;
}

class QuestionWork final : public ItemWork {
 public:
  QuestionWork(const Asked& asked, const Solvers& solvers, std::vector<Row>& rows)
      : asked_(asked), solvers_(solvers), rows_(rows) {}

  Json begin(const SuiteTask& task, size_t model) override {
    for (kind_ = 0; asked_.kinds()[kind_].asked.kind != task.task.id;) ++kind_;
    row_ = &rows_[model];
    scores_.clear();
    return {};
  }

  void work(const WorkItem& item, Done& done) override {
    const AskedKind& kind = asked_.kinds()[item.task];
    CaseRecord& record = done.result.record;
    std::map<std::string, std::pair<double, int64_t>> sums;  // by metric
    double unanswered = 0;
    for (const int64_t number : kind.by_patient.at(item.key.scan)) {
      throw_if_interrupted();
      Score score;
      try {
        score = score_of(kind, number, done.seconds);
      } catch (const Error& error) {
        if (error.code() == ExitCode::kInterrupted) throw;
        done.result.failures.push_back({number, error.what()});
        continue;
      } catch (const std::exception& error) {
        done.result.failures.push_back({number, error.what()});
        continue;
      }
      ++record.slices;
      if (!score.value) {
        ++unanswered;
        continue;
      }
      add(sums["accuracy"], *score.value);
      if (score.nearest) add(sums[metric_at(*score.nearest)], *score.value);
    }
    if (!done.result.failures.empty()) {
      record.status = CaseStatus::kFailed;
      record.slices = 0;
      record.reason =
          fmt::format("{} of {} questions failed; question {}: {}", done.result.failures.size(), item.slices,
                      done.result.failures.front().slice, done.result.failures.front().reason);
      return;
    }
    for (const MetricInfo& metric : questions_protocol().info.metrics) {
      const auto& [sum, count] = sums[metric.name];
      record.measures.push_back(measured(metric.name, sum, count));
      if (count == 0 && unanswered > 0) record.measures.back().undefined = "answers-other-kinds";
    }
  }

  /// "accuracy_distance_3_4" of "3-4", "accuracy_distance_9" of "9+".
  static std::string metric_at(int64_t distance) {
    std::string range = distance_range(distance);
    std::replace(range.begin(), range.end(), '-', '_');
    std::erase(range, '+');
    return "accuracy_distance_" + range;
  }

 private:
  struct Score {
    std::optional<double> value;  // nothing: the row has no answer to such a question
    std::optional<int64_t> nearest;
  };

  static void add(std::pair<double, int64_t>& sum, double value) {
    sum.first += value;
    ++sum.second;
  }

  /// One question at a time; one about several patients is asked once.
  Score score_of(const AskedKind& kind, int64_t number, double& seconds) {
    const std::lock_guard lock(mutex_);
    if (const auto known = scores_.find(number); known != scores_.end()) return known->second;
    const InstanceBuilder& builder = asked_.builder();
    const Question question = builder.question(kind.kind, kind.asked.seed, number);
    const bool guess = row_->solver == kChance;
    const Instance instance = guess ? builder.tell(question) : builder.show(question);
    Score score{std::nullopt, instance.facts.nearest()};
    if (guess) {
      if (instance.options > 0) score.value = 1.0 / static_cast<double>(instance.options);
    } else if (const Respondent* respondent = respondent_of()) {
      const uint64_t of_kind = combine_seeds(kind.asked.seed, seed_from(name_of(kind.kind)));
      const auto begin = std::chrono::steady_clock::now();
      const std::string answer =
          (*respondent)(instance, combine_seeds(of_kind, static_cast<uint64_t>(number)));
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      score.value = score_answer(instance, answer);
    }
    return scores_[number] = score;
  }

  const Respondent* respondent_of() const {
    if (row_->learned) return &row_->learned->answer;
    const NamedRespondent* solver = solvers_.find(kind_, row_->solver);
    return solver ? &solver->answer : nullptr;
  }

  const Asked& asked_;
  const Solvers& solvers_;
  std::vector<Row>& rows_;
  size_t kind_ = 0;
  Row* row_ = nullptr;
  std::mutex mutex_;
  std::map<int64_t, Score> scores_;  // of the present kind and model
};

/// A text that may name a solver: no path, no options, no wrapper.
std::vector<ModelSpec> expanded(const std::vector<std::string>& texts, const Solvers& solvers) {
  std::vector<std::string> all;
  for (const std::string& text : texts) {
    if (text != kAllSolvers) {
      all.push_back(text);
      continue;
    }
    for (const std::string& name : solvers.names()) all.push_back(name);
  }
  return parse_model_specs(all);
}

Row row_of(const ModelSpec& spec, const Solvers& solvers, const LoadAsked& load, const std::string& device) {
  const std::vector<std::string> known = solvers.names();
  Row row;
  if (std::find(known.begin(), known.end(), spec.name) != known.end() && may_be_solver(spec)) {
    row.solver = spec.name;
    row.identity = {spec.key, "cpu", to_json(solvers.info(spec.name))};
    return row;
  }
  if (may_be_solver(spec)) {
    throw usage_error(
        "--model", fmt::format("\"{}\" is no solver of this suite", spec.text),
        did_you_mean(spec.name, known) + "; a learned model is named with its folder: reference:FOLDER");
  }
  row.learned = load(spec, spec.device.empty() ? device : spec.device);
  row.identity = {spec.key, spec.device.empty() ? device : spec.device, to_json(row.learned->info)};
  return row;
}

RunHeader header_of(const RunOptions& options, const Suite& suite, const Asked& asked, const Plan& plan,
                    const std::vector<ModelIdentity>& models) {
  RunHeader header;
  header.identity = make_identity("questions", suite, {}, asked.store(), 0, options.max_cases, models);
  header.identity["tasks"] = Json::array();
  for (size_t t = 0; t < plan.tasks.size(); ++t) {
    const SuiteQuestions& one = asked.kinds()[t].asked;
    header.identity["tasks"].push_back({{"id", one.kind}, {"questions", one.count}, {"seed", one.seed}});
    TaskRecord record;
    record.id = one.kind;
    record.region = "all";
    record.source = "question";
    record.target = "answer";
    record.group = kGroup;
    record.cases = plan.cases_per_task[t];
    header.tasks.push_back(std::move(record));
  }
  header.identity["about"] = asked.pairs().provenance.at("tasks");
  header.identity["unseen_wordings"] = asked.builder().settings().unseen_wordings;
  return header;
}

}  // namespace

std::vector<std::string> solver_names() {
  return {"options-only", "intensity",   "area",      "silhouette", "edges",    "text-only",
          "text+first",   "text+second", "histogram", kChance,      kAllSolvers};
}

bool may_be_solver(const ModelSpec& spec) {
  return spec.path.empty() && spec.options.empty() && spec.inner.empty() && spec.device.empty();
}

Plan plan_questions(const RunOptions& options, const Suite& suite) {
  const Asked asked(options, suite);
  std::vector<std::string> keys;
  if (!options.models.empty()) {
    for (const ModelSpec& spec : expanded(options.models, Solvers(options, suite, asked)))
      keys.push_back(spec.key);
  }
  return asked.plan(keys, suite.split);
}

RunOutcome run_questions(const RunOptions& options, const Suite& suite, const LoadAsked& load,
                         const ProtocolTable& protocols) {
  SB_CHECK(!suite.questions.empty(), "a suite that asks");
  if (options.keep_predictions) {
    throw usage_error("--keep-predictions", "answers are no volumes that could be kept",
                      "leave it out; understanding evaluate --out writes every answer");
  }
  const Asked asked(options, suite);
  const Solvers solvers(options, suite, asked);
  std::vector<Row> rows;
  std::vector<std::string> keys;
  std::vector<ModelIdentity> identities;
  for (const ModelSpec& spec : expanded(options.models, solvers)) {
    rows.push_back(row_of(spec, solvers, load, options.device));
    keys.push_back(spec.key);
    identities.push_back(rows.back().identity);
  }
  const LineageCheck check(suite, asked.store());
  for (const Row& row : rows) {
    if (row.learned) check.require(row.identity.key, row.learned->info, suite.tasks);
  }
  const Plan plan = asked.plan(keys, suite.split);
  RunHeader header = header_of(options, suite, asked, plan, identities);
  const FolderLock lock(options.out, "run");
  header = open_run_folder(options.out, header, to_json(options), options.resume, options.accept_other_build);

  ExecuteOptions execution;
  execution.protocols = protocols;
  execution.shard = options.shard;
  execution.max_failures = options.max_failures;
  execution.threads = options.threads > 0
                          ? options.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (size_t m = 0; m < rows.size(); ++m) execution.devices[m] = rows[m].identity.device;
  int64_t questions = 0;
  for (const AskedKind& one : asked.kinds()) questions += one.asked.count;
  say("plan", fmt::format("{} kinds of questions, {} questions, {} models, {} patients   store {}{}",
                          plan.tasks.size(), questions, rows.size(), plan.shard(options.shard).size(),
                          asked.store().sha256().substr(0, 8),
                          options.shard.count > 1 ? "   shard " + to_text(options.shard) : ""));
  for (const Row& row : rows) {
    if (row.learned)
      say("lineage",
          fmt::format("{}: {}", row.identity.key, standing_of(row.identity.info, row.identity.key).words));
  }
  QuestionWork work(asked, solvers, rows);
  return execute(options.out, header, plan, work, execution);
}

}  // namespace synerbench::reference
