#include "reports/formats/json.h"

#include <cmath>

#include "reports/formats/format.h"
#include "reports/words/text.h"

namespace synerbench {
namespace {

Json maybe(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json to_json(const std::optional<Interval>& interval) {
  return interval ? Json::array({interval->low, interval->high}) : Json();
}

/// An infinite bound is null: JSON has no infinity.
Json bound(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const std::optional<Improvement>& gain) { return gain ? synerbench::to_json(*gain) : Json(); }

/// What a model's weights learned from, or what else it is.
Json lineage_of(const ReportedModel& model) {
  Json json{{"standing", name_of(model.standing.kind)}, {"words", model.standing.words}};
  if (!model.lineages.is_null()) json["lineages"] = model.lineages;
  if (!model.transfers.empty()) json["transfers"] = model.transfers;
  return json;
}

Json to_json(const ReportedTraining& training) {
  return {{"covers", training.covers},
          {"pairing", training.pairing},
          {"budget", training.budget_kind.empty()
                         ? Json()
                         : Json{{"kind", training.budget_kind}, {"per_task", training.budget_value}}},
          {"updates", Json::array({training.least_updates, training.most_updates})},
          {"slices", Json::array({training.least_slices, training.most_slices})},
          {"batch", training.batch},
          {"augmentation", training.augmentation},
          {"seeds", training.seeds}};
}

Json to_json(const std::optional<SeedSpread>& spread) {
  if (!spread) return {};
  return {{"seeds", spread->seeds},
          {"mean", spread->mean},
          {"sd", spread->sd},
          {"low", spread->low},
          {"high", spread->high}};
}

Json to_json(const TaskRow& row, const Leaderboard& board) {
  const Summary& s = row.summary;
  Json json = {{"model", board.models()[row.model].key},
               {"rank", row.rank ? Json(*row.rank) : Json()},
               {"floor", row.best_trivial},
               {"complete", s.complete},
               {"planned", s.planned},
               {"scored", s.scored},
               {"failed", s.failed},
               {"missing", s.missing},
               {"undefined", s.undefined},
               {"undefined_slices", s.undefined_slices}};
  json["reasons"] = Json::array();
  for (const auto& [reason, count] : s.reasons)
    json["reasons"].push_back({{"reason", reason}, {"cases", count}});
  json["patients"] = s.patients.size();
  json["mean"] = maybe(s.mean);
  json["interval"] = to_json(s.interval);
  json["sd"] = maybe(s.sd);
  json["median"] = maybe(s.median);
  json["quartiles"] = s.lower_quartile ? Json::array({*s.lower_quartile, *s.upper_quartile}) : Json();
  json["worst"] = maybe(s.worst);
  json["worst_patient"] = s.worst_patient;
  json["over_floor"] = to_json(row.over_best_trivial);
  json["over_baseline"] = to_json(row.over_baseline);
  return json;
}

Json to_json(const MetricBoard& metric, const Leaderboard& board) {
  const MetricInfo& info = metric.metric;
  Json json = {{"protocol", metric.protocol.id},
               {"protocol_source", metric.protocol.source},
               {"protocol_description", metric.protocol.description},
               {"metric", info.name},
               {"unit", info.unit},
               {"direction", direction_text(info.direction)},
               {"bounds", Json::array({bound(info.lower), bound(info.upper)})},
               {"description", info.description}};
  json["averages"] = Json::array();
  for (const AverageBoard& average : metric.averages) {
    Json entry = {{"group", average.group}, {"tasks", Json::array()}, {"rows", Json::array()}};
    for (const size_t task : average.tasks) entry["tasks"].push_back(board.tasks()[task].id);
    for (const AverageRow& row : average.rows) {
      entry["rows"].push_back({{"model", board.models()[row.model].key},
                               {"rank", row.rank ? Json(*row.rank) : Json()},
                               {"complete", row.complete},
                               {"tasks", row.tasks},
                               {"planned", row.planned},
                               {"scored", row.scored},
                               {"mean", maybe(row.mean)},
                               {"interval", to_json(row.interval)},
                               {"over_floor", to_json(row.over_best_trivial)},
                               {"over_baseline", to_json(row.over_baseline)}});
    }
    entry["floor"] = average.best_trivial ? Json(board.models()[*average.best_trivial].key) : Json();
    json["averages"].push_back(std::move(entry));
  }
  json["tasks"] = Json::array();
  for (const TaskBoard& task : metric.tasks) {
    const TaskRecord& record = board.tasks()[task.task];
    Json entry = {{"task", record.id},
                  {"unit", info.unit},
                  {"floor", task.best_trivial ? Json(board.models()[*task.best_trivial].key) : Json()},
                  {"rows", Json::array()}};
    for (const TaskRow& row : task.rows) entry["rows"].push_back(to_json(row, board));
    json["tasks"].push_back(std::move(entry));
  }
  for (const ModelPair& pair : metric.pairs) {
    Json entry = {{"model", board.models()[pair.first].key},
                  {"against", board.models()[pair.second].key},
                  {"tasks", Json::object()},
                  {"averages", Json::object()}};
    for (size_t i = 0; i < pair.tasks.size(); ++i)
      entry["tasks"][board.tasks()[metric.tasks[i].task].id] = to_json(pair.tasks[i]);
    for (size_t i = 0; i < pair.averages.size(); ++i)
      entry["averages"][metric.averages[i].group] = to_json(pair.averages[i]);
    json["pairs"].push_back(std::move(entry));
  }
  return json;
}

Json to_json(const Published& published) {
  Json json = {{"paper", published.paper}, {"units", Json::object()}, {"tables", Json::array()}};
  for (const auto& [metric, unit] : published.units) json["units"][metric] = unit;
  for (const PublishedTable& table : published.tables) {
    Json entry = {{"id", table.id},     {"metrics", table.metrics}, {"origin", table.origin},
                  {"note", table.note}, {"columns", table.columns}, {"rows", Json::object()}};
    for (const PublishedTable::Row& row : table.rows) entry["rows"][row.name] = row.values;
    json["tables"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace

Json to_json(const Improvement& gain) {
  Json json = {{"patients", gain.patients},
               {"tasks", gain.tasks},
               {"mean", gain.mean},
               {"interval", to_json(gain.interval)},
               {"sd", maybe(gain.sd)},
               {"d_z", maybe(gain.d_z)},
               {"rank_biserial", maybe(gain.rank_biserial)},
               {"detectable_80", maybe(gain.detectable)},
               {"p", maybe(gain.p)},
               {"p_exact", gain.p ? Json(gain.p_exact) : Json()},
               {"p_holm", maybe(gain.p_holm)},
               {"p_fdr", maybe(gain.p_fdr)},
               {"p_wilcoxon", maybe(gain.p_wilcoxon)}};
  if (!gain.p) json["no_p"] = why_no_p(gain);
  if (gain.margin) json["equivalence"] = {{"margin", *gain.margin}, {"p", maybe(gain.p_equivalent)}};
  return json;
}

Json statistics_json(const BootstrapOptions& options) {
  return {{"unit", "patient"},
          {"interval", kIntervalMethod},
          {"confidence", options.confidence},
          {"replicates", options.replicates},
          {"seed", options.seed},
          {"p", kTestMethod},
          {"p_exact_up_to", kMostExactSigns},
          {"p_wilcoxon", "signed-rank, zeros after Pratt, exact up to 60 patients, two-sided"},
          {"corrections", "Holm (p_holm) and Benjamini-Hochberg (p_fdr)"},
          {"fewest_patients_for_p", kFewestPatientsForP},
          {"detectable_80", "smallest true difference that a two-sided t test at 5 % finds with 80 % power"},
          {"equivalence", "two one-sided t tests"}};
}

Json to_json(const Leaderboard& board, const std::string& title) {
  Json json = {{"schema", "synerbench/leaderboard"},
               {"schema_version", 2},
               {"title", title},
               {"identity", board.runs.shared_identity},
               {"case_list_sha256", case_list_hash(board.runs)},
               {"runs", Json::array()}};
  for (const RunInput& run : board.runs.runs) {
    const Json& identity = run.results.identity;
    json["runs"].push_back({{"name", run.name},
                            {"seed", identity.contains("seed") ? identity["seed"] : Json()},
                            {"builds", identity.contains("builds") ? identity["builds"] : Json()}});
  }
  json["remarks"] = Json::array();
  for (const std::string& remark : board.runs.remarks) json["remarks"].push_back(remark);
  json["statistics"] = statistics_json(board.bootstrap);
  json["baseline"] = board.baseline ? Json(board.models()[*board.baseline].key) : Json();
  json["models"] = Json::array();
  const std::vector<SeedGroup> groups = seed_groups(board.models());
  for (size_t i = 0; i < board.models().size(); ++i) {
    const ReportedModel& m = board.models()[i];
    json["models"].push_back({{"key", m.key},
                              {"name", m.name},
                              {"label", m.label},
                              {"trivial", m.trivial},
                              {"deterministic", m.deterministic},
                              {"parameters", m.parameters},
                              {"network_evaluations", m.network_evaluations},
                              {"seconds_per_slice", maybe(board.speed[i].seconds_per_slice)},
                              {"measured_on", board.speed[i].device}});
    if (m.training) json["models"].back()["training"] = to_json(*m.training);
    json["models"].back()["lineage"] = lineage_of(m);
  }
  for (const SeedGroup& group : groups) {
    Json entry{{"method", group.label}, {"models", Json::array()}};
    for (const size_t model : group.models) entry["models"].push_back(board.models()[model].key);
    for (const MetricBoard& metric : board.metrics) {
      Json tasks = Json::object();
      for (const TaskBoard& task : metric.tasks)
        tasks[board.tasks()[task.task].id] = to_json(seed_spread(group, task));
      if (!metric.averages.empty()) tasks["all"] = to_json(seed_spread(group, metric.averages.back()));
      entry["metrics"].push_back(
          {{"protocol", metric.protocol.id}, {"metric", metric.metric.name}, {"tasks", std::move(tasks)}});
    }
    json["over_seeds"].push_back(std::move(entry));
  }
  json["metrics"] = Json::array();
  for (const MetricBoard& metric : board.metrics) json["metrics"].push_back(to_json(metric, board));
  json["published"] = {{"note", "protocols unpublished: never ranked with the measured values"},
                       {"sources", Json::array()}};
  for (const Published& published : board.published)
    json["published"]["sources"].push_back(to_json(published));
  return json;
}

Json to_json(const RunComparison& comparison) {
  Json json = {{"schema", "synerbench/comparison"},
               {"schema_version", 2},
               {"baseline", comparison.baseline},
               {"candidate", comparison.candidate},
               {"statistics", statistics_json(comparison.bootstrap)},
               {"pairs", Json::array()},
               {"averages", Json::array()},
               {"new_measures", comparison.new_measures},
               {"without_value", Json::array()},
               {"remarks", comparison.remarks}};
  for (const WithoutValue& without : comparison.without_value)
    json["without_value"].push_back(
        {{"task", without.task}, {"model", without.model}, {"cases", without.cases}});
  for (const RunPair& pair : comparison.pairs) {
    json["pairs"].push_back({{"task", pair.task},
                             {"baseline_model", pair.baseline_model},
                             {"candidate_model", pair.candidate_model},
                             {"protocol", pair.protocol},
                             {"metric", pair.metric.name},
                             {"unit", pair.metric.unit},
                             {"direction", direction_text(pair.metric.direction)},
                             {"planned", pair.planned},
                             {"baseline_scored", pair.baseline_scored},
                             {"candidate_scored", pair.candidate_scored},
                             {"lost", pair.lost},
                             {"unscored", pair.unscored},
                             {"became_perfect", pair.became_perfect},
                             {"lost_perfect", pair.lost_perfect},
                             {"more_perfect_slices", pair.more_perfect},
                             {"fewer_perfect_slices", pair.fewer_perfect},
                             {"fewer_slices", pair.fewer_slices},
                             {"measured", pair.measured},
                             {"baseline_mean", maybe(pair.baseline_mean)},
                             {"candidate_mean", maybe(pair.candidate_mean)},
                             {"improvement", to_json(pair.change)}});
  }
  for (const RunAverage& average : comparison.averages) {
    json["averages"].push_back({{"baseline_model", average.baseline_model},
                                {"candidate_model", average.candidate_model},
                                {"protocol", average.protocol},
                                {"metric", average.metric.name},
                                {"unit", average.metric.unit},
                                {"direction", direction_text(average.metric.direction)},
                                {"baseline_mean", average.baseline_mean},
                                {"candidate_mean", average.candidate_mean},
                                {"improvement", to_json(average.change)}});
  }
  return json;
}

Json to_json(const GateVerdict& verdict) {
  Json json = {{"schema", "synerbench/gate"},
               {"schema_version", 2},
               {"verdict", verdict.regression() ? "regression" : "ok"},
               {"compared", verdict.comparison.pairs.size()},
               {"regressions", Json::array()},
               {"notes", Json::array()},
               {"remarks", verdict.remarks}};
  const auto entry = [&](const std::string& kind, size_t index, double limit) -> Json {
    const RunPair& pair = verdict.comparison.pairs[index];
    return {{"kind", kind},
            {"pair", index},
            {"task", pair.task},
            {"baseline_model", pair.baseline_model},
            {"candidate_model", pair.candidate_model},
            {"protocol", pair.protocol},
            {"metric", pair.metric.name},
            {"improvement", pair.change ? Json(pair.change->mean) : Json()},
            {"interval", pair.change ? to_json(pair.change->interval) : Json()},
            {"limit", limit},
            {"lost", pair.lost}};
  };
  for (const GateFinding& finding : verdict.regressions)
    json["regressions"].push_back(entry(name_of(finding.kind), finding.pair, finding.limit));
  for (const GateNote& note : verdict.notes)
    json["notes"].push_back(entry(name_of(note.kind), note.pair, note.limit));
  json["comparison"] = to_json(verdict.comparison);
  return json;
}

Json to_json(const History& history, const std::string& title) {
  const MetricInfo& info = history.metric;
  Json json = {{"schema", "synerbench/history"},
               {"schema_version", 1},
               {"title", title},
               {"identity", history.newest.shared_identity},
               {"protocol", history.protocol.id},
               {"metric", info.name},
               {"unit", info.unit},
               {"direction", direction_text(info.direction)},
               {"statistics", statistics_json(history.bootstrap)},
               {"level", kStepLevel},
               {"smallest_step", maybe(history.smallest_step)}};
  json["runs"] = Json::array();
  for (const HistoryRun& run : history.runs) {
    json["runs"].push_back({{"name", run.name},
                            {"date", run.date.empty() ? Json() : Json(run.date)},
                            {"seed", run.identity.contains("seed") ? run.identity["seed"] : Json()},
                            {"builds", run.identity.contains("builds") ? run.identity["builds"] : Json()}});
  }
  json["set_apart"] = Json::array();
  for (const RunSetApart& run : history.apart)
    json["set_apart"].push_back(
        {{"name", run.name}, {"date", run.date.empty() ? Json() : Json(run.date)}, {"reason", run.reason}});
  json["series"] = Json::array();
  for (const HistorySeries& series : history.series) {
    Json entry = {{"task", series.task},
                  {"model", history.models[series.model].key},
                  {"label", history.models[series.model].label},
                  {"points", Json::array()},
                  {"changes", Json::array()}};
    for (const HistoryPoint& point : series.points) {
      entry["points"].push_back({{"run", history.runs[point.run].name},
                                 {"planned", point.planned},
                                 {"scored", point.scored},
                                 {"complete", point.complete},
                                 {"tasks", point.tasks},
                                 {"patients", point.patients},
                                 {"mean", maybe(point.mean)},
                                 {"interval", to_json(point.interval)}});
    }
    for (const HistoryChange& change : series.changes) {
      entry["changes"].push_back({{"from", history.runs[change.from].name},
                                  {"to", history.runs[change.to].name},
                                  {"whole", change.whole},
                                  {"verdict", name_of(change.verdict)},
                                  {"limit", change.limit},
                                  {"from_mean", maybe(change.from_mean)},
                                  {"to_mean", maybe(change.to_mean)},
                                  {"improvement", synerbench::to_json(change.change)}});
    }
    json["series"].push_back(std::move(entry));
  }
  return json;
}

ReportFormat json_format() {
  return {"json", "the numbers with their descriptions, identity and sources, for programs",
          [](const ReportContent& content) -> std::vector<ReportFile> {
            return {{"leaderboard.json", to_text(to_json(content.board, content.document.title)) + "\n"}};
          },
          [](const HistoryContent& content) -> std::vector<ReportFile> {
            return {{"history.json", to_text(to_json(content.history, content.document.title)) + "\n"}};
          }};
}

}  // namespace synerbench
