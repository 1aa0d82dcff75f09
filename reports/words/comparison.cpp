#include "reports/words/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

/// `decimals`, unless the two or their difference would look alike: then as many as show two digits of it.
int decimals_of(double a, double b, int decimals) {
  constexpr int kMost = 17;
  const double difference = std::abs(b - a);
  if (difference == 0) return decimals;
  if (format_fixed(a, decimals) != format_fixed(b, decimals) &&
      format_fixed(difference, decimals) != format_fixed(0, decimals))
    return decimals;
  while (decimals < kMost && difference * std::pow(10.0, decimals) < 9.5) ++decimals;
  return decimals;
}

int decimals_of(const std::optional<double>& a, const std::optional<double>& b,
                const std::optional<Improvement>& change, int decimals) {
  if (a && b) decimals = decimals_of(*a, *b, decimals);
  if (change) decimals = std::max(decimals, decimals_of(0, change->mean, decimals));
  return decimals;
}

std::string model_text(const std::string& baseline, const std::string& candidate, const char* arrow) {
  return baseline == candidate ? baseline : baseline + arrow + candidate;
}

std::string count_of(size_t n, const std::string& word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

/// "0.5698 -> 0.5712, improvement +0.0014 [-0.0003, +0.0031], p = 0.12, 8 patients".
std::string change_text(const RunPair& pair) {
  const Improvement& change = *pair.change;
  const int decimals =
      decimals_of(pair.baseline_mean, pair.candidate_mean, pair.change, pair.metric.decimals);
  std::string text = fmt::format("{} -> {}{}, improvement {}", format_fixed(*pair.baseline_mean, decimals),
                                 format_fixed(*pair.candidate_mean, decimals),
                                 pair.metric.unit.empty() ? "" : " " + pair.metric.unit,
                                 format_signed(change.mean, decimals));
  text += change.interval ? " " + interval_text(*change.interval, decimals, true) : " without an interval";
  return text + ", " + p_text(change) + ", " + count_of(static_cast<size_t>(change.patients), "patient");
}

/// What happened, without the place: the place stands in front, in a testcase's name, or in a column.
std::string what_happened(const RunPair& pair, const GateFinding& finding) {
  const auto& p = pair;
  switch (finding.kind) {
    case GateFinding::Kind::kNotMeasured:
      return "measured by the baseline, not by the candidate";
    case GateFinding::Kind::kLostCoverage:
      return fmt::format("{} of {} cases are not scored any more: {}", p.lost.size(), p.baseline_scored,
                         list_of(p.lost));
    case GateFinding::Kind::kFewerSlices:
      return fmt::format("{} measured on fewer {}s than before: {}", count_of(p.fewer_slices.size(), "case"),
                         p.counted, list_of(p.fewer_slices));
    case GateFinding::Kind::kLostPerfect: {
      std::vector<std::string> cases = p.lost_perfect;
      cases.insert(cases.end(), p.fewer_perfect.begin(), p.fewer_perfect.end());
      return "images equal to their reference in the baseline are not any more, in " +
             count_of(cases.size(), "case") + ": " + list_of(cases) +
             (p.change ? "; the rest: " + change_text(p) : "");
    }
    case GateFinding::Kind::kInterval:
      if (!p.change->interval) {
        return change_text(p) + "; one patient has no interval to hold against the limit " +
               format_exact(finding.limit);
      }
      return change_text(p) +
             fmt::format("; the interval reaches {} into the worse, limit {}",
                         format_fixed(-p.change->interval->low,
                                      decimals_of(0, p.change->interval->low, p.metric.decimals)),
                         format_exact(finding.limit));
    case GateFinding::Kind::kWorse:
      break;
  }
  return change_text(p) + ", tolerance " + format_exact(finding.limit);
}

std::string what_happened(const RunPair& pair, const GateNote& note) {
  switch (note.kind) {
    case GateNote::Kind::kNeitherScored:
      return count_of(pair.unscored.size(), "case") + " scored by neither run: " + list_of(pair.unscored);
    case GateNote::Kind::kBecamePerfect:
      return count_of(pair.became_perfect.size(), "case") +
             " became equal to the reference, so without a value: " + list_of(pair.became_perfect);
    case GateNote::Kind::kMorePerfect:
      return "more slices equal to the reference, so not in the mean, in " +
             count_of(pair.more_perfect.size(), "case") +
             " that are not compared: " + list_of(pair.more_perfect);
    case GateNote::Kind::kWithinTolerance:
      break;
  }
  return change_text(pair) + ", within the tolerance " + format_exact(note.limit);
}

template <class Remark>
std::string line_of(const RunPair& pair, const Remark& remark) {
  return fmt::format("  {:<16}  {}  {}  {} {}: {}\n", name_of(remark.kind), clean_text(pair.task),
                     clean_text(model_text(pair.baseline_model, pair.candidate_model, " -> ")), pair.protocol,
                     pair.metric.name, what_happened(pair, remark));
}

std::string verdict_text(const GateVerdict& verdict) {
  const size_t compared = verdict.comparison.pairs.size();
  const std::string candidate = clean_text(verdict.comparison.candidate),
                    baseline = clean_text(verdict.comparison.baseline);
  return verdict.regression() ? fmt::format("regression: {} in {} of {} with the baseline {}",
                                            count_of(verdict.regressions.size(), "finding"),
                                            count_of(compared, "comparison"), candidate, baseline)
                              : fmt::format("ok: nothing of {} of {} is worse than the baseline {} allows",
                                            count_of(compared, "comparison"), candidate, baseline);
}

std::string rules_text(const BootstrapOptions& options) {
  return fmt::format(
      "A mean may get worse by the tolerance, an interval may reach into the worse by its limit where one is "
      "given. Intervals ({:g} %): {}. p: {}; after Holm over the tasks.",
      options.confidence * 100, kIntervalMethod, kTestMethod);
}

TableCell equivalence_cell(const std::optional<Improvement>& change) {
  if (!change || !change->margin) return muted("–");
  const std::string margin = "±" + format_exact(*change->margin);
  if (!change->p_equivalent)
    return muted(margin + ": " +
                 (change->patients < kFewestPatientsForP ? fmt::format("n < {}", kFewestPatientsForP)
                                                         : std::string("–")));
  return cell(margin + (*change->p_equivalent < 0.001 ? ": p " : ": p = ") + format_p(*change->p_equivalent));
}

bool asks_for_equivalence(const RunComparison& comparison) {
  return std::any_of(comparison.pairs.begin(), comparison.pairs.end(),
                     [](const RunPair& pair) { return pair.change && pair.change->margin; });
}

/// The cells that pairs and averages share: baseline, candidate, improvement, p, effect, detectable.
void add_numbers(TableRow& row, const MetricInfo& metric, const std::optional<double>& baseline,
                 const std::optional<double>& candidate, const std::optional<Improvement>& change,
                 bool measured, bool with_equivalence) {
  const int decimals = decimals_of(baseline, candidate, change, metric.decimals);
  const auto number = [&](const std::optional<double>& v, int digits) {
    return v ? cell(format_fixed(*v, digits)) : muted("–");
  };
  row.cells.push_back(number(baseline, decimals));
  row.cells.push_back(number(candidate, decimals));
  row.cells.push_back(change ? improvement_cell(*change, decimals, change->patients)
                             : muted(measured ? "–" : "not measured"));
  row.cells.push_back(change ? detail::p_cell(*change) : muted("–"));
  row.cells.push_back(number(change ? change->d_z : std::nullopt, 2));
  row.cells.push_back(number(change ? change->detectable : std::nullopt, decimals));
  if (with_equivalence) row.cells.push_back(equivalence_cell(change));
  row.cells.push_back(cell(std::to_string(change ? change->patients : 0)));
}

}  // namespace

