#include "reports/formats/page_data.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/core/base64.h"
#include "harness/core/json.h"
#include "reports/numbers/case_values.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {
namespace {

constexpr size_t kWorstShown = 5;

Json rounded(const std::optional<double>& value, int decimals) {
  if (!value) return nullptr;
  const double scale = std::pow(10.0, decimals + 2), number = std::round(*value * scale) / scale;
  return std::isfinite(number) ? number : *value;  // beyond what can be scaled
}

Json or_null(const std::optional<int>& value) { return value ? Json(*value) : Json(nullptr); }

Json models_json(const Leaderboard& board) {
  Json models = Json::array();
  for (const ReportedModel& model : board.models()) {
    models.push_back({{"label", clean_text(model.label)}, {"trivial", model.trivial}});
  }
  return models;
}

Json methods_json(const Leaderboard& board) {
  Json methods = Json::array();
  for (const SeedGroup& method : methods_of(board.models())) {
    methods.push_back({{"label", clean_text(method.label)},
                       {"models", method.models},
                       {"trivial", board.models()[method.models.front()].trivial}});
  }
  return methods;
}

Json tasks_json(const Leaderboard& board) {
  Json tasks = Json::array();
  for (const TaskRecord& task : board.tasks()) {
    tasks.push_back({{"id", clean_text(task.id)},
                     {"region", clean_text(task.region)},
                     {"source", clean_text(task.source)},
                     {"target", clean_text(task.target)},
                     {"group", clean_text(task.group)}});
  }
  return tasks;
}

/// [place, scan, value] of best, median, worst and the worst ones, best first.
Json cases_json(const std::vector<CaseValue>& cases, int decimals) {
  std::set<size_t> places;
  for (const auto& [at, name] : shown_cases(cases.size())) places.insert(at);
  for (size_t i = cases.size() - std::min(cases.size(), kWorstShown); i < cases.size(); ++i) places.insert(i);
  Json list = Json::array();
  for (const size_t at : places) {
    list.push_back(
        Json::array({at + 1, clean_text(cases[at].record->scan.text()), rounded(cases[at].value, decimals)}));
  }
  return list;
}

/// The order of the fields is the one that page.js names in its first lines.
Json row_json(const TaskRow& row, const std::vector<CaseValue>& cases, int decimals) {
  const Summary& s = row.summary;
  Json json = Json::array({rounded(s.mean, decimals),
                           rounded(s.interval ? std::optional(s.interval->low) : std::nullopt, decimals),
                           rounded(s.interval ? std::optional(s.interval->high) : std::nullopt, decimals),
                           s.patients.size(), s.scored, s.planned, or_null(row.rank), rounded(s.sd, decimals),
                           rounded(s.median, decimals), cases_json(cases, decimals)});
  if (!s.reasons.empty()) {
    std::string why;
    for (const auto& [reason, count] : s.reasons)
      why += (why.empty() ? "" : "; ") + std::to_string(count) + " × " + reason;
    json.push_back(clean_text(why));
  }
  return json;
}

Json metric_json(const Leaderboard& board, const MetricBoard& metric, const CaseIndex& index) {
  const int decimals = metric.metric.decimals;
  Json json = {{"protocol", clean_text(metric.protocol.id)},
               {"name", clean_text(metric.metric.name)},
               {"label", clean_text(metric.metric.label)},
               {"title", clean_text(title_of(metric.metric))},
               {"unit", clean_text(metric.metric.unit)},
               {"decimals", decimals},
               {"higher", metric.metric.direction == Direction::kHigherIsBetter},
               {"tasks", Json::array()},
               {"groups", Json::array()}};
  for (const TaskBoard& task : metric.tasks) {
    Json rows = Json::array();
    for (size_t model = 0; model < board.models().size(); ++model) {
      rows.push_back(row_json(task.row_of(model), index.best_first(task.task, model, metric), decimals));
    }
    json["tasks"].push_back({{"task", task.task}, {"rows", std::move(rows)}});
  }
  for (const AverageBoard& average : metric.averages) {
    Json rows = Json::array();
    for (size_t model = 0; model < board.models().size(); ++model) {
      const AverageRow& row = average.row_of(model);
      rows.push_back(
          Json::array({rounded(row.mean, decimals),
                       rounded(row.interval ? std::optional(row.interval->low) : std::nullopt, decimals),
                       rounded(row.interval ? std::optional(row.interval->high) : std::nullopt, decimals)}));
    }
    json["groups"].push_back({{"tasks", average.tasks}, {"rows", std::move(rows)}});
  }
  return json;
}

Json range_json(const ImageRange& range) {
  return {{"low", range.low},
          {"high", range.high},
          {"full", Json::array({range.full_low, range.full_high})},
          {"inverted", range.inverted},
          {"unit", clean_text(range.unit)}};
}

Json view_json(const CaseView& view) {
  Json json = {{"task", view.task},
               {"model", view.model},
               {"scan", clean_text(view.scan)},
               {"aspect", view.aspect},
               {"source", range_json(view.source)},
               {"target", range_json(view.target)},
               {"error_end", view.error_end},
               {"main", view.main},
               {"slices", Json::array()}};
  for (const SliceImages& slice : view.slices) {
    json["slices"].push_back({{"slice", slice.slice},
                              {"source", slice.source},
                              {"prediction", slice.prediction},
                              {"target", slice.target},
                              {"value", slice.value ? Json(*slice.value) : Json(nullptr)},
                              {"mae", slice.mae}});
  }
  return json;
}

/// Valid inside any element, and JSON as before.
std::string harmless(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string page_data(const Leaderboard& board, const CaseImages& images) {
  const CaseIndex index(board);
  Json json = {{"confidence", board.bootstrap.confidence * 100},
               {"tasks", tasks_json(board)},
               {"models", models_json(board)},
               {"methods", methods_json(board)},
               {"metrics", Json::array()},
               {"worst", Json::array()},
               {"windows", Json::array()},
               {"views", Json::array()},
               {"images", Json::array()}};
  for (const MetricBoard& metric : board.metrics)
    json["metrics"].push_back(metric_json(board, metric, index));
  for (const WorstCase& worst : worst_cases(board, board.main(), index)) {
    json["worst"].push_back(Json::array({worst.task, worst.model, clean_text(worst.value.record->scan.text()),
                                         rounded(worst.value.value, board.main().metric.decimals)}));
  }
  for (const ImageWindow& window : images.windows)
    json["windows"].push_back({{"name", window.name}, {"low", window.low}, {"high", window.high}});
  for (const CaseView& view : images.views) json["views"].push_back(view_json(view));
  for (const PackedImage& image : images.images) {
    json["images"].push_back({{"height", image.height},
                              {"width", image.width},
                              {"offset", image.offset},
                              {"step", image.step},
                              {"bytes", base64(image.bytes)}});
  }
  return harmless(to_text(json, -1));
}

}  // namespace synerbench
