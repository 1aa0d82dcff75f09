#include "reports/words/comparison.h"

#include <fmt/format.h>

#include "reports/words/detail/cells.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using namespace detail;

namespace {

std::string list_of(const std::vector<std::string>& ids) {
  std::string text;
  for (size_t i = 0; i < ids.size() && i < 3; ++i) text += (i == 0 ? "" : ", ") + clean_text(ids[i]);
  return ids.size() > 3 ? text + fmt::format(" and {} more", ids.size() - 3) : text;
}

std::string line_of(const RunPair& pair, const GateFinding& finding) {
  const std::string model = pair.baseline_model == pair.candidate_model
                                ? pair.baseline_model
                                : pair.baseline_model + " -> " + pair.candidate_model;
  std::string text = fmt::format("  {:<13}  {}  {}  {} {}: ", name_of(finding.kind), clean_text(pair.task),
                                 clean_text(model), pair.protocol, pair.metric.name);
  const int decimals = pair.metric.decimals;
  switch (finding.kind) {
    case GateFinding::Kind::kNotMeasured:
      return text + "measured by the baseline, not by the candidate";
    case GateFinding::Kind::kLostCoverage:
      return text + fmt::format("{} of {} cases have no value any more: {}", pair.lost.size(),
                                pair.baseline_scored, list_of(pair.lost));
    case GateFinding::Kind::kWorse:
      break;
  }
  text += fmt::format("{} -> {}{}, change {}", format_fixed(*pair.baseline_mean, decimals),
                      format_fixed(*pair.candidate_mean, decimals),
                      pair.metric.unit.empty() ? "" : " " + pair.metric.unit,
                      format_signed(*pair.candidate_mean - *pair.baseline_mean, decimals));
  if (pair.change->interval) {
    text += fmt::format(", improvement {} [{}, {}]", format_signed(pair.change->mean, decimals),
                        format_signed(pair.change->interval->low, decimals),
                        format_signed(pair.change->interval->high, decimals));
  }
  if (pair.change->p) text += (*pair.change->p < 0.001 ? ", p " : ", p = ") + format_p(*pair.change->p);
  return text + fmt::format(", tolerance {}, {} patient{}", format_exact(finding.tolerance),
                            pair.change->patients, pair.change->patients == 1 ? "" : "s");
}

}  // namespace

Table comparison_table(const RunComparison& comparison) {
  Table table;
  table.id = "comparison";
  table.caption = "Baseline " + comparison.baseline + ", candidate " + comparison.candidate +
                  ": paired by patient on the cases that both have a value for";
  table.columns = {{"Task", false}, {"Model", false}, {"Metric", false}, {"Baseline"}, {"Candidate"},
                   {"Improvement"}, {"p (Holm)"},     {"Patients"},      {"Cases"}};
  for (const RunPair& pair : comparison.pairs) {
    const int decimals = pair.metric.decimals;
    const auto number = [&](const std::optional<double>& v) {
      return v ? cell(format_fixed(*v, decimals)) : muted("–");
    };
    TableRow row;
    row.cells = {cell(pair.task),
                 cell(pair.baseline_model == pair.candidate_model
                          ? pair.baseline_model
                          : pair.baseline_model + " → " + pair.candidate_model),
                 cell(title_of(pair.metric) + ", " + pair.protocol),
                 number(pair.baseline_mean),
                 number(pair.candidate_mean),
                 pair.change ? improvement_cell(*pair.change, decimals, pair.change->patients)
                             : muted(pair.measured ? "–" : "not measured"),
                 pair.change && pair.change->p_holm ? cell(format_p(*pair.change->p_holm)) : muted("–"),
                 cell(std::to_string(pair.change ? pair.change->patients : 0)),
                 coverage_cell(pair.candidate_scored, pair.baseline_scored)};
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(
      "Positive: the candidate is better, whatever the direction of the metric. Interval: paired bootstrap "
      "over patients. p: two-sided, from the same "
      "bootstrap, after Holm over the tasks of one model and metric; none for few patients. Cases: with a "
      "value in the candidate, "
      "of those in the baseline.");
  for (const std::string& measure : comparison.new_measures)
    table.notes.push_back("Only in the candidate: " + measure + ".");
  return table;
}

std::string to_text(const GateVerdict& verdict) {
  const size_t compared = verdict.comparison.pairs.size();
  std::string text =
      verdict.regression()
          ? fmt::format("gate    regression: {} finding{} in {} comparison{} of {} with the baseline {}\n",
                        verdict.regressions.size(), verdict.regressions.size() == 1 ? "" : "s", compared,
                        compared == 1 ? "" : "s", clean_text(verdict.comparison.candidate),
                        clean_text(verdict.comparison.baseline))
          : fmt::format("gate    ok: nothing of {} comparison{} of {} is worse than the baseline {} allows\n",
                        compared, compared == 1 ? "" : "s", clean_text(verdict.comparison.candidate),
                        clean_text(verdict.comparison.baseline));
  for (const GateFinding& finding : verdict.regressions)
    text += line_of(verdict.comparison.pairs[finding.pair], finding) + "\n";
  for (const std::string& measure : verdict.comparison.new_measures)
    text += "  new            " + measure + ": only in the candidate\n";
  return text;
}

}  // namespace synerbench
