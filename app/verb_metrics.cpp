// synerbench metrics: the protocols and what they measure.
#include <fmt/format.h>

#include <cmath>

#include "app/verb.h"
#include "baselines/catalog/protocols.h"

namespace synerbench {
namespace {

Json bound(double value) { return std::isfinite(value) ? Json(value) : Json(value > 0 ? "inf" : "-inf"); }

Json as_json() {
  Json list = Json::array();
  for (const Protocol& row : protocols().rows()) {
    const ProtocolInfo& protocol = row.info;
    Json metrics = Json::array();
    for (const auto& metric : protocol.metrics) {
      metrics.push_back({{"name", metric.name},
                         {"label", metric.label},
                         {"unit", metric.unit},
                         {"decimals", metric.decimals},
                         {"direction", metric.direction == Direction::kHigherIsBetter ? "higher is better"
                                                                                      : "lower is better"},
                         {"bounds", {bound(metric.lower), bound(metric.upper)}},
                         {"description", metric.description}});
    }
    list.push_back({{"id", protocol.id},
                    {"dimensions", protocol.dimensions},
                    {"needs_mask", protocol.needs_mask},
                    {"values", protocol.values.text()},
                    {"source", protocol.source},
                    {"description", protocol.description},
                    {"metrics", metrics}});
  }
  return list;
}

std::string as_text() {
  std::string text;
  for (const Protocol& row : protocols().rows()) {
    const ProtocolInfo& protocol = row.info;
    const std::string compared = protocol.dimensions == 0
                                     ? "answers to questions"
                                     : fmt::format("{}-D, {}{}", protocol.dimensions, protocol.values.text(),
                                                   protocol.needs_mask ? ", needs a mask" : "");
    text += fmt::format("{}  ({})\n  {}\n  source: {}\n", protocol.id, compared, protocol.description,
                        protocol.source);
    for (const auto& metric : protocol.metrics) {
      text += fmt::format("    {:<12} {} {:<12} [{}, {}]  {}\n", metric.name,
                          metric.direction == Direction::kHigherIsBetter ? "higher" : "lower ", metric.unit,
                          metric.lower, metric.upper, metric.description);
    }
    text += "\n";
  }
  return text;
}

}  // namespace

Verb verb_metrics() {
  return {"metrics", "Look things up",
          "List the metric protocols: definition, source, unit, direction, bounds",
          "  synerbench metrics\n  synerbench metrics --json", [](CLI::App& command) {
            auto json = std::make_shared<bool>(false);
            command.add_flag("--json", *json, "As JSON");
            return [json] {
              *json ? print_result(as_json()) : print_result(as_text());
              return ExitCode::kOk;
            };
          }};
}

}  // namespace synerbench
