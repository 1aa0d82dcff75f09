#include <fmt/format.h>

#include <set>

#include "harness/core/file.h"
#include "reports/export.h"
#include "reports/tables.h"
#include "reports/text.h"

namespace synerbench {
namespace {

/// One line of CSV; texts are escaped, numbers are written exactly.
class Line {
 public:
  Line& text(const std::string& value) { return field(escape_csv(value)); }
  Line& number(double value) { return field(format_exact(value)); }
  Line& number(const std::optional<double>& value) { return field(value ? format_exact(*value) : ""); }
  Line& count(int64_t value) { return field(std::to_string(value)); }
  Line& yes(bool value) { return field(value ? "1" : "0"); }
  Line& none() { return field(""); }
  std::string take() { return std::move(line_) + "\n"; }

 private:
  Line& field(const std::string& text) {
    line_ += (first_ ? "" : ",") + text;
    first_ = false;
    return *this;
  }
  std::string line_;
  bool first_ = true;
};

std::string header(std::initializer_list<const char*> names) {
  Line line;
  for (const char* name : names) line.text(name);
  return line.take();
}

void add_interval(Line& line, const std::optional<Interval>& interval) {
  if (interval) {
    line.number(interval->low).number(interval->high);
  } else {
    line.none().none();
  }
}

void add_improvement(Line& line, const std::optional<Improvement>& gain) {
  if (!gain) {
    for (int i = 0; i < 8; ++i) line.none();
    return;
  }
  line.count(gain->patients).number(gain->mean);
  add_interval(line, gain->interval);
  line.number(gain->sd).number(gain->p).number(gain->p_holm).number(gain->p_wilcoxon);
}

std::string reasons_of(const Summary& summary) {
  std::string text;
  for (const auto& [reason, count] : summary.reasons)
    text += (text.empty() ? "" : "; ") + fmt::format("{} x {}", count, reason);
  return text;
}

}  // namespace

std::string case_list_hash(const Leaderboard& board) {
  std::set<std::string> lines;
  for (const CaseRecord& record : board.runs.cases) {
    lines.insert(Json::array({record.task, record.scan.text(), record.scan.patient}).dump() + "\n");
  }
  Sha256 hash;
  for (const std::string& line : lines) hash.update(line);
  return hash.hex();
}

std::string leaderboard_csv(const Leaderboard& board) {
  std::string out = header({"protocol",
                            "metric",
                            "unit",
                            "direction",
                            "task",
                            "region",
                            "source",
                            "target",
                            "group",
                            "model",
                            "label",
                            "trivial",
                            "rank",
                            "floor",
                            "complete",
                            "planned",
                            "scored",
                            "failed",
                            "missing",
                            "undefined",
                            "undefined_slices",
                            "patients",
                            "mean",
                            "interval_low",
                            "interval_high",
                            "sd_ddof1",
                            "median",
                            "lower_quartile",
                            "upper_quartile",
                            "worst",
                            "worst_patient",
                            "floor_model",
                            "gain_patients",
                            "gain",
                            "gain_low",
                            "gain_high",
                            "gain_sd_ddof1",
                            "gain_p",
                            "gain_p_holm",
                            "gain_p_wilcoxon",
                            "baseline_model",
                            "over_baseline_patients",
                            "over_baseline",
                            "over_baseline_low",
                            "over_baseline_high",
                            "over_baseline_sd_ddof1",
                            "over_baseline_p",
                            "over_baseline_p_holm",
                            "over_baseline_p_wilcoxon",
                            "parameters",
                            "network_evaluations",
                            "seconds_per_slice",
                            "published_as_printed",
                            "published_scale",
                            "published_source",
                            "reasons"});
  for (const MetricBoard& metric : board.metrics) {
    for (const TaskBoard& task : metric.tasks) {
      const TaskRecord& record = board.tasks()[task.task];
      for (const TaskRow& row : task.rows) {
        const ReportedModel& model = board.models()[row.model];
        const Summary& s = row.summary;
        Line line;
        line.text(metric.protocol.id)
            .text(metric.metric.name)
            .text(metric.metric.unit)
            .text(direction_text(metric.metric.direction));
        line.text(record.id).text(record.region).text(record.source).text(record.target).text(record.group);
        line.text(model.key).text(model.label).yes(model.trivial);
        row.rank ? line.count(*row.rank) : line.none();
        line.yes(row.floor)
            .yes(s.complete)
            .count(s.planned)
            .count(s.scored)
            .count(s.failed)
            .count(s.missing)
            .count(s.undefined);
        line.count(s.undefined_slices).count(static_cast<int64_t>(s.patients.size())).number(s.mean);
        add_interval(line, s.interval);
        line.number(s.sd)
            .number(s.median)
            .number(s.lower_quartile)
            .number(s.upper_quartile)
            .number(s.worst)
            .text(s.worst_patient);
        line.text(task.floor ? board.models()[*task.floor].key : "");
        add_improvement(line, row.over_floor);
        line.text(board.baseline ? board.models()[*board.baseline].key : "");
        add_improvement(line, row.over_baseline);
        line.count(model.parameters)
            .count(model.network_evaluations)
            .number(board.speed[row.model].seconds_per_slice);
        if (row.published) {
          line.number(row.published->value)
              .number(row.published->scale)
              .text(row.published->source->paper + "; " + row.published->table->origin);
        } else {
          line.none().none().none();
        }
        out += line.text(reasons_of(s)).take();
      }
    }
  }
  return out;
}

std::string averages_csv(const Leaderboard& board) {
  std::string out = header({"protocol", "metric", "unit", "direction", "group", "model", "label", "trivial",
                            "rank", "complete", "tasks", "tasks_in_group", "planned", "scored", "mean",
                            "interval_low", "interval_high"});
  for (const MetricBoard& metric : board.metrics) {
    for (const AverageBoard& average : metric.averages) {
      for (const AverageRow& row : average.rows) {
        const ReportedModel& model = board.models()[row.model];
        Line line;
        line.text(metric.protocol.id).text(metric.metric.name).text(metric.metric.unit);
        line.text(direction_text(metric.metric.direction))
            .text(average.group)
            .text(model.key)
            .text(model.label)
            .yes(model.trivial);
        row.rank ? line.count(*row.rank) : line.none();
        line.yes(row.complete)
            .count(row.tasks)
            .count(static_cast<int64_t>(average.tasks.size()))
            .count(row.planned)
            .count(row.scored)
            .number(row.mean);
        add_interval(line, row.interval);
        out += line.take();
      }
    }
  }
  return out;
}

std::string training_csv(const Leaderboard& board) {
  std::string out =
      header({"model", "label", "covers", "pairing", "budget", "budget_per_task", "updates_least",
              "updates_most", "slices_least", "slices_most", "batch", "augmentation", "seeds"});
  for (const ReportedModel& model : board.models()) {
    if (!model.training) continue;
    const ReportedTraining& t = *model.training;
    std::string seeds;
    for (const uint64_t seed : t.seeds) seeds += (seeds.empty() ? "" : " ") + std::to_string(seed);
    Line line;
    line.text(model.key).text(model.label).text(t.covers).text(t.pairing);
    line.text(t.budget_kind.empty() ? "recipe" : t.budget_kind);
    t.budget_kind.empty() ? line.none() : line.count(t.budget_value);
    line.count(t.least_updates)
        .count(t.most_updates)
        .count(t.least_slices)
        .count(t.most_slices)
        .count(t.batch);
    out += line.text(t.augmentation).text(seeds).take();
  }
  return out;
}

std::string seeds_csv(const Leaderboard& board) {
  std::string out = header({"protocol", "metric", "unit", "direction", "task", "method", "models", "seeds",
                            "mean", "sd_ddof1", "least", "most"});
  const std::vector<SeedGroup> groups = seed_groups(board.models());
  for (const MetricBoard& metric : board.metrics) {
    const auto add = [&](const std::string& task, const std::string& unit, const SeedGroup& group,
                         const std::optional<SeedSpread>& spread) {
      std::string models;
      for (const size_t model : group.models)
        models += (models.empty() ? "" : " ") + board.models()[model].key;
      Line line;
      line.text(metric.protocol.id).text(metric.metric.name).text(unit);
      line.text(direction_text(metric.metric.direction)).text(task).text(group.label).text(models);
      line.count(static_cast<int64_t>(group.models.size()));
      if (spread) {
        line.number(spread->mean).number(spread->sd).number(spread->low).number(spread->high);
      } else {
        line.none().none().none().none();
      }
      out += line.take();
    };
    for (const SeedGroup& group : groups) {
      for (const TaskBoard& task : metric.tasks) {
        const TaskRecord& record = board.tasks()[task.task];
        add(record.id, metric.metric.unit, group, seed_spread(group, task));
      }
      if (!metric.averages.empty() && metric.tasks.size() > 1)
        add("all", metric.metric.unit, group, seed_spread(group, metric.averages.back()));
    }
  }
  return out;
}

std::string cases_csv(const Leaderboard& board) {
  std::string out = header({"task", "model", "case", "patient", "case_group", "status", "reason", "protocol",
                            "metric", "value", "undefined", "count", "undefined_count"});
  for (const CaseRecord& record : board.runs.cases) {
    const bool scored = record.status == CaseStatus::kScored;
    const auto start = [&] {
      Line line;
      line.text(record.task)
          .text(record.model)
          .text(record.scan.text())
          .text(record.scan.patient)
          .text(record.group);
      line.text(scored ? "scored" : "failed").text(scored ? "" : record.reason);
      return line;
    };
    if (record.measures.empty()) out += start().none().none().none().none().none().none().take();
    for (const Measure& m : record.measures) {
      out += start()
                 .text(m.protocol)
                 .text(m.metric)
                 .number(m.value)
                 .text(m.undefined)
                 .count(m.count)
                 .count(m.undefined_count)
                 .take();
    }
  }
  return out;
}

}  // namespace synerbench