Table comparison_table(const RunComparison& comparison) {
  Table table;
  table.id = "comparison";
  table.caption = "Baseline " + comparison.baseline + ", candidate " + comparison.candidate +
                  ": paired by patient on the cases that both have a value for";
  table.columns = {{"Task", false}, {"Model", false}, {"Metric", false}, {"Baseline"},       {"Candidate"},
                   {"Improvement"}, {"p (Holm)"},     {"d_z"},           {"80 % detectable"}};
  const bool equivalence = asks_for_equivalence(comparison);
  if (equivalence) table.columns.push_back({"Equivalent within"});
  table.columns.insert(table.columns.end(), {{"Patients"}, {"Cases"}});
  for (const RunPair& pair : comparison.pairs) {
    TableRow row;
    row.cells = {cell(pair.task), cell(model_text(pair.baseline_model, pair.candidate_model, " → ")),
                 cell(title_of(pair.metric) + ", " + pair.protocol)};
    add_numbers(row, pair.metric, pair.baseline_mean, pair.candidate_mean, pair.change, pair.measured,
                equivalence);
    row.cells.push_back(coverage_cell(pair.candidate_scored, pair.baseline_scored));
    table.rows.push_back(std::move(row));
  }
  for (const RunAverage& average : comparison.averages) {
    TableRow row;
    row.rule_above = &average == &comparison.averages.front();
    row.cells = {cell(fmt::format("All ({} tasks)", average.change.tasks)),
                 cell(model_text(average.baseline_model, average.candidate_model, " → ")),
                 cell(title_of(average.metric) + ", " + average.protocol)};
    add_numbers(row, average.metric, average.baseline_mean, average.candidate_mean, average.change, true,
                equivalence);
    row.cells.push_back(muted("–"));
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(fmt::format(
      "Positive: the candidate is better, whatever the direction of the metric. Interval: {}. p: {}, after "
      "Holm "
      "over the tasks of one model and metric (an average is a family of its own); none for fewer than {} "
      "patients. d_z: mean over the SD of the differences. 80 % detectable: the smallest true difference "
      "that a "
      "t test with these patients finds four times in five. Cases: scored in the candidate, of those in the "
      "baseline.",
      kIntervalMethod, kTestMethod, kFewestPatientsForP));
  if (equivalence)
    table.notes.push_back(
        "Equivalent within: two one-sided t tests; a small p shows that the difference lies within the "
        "margin.");
  for (const RunPair& pair : comparison.pairs) {
    const size_t equal = pair.became_perfect.size() + pair.lost_perfect.size() + pair.more_perfect.size() +
                         pair.fewer_perfect.size();
    if (equal == 0) continue;
    table.notes.push_back(
        fmt::format("{}, {}, {} {}: equal images have no value. {} became equal, {} are equal no more; "
                    "slices: more equal in "
                    "{} (left out here), fewer in {}.",
                    pair.task, model_text(pair.baseline_model, pair.candidate_model, " → "), pair.protocol,
                    pair.metric.name, count_of(pair.became_perfect.size(), "case"), pair.lost_perfect.size(),
                    pair.more_perfect.size(), pair.fewer_perfect.size()));
  }
  for (const RunPair& pair : comparison.pairs) {
    if (pair.fewer_slices.empty()) continue;
    table.notes.push_back(fmt::format(
        "{}, {}, {} {}: the candidate's value is over fewer {}s than the baseline's in {}: {}.", pair.task,
        model_text(pair.baseline_model, pair.candidate_model, " → "), pair.protocol, pair.metric.name,
        pair.counted, count_of(pair.fewer_slices.size(), "case"), list_of(pair.fewer_slices)));
  }
  for (const std::string& measure : comparison.new_measures)
    table.notes.push_back("Only in the candidate: " + measure + ".");
  if (!comparison.without_value.empty())
    table.notes.push_back("Not in the table: " + describe(comparison.without_value) + ".");
  table.notes.insert(table.notes.end(), comparison.remarks.begin(), comparison.remarks.end());
  return table;
}

std::string to_text(const GateVerdict& verdict) {
  std::string text = "gate    " + verdict_text(verdict) + "\n";
  for (const GateFinding& finding : verdict.regressions)
    text += line_of(verdict.comparison.pairs[finding.pair], finding);
  for (const GateNote& note : verdict.notes) text += line_of(verdict.comparison.pairs[note.pair], note);
  for (const std::string& measure : verdict.comparison.new_measures)
    text += "  new               " + measure + ": only in the candidate\n";
  for (const std::string& remark : verdict.remarks) text += "note    " + clean_text(remark) + "\n";
  return text + "rules   " + rules_text(verdict.comparison.bootstrap) + "\n";
}

Table gate_table(const GateVerdict& verdict) {
  Table table;
  table.id = "gate";
  table.caption = verdict_text(verdict);
  table.columns = {{"Verdict", false}, {"Task", false}, {"Model", false}, {"Metric", false}, {"What", false}};
  const auto add = [&](const std::string& kind, TableCell::Style style, const RunPair& pair,
                       const std::string& what) {
    TableRow row;
    row.cells = {cell(kind, style), cell(pair.task),
                 cell(model_text(pair.baseline_model, pair.candidate_model, " → ")),
                 cell(title_of(pair.metric) + ", " + pair.protocol), cell(what)};
    table.rows.push_back(std::move(row));
  };
  const auto& pairs = verdict.comparison.pairs;
  for (const GateFinding& finding : verdict.regressions)
    add(name_of(finding.kind), TableCell::Style::kBest, pairs[finding.pair],
        what_happened(pairs[finding.pair], finding));
  for (const GateNote& note : verdict.notes)
    add(name_of(note.kind), TableCell::Style::kMuted, pairs[note.pair],
        what_happened(pairs[note.pair], note));
  for (const std::string& remark : verdict.remarks) table.notes.push_back(remark);
  for (const std::string& measure : verdict.comparison.new_measures)
    table.notes.push_back("Only in the candidate: " + measure + ".");
  table.notes.push_back(rules_text(verdict.comparison.bootstrap));
  return table;
}

std::string to_junit(const GateVerdict& verdict) {
  const auto& pairs = verdict.comparison.pairs;
  std::vector<std::string> failures(pairs.size()), kinds(pairs.size()), notes(pairs.size());
  const auto line = [](std::string& text, const std::string& kind, const std::string& what) {
    text += (text.empty() ? "" : "\n") + kind + ": " + what;
  };
  for (const GateFinding& finding : verdict.regressions) {
    if (kinds[finding.pair].empty()) kinds[finding.pair] = name_of(finding.kind);
    line(failures[finding.pair], name_of(finding.kind), what_happened(pairs[finding.pair], finding));
  }
  for (const GateNote& note : verdict.notes)
    line(notes[note.pair], name_of(note.kind), what_happened(pairs[note.pair], note));
  const auto failed =
      std::count_if(kinds.begin(), kinds.end(), [](const std::string& k) { return !k.empty(); });
  // escape_html() would make one line of several.
  const auto escaped = [](const std::string& text) {
    std::string out;
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      out += (begin == 0 ? "" : "\n") + escape_html(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return out;
  };
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"synerbench gate\" "
      "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">\n",
      pairs.size(), failed);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const RunPair& pair = pairs[i];
    out += fmt::format("    <testcase classname=\"{}\" name=\"{} {} {}\">\n", escape_html(pair.task),
                       escape_html(model_text(pair.baseline_model, pair.candidate_model, " -> ")),
                       escape_html(pair.protocol), escape_html(pair.metric.name));
    if (!kinds[i].empty()) {
      out += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", kinds[i],
                         escape_html(failures[i]), escaped(failures[i]));
    }
    std::string said = notes[i];
    if (kinds[i].empty() && pair.change) line(said, "compared", change_text(pair));
    if (!said.empty()) out += "      <system-out>" + escaped(said) + "</system-out>\n";
    out += "    </testcase>\n";
  }
  out += "    <system-out>" +
         escape_html(verdict_text(verdict) + ". " + rules_text(verdict.comparison.bootstrap));
  for (const std::string& remark : verdict.remarks) out += "\n" + escape_html(remark);
  return out + "</system-out>\n  </testsuite>\n</testsuites>\n";
}

}  // namespace synerbench
