#include "reports/words/document.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "metrics/questions.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {
namespace {

std::string plural(size_t n, const std::string& word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

size_t patients_of(const Leaderboard& board) {
  std::set<std::string> patients;
  for (const CaseRecord& record : board.runs.cases) patients.insert(record.scan.patient);
  return patients.size();
}

/// What an identity says, flattened to "suite.name: synermed22"; long hashes keep their first twelve digits.
void add_identity(Facts& facts, const std::string& name, const Json& value) {
  if (value.is_object()) {
    for (const auto& [key, part] : value.items()) {
      if (name == "suite" && (key == "note" || key == "title")) continue;  // stand in the text already
      add_identity(facts, name.empty() ? key : name + "." + key, part);
    }
    return;
  }
  std::string text;
  if (value.is_array() &&
      std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); })) {
    for (const Json& part : value) text += (text.empty() ? "" : ", ") + part.get<std::string>();
  } else {
    text = value.is_string() ? value.get<std::string>() : to_text(value, -1);
  }
  facts.items.emplace_back(name, text);
}

/// "mine (0.1.0, commit 3f9a02c1), theirs (...)": the runs and the builds that made them.
std::string names_of_runs(const Leaderboard& board) {
  std::string text;
  for (const RunInput& run : board.runs.runs) {
    text += (text.empty() ? "" : ", ") + run.name;
    const Json& identity = run.results.identity;
    if (!identity.contains("builds") || !identity["builds"].is_array()) continue;
    for (const Json& build : identity["builds"]) {
      if (!build.is_object()) continue;
      text +=
          " (" + build.value("version", "?") + ", commit " + build.value("commit", "?").substr(0, 12) + ")";
    }
  }
  return text;
}

Section stamp_section(const Leaderboard& board, const std::string& suite_note,
                      const std::vector<std::string>& remarks) {
  const MetricBoard& main = board.main();
  Section section{"stamp", "What was compared", 2, false, {}};
  const auto simulated = simulated_data(board.runs);
  if (!suite_note.empty()) section.blocks.push_back(Paragraph{suite_note});
  Facts facts;
  facts.items.emplace_back(
      "Leaderboard metric",
      title_of(main.metric) + ", " + direction_text(main.metric.direction) + ": " + main.metric.description);
  if (!simulated.empty()) {
    std::vector<std::string> names;
    for (const auto& [dataset, cohort] : simulated) names.push_back(dataset);
    facts.items.emplace_back("Simulated", fmt::format("{}", fmt::join(names, ", ")));
  }
  facts.items.emplace_back("Protocol", main.protocol.id + ": " + main.protocol.description);
  facts.items.emplace_back("Protocol follows", main.protocol.source);
  facts.items.emplace_back("Compared", plural(main.tasks.size(), "task") + ", " +
                                           plural(board.models().size(), "model") + ", " +
                                           plural(patients_of(board), "patient"));
  facts.items.emplace_back("Interval", fmt::format("{:g} % interval of the mean: {}; {} replicates, seed {}",
                                                   board.bootstrap.confidence * 100, kIntervalMethod,
                                                   board.bootstrap.replicates, board.bootstrap.seed));
  facts.items.emplace_back(
      "Test",
      fmt::format("{}, exact for up to {} patients; Holm and Benjamini-Hochberg; none for fewer than {} "
                  "patients",
                  kTestMethod, kMostExactSigns, kFewestPatientsForP));
  facts.items.emplace_back("Runs", names_of_runs(board));
  add_identity(facts, "", board.runs.shared_identity);
  facts.items.emplace_back("List of cases", "sha256:" + case_list_hash(board.runs));
  section.blocks.push_back(std::move(facts));
  for (const std::string& remark : board.runs.remarks) section.blocks.push_back(Paragraph{"Note: " + remark});
  for (const std::string& remark : remarks) section.blocks.push_back(Paragraph{"Note: " + remark});
  return section;
}

Section reading_section(const Leaderboard& board) {
  const MetricBoard& main = board.main();
  Section section{"reading", "How to read the tables", 2, false, {}};
  const auto say = [&](std::string text) { section.blocks.push_back(Paragraph{std::move(text)}); };
  const std::string counted = counted_in(main.protocol);
  say("The unit of analysis is the patient: " + counted +
      "s are averaged within a case, cases within a patient, and "
      "means, SD (n - 1), "
      "median, quartiles (linear interpolation) and the worst patient are taken over patients. With one "
      "patient there is no "
      "interval and no test.");
  say("Rank 1 is best. Only models with a value for every planned case are ranked. A model with missing or "
      "failed cases stands below all "
      "complete ones, without a rank, with its coverage and the reasons in its row: the cases a model fails "
      "on tend to be the hard "
      "ones. A case that is undefined for every model is held against none. Equal means share a rank.");
  say("The best trivial model of a task is the first trivial one in its table. Models say themselves that "
      "they are "
      "trivial; here these are: " +
      trivial_models(board) +
      ". The gain of a learned model over it is paired by patient; positive is better, whatever the "
      "direction of the metric (here: " +
      direction_text(main.metric.direction) +
      "). p is two-sided, by permutation of the patients' signs (exact for up to " +
      std::to_string(kMostExactSigns) + " patients), corrected after Holm over the " +
      plural(main.tasks.size(), "task") + " of one model and metric. With fewer than " +
      std::to_string(kFewestPatientsForP) +
      " patients no p is given, because no exact paired test could fall below 0.05. Intervals are Student's "
      "t, "
      "widened to the bootstrap-t where that reaches farther; of two to four patients they are wide because "
      "so "
      "few say little. The Wilcoxon signed-rank p (exact, uncorrected), Benjamini-Hochberg, effect sizes and "
      "the "
      "smallest difference that so many patients show with 80 % power are in the CSV and the JSON.");
  say("Averages over tasks weigh every task equally. They are given as partial (\"k of n tasks\") and not "
      "ranked unless every task is "
      "covered completely. A patient counts once in their intervals and tests, with all tasks it takes part "
      "in.");
  return section;
}

/// The metric to set beside the papers' figures: the main one, or the one of its protocol that they print.
const MetricBoard& metric_with_figures(const Leaderboard& board) {
  for (const MetricBoard& metric : board.metrics) {
    if (metric.protocol.id != board.main().protocol.id) continue;
    for (const Published& paper : board.published) {
      for (const PublishedTable& source : paper.tables) {
        if (source.metrics == std::vector<std::string>{metric.metric.name}) return metric;
      }
    }
  }
  return board.main();
}

/// Tasks for which papers print a figure, with the best measured model beside.
Table side_by_side(const Leaderboard& board) {
  const MetricBoard& shown = metric_with_figures(board);
  Table table;
  table.id = "side-by-side";
  table.caption = "Measured here and published: " + title_of(shown.metric);
  table.columns = {{"Task", false}, {"Best measured", false}, {"Mean"}, {"Best trivial"}};
  struct Source {
    const Published* paper;
    const PublishedTable* table;
    size_t column;
  };
  std::vector<Source> sources;
  for (const Published& paper : board.published) {
    for (const PublishedTable& source : paper.tables) {
      if (source.metrics != std::vector<std::string>{shown.metric.name}) continue;
      const bool about_tasks = std::any_of(source.rows.begin(), source.rows.end(), [&](const auto& row) {
        return std::any_of(shown.tasks.begin(), shown.tasks.end(),
                           [&](const TaskBoard& t) { return board.tasks()[t.task].id == row.name; });
      });
      if (!about_tasks) continue;
      for (size_t c = 0; c < source.columns.size(); ++c) {
        sources.push_back({&paper, &source, c});
        table.columns.push_back({source.id + ": " + source.columns[c], true, true});
      }
    }
  }
  std::set<std::string> notes;
  for (const TaskBoard& task : shown.tasks) {
    const TaskRecord& record = board.tasks()[task.task];
    const TaskRow& best = task.rows.front();
    const int decimals = shown.metric.decimals;
    const auto mean_of = [&](const TaskRow& row) {
      return row.summary.mean ? format_fixed(*row.summary.mean, decimals) : std::string("–");
    };
    TableRow line;
    line.cells = {{record.id},
                  {best.summary.mean ? board.models()[best.model].label : "–"},
                  {mean_of(best)},
                  {task.best_trivial ? mean_of(task.row_of(*task.best_trivial)) : "–"}};
    bool any = false;
    for (const Source& source : sources) {
      const auto row = std::find_if(source.table->rows.begin(), source.table->rows.end(),
                                    [&](const auto& r) { return r.name == record.id; });
      const bool here = row != source.table->rows.end();
      any = any || here;
      const double scale = source.paper->scale_of(shown.metric.name);
      line.cells.push_back({here ? format_fixed(row->values[source.column] / scale,
                                                source.table->decimals + (scale == 100 ? 2 : 0))
                                 : ""});
    }
    if (any) table.rows.push_back(std::move(line));
  }
  for (const Source& source : sources) {
    const std::string note = source.table->id + ": " + source.paper->paper + "; " + source.table->origin +
                             "." +
                             (source.paper->scale_of(shown.metric.name) == 100 ? " Printed times 100." : "") +
                             (source.table->note.empty() ? "" : " " + source.table->note);
    if (notes.insert(note).second) table.notes.push_back(note);
  }
  return table;
}

void add_published(Document& document, const Leaderboard& board) {
  if (board.published.empty()) return;
  Section section{"published", "Published figures", 2, false, {}};
  section.blocks.push_back(
      Paragraph{"Figures that papers print, for orientation. Their metric protocol, normalization and test "
                "split are unpublished, so they "
                "are not comparable with the measured values, stand in columns of their own and are ranked "
                "with nothing."});
  Table table = side_by_side(board);
  if (!table.rows.empty()) section.blocks.push_back(std::move(table));
  document.sections.push_back(std::move(section));
  Section all{"published-tables", "The tables as published", 3, true, {}};
  for (const Published& paper : board.published) {
    for (const PublishedTable& source : paper.tables) all.blocks.push_back(published_table(paper, source));
  }
  document.sections.push_back(std::move(all));
}

void add_task(Document& document, const Leaderboard& board, const TaskBoard& task, const Pictures& pictures) {
  const TaskRecord& record = board.tasks()[task.task];
  Section section{"about-" + record.id, record.id, 3, false, {}};
  if (record.cases == 0) {
    section.blocks.push_back(
        Paragraph{"No cases: the store holds none for this task in the split that is scored."});
    document.sections.push_back(std::move(section));
    return;
  }
  section.blocks.push_back(task_table(board, board.main(), task));
  if (Table strata = strata_table(board, board.main(), task); !strata.rows.empty())
    section.blocks.push_back(std::move(strata));
  if (Table others = other_metrics_table(board, task.task); !others.rows.empty())
    section.blocks.push_back(std::move(others));
  for (const auto& [id, list] : pictures.by_task) {
    if (id != record.id) continue;
    for (const Picture& picture : list) section.blocks.push_back(picture);
  }
  document.sections.push_back(std::move(section));
}

void add_protocols(Document& document, const Leaderboard& board) {
  Section section{"protocols", "Protocols", 2, true, {}};
  std::set<std::string> seen;
  for (const MetricBoard& metric : board.metrics) {
    if (!seen.insert(metric.protocol.id).second) continue;
    section.blocks.push_back(Paragraph{metric.protocol.id + " (after " + metric.protocol.source +
                                       "): " + metric.protocol.description});
    Table table;
    table.id = "protocol-" + metric.protocol.id;
    table.caption = "Metrics of " + metric.protocol.id;
    table.columns = {
        {"Metric", false}, {"Unit", false}, {"Direction", false}, {"Bounds", false}, {"Meaning", false}};
    for (const MetricInfo& info : metric.protocol.metrics) {
      const auto bound = [](double v) {
        return std::isfinite(v) ? format_exact(v) : std::string(v < 0 ? "-∞" : "∞");
      };
      table.rows.push_back({{{info.name},
                             {info.unit.empty() ? "none" : info.unit},
                             {direction_text(info.direction)},
                             {bound(info.lower) + " to " + bound(info.upper)},
                             {info.description}},
                            false});
    }
    section.blocks.push_back(std::move(table));
  }
  document.sections.push_back(std::move(section));
}

}  // namespace

std::string simulated_warning(const JoinedRuns& runs) {
  std::set<std::string> cohorts;
  const auto simulated = simulated_data(runs);
  for (const auto& [dataset, cohort] : simulated) {
    if (!cohort.empty()) cohorts.insert(cohort);
  }
  if (simulated.empty()) return "";
  return fmt::format(
      "Simulated patients{}: a score here says nothing about real ones, and cannot be compared "
      "with published figures.",
      cohorts.empty() ? "" : fmt::format(" (cohort {})", fmt::join(cohorts, ", ")));
}

Document make_document(const Leaderboard& board, const std::string& title, const std::string& suite_note,
                       const Pictures& pictures, const std::vector<std::string>& remarks) {
  const MetricBoard& main = board.main();
  Document document{title, "", simulated_warning(board.runs), {}};
  document.subtitle = fmt::format("{} under {}: {}, {}, {}", title_of(main.metric), main.protocol.id,
                                  plural(main.tasks.size(), "task"), plural(board.models().size(), "model"),
                                  plural(patients_of(board), "patient"));
  Section first{"leaderboard", "Leaderboard", 2, false, {}};
  first.blocks.push_back(averages_table(board, main));
  first.blocks.push_back(overview_table(board, main));
  document.sections.push_back(std::move(first));
  if (Table training = training_table(board); !training.rows.empty()) {
    Section section{"training", "Training", 2, false, {}};
    section.blocks.push_back(std::move(training));
    if (Table seeds = seeds_table(board, main); !seeds.rows.empty())
      section.blocks.push_back(std::move(seeds));
    document.sections.push_back(std::move(section));
  }
  if (!pictures.overall.empty()) {
    Section plots{"plots", "Plots", 2, false, {}};
    for (const Picture& picture : pictures.overall) plots.blocks.push_back(picture);
    document.sections.push_back(std::move(plots));
  }
  if (Table failures = failures_table(board, main); !failures.rows.empty()) {
    Section section{"coverage", "Coverage", 2, false, {}};
    section.blocks.push_back(std::move(failures));
    document.sections.push_back(std::move(section));
  }
  if (Table worst = worst_cases_table(board, main); !worst.rows.empty()) {
    Section section{"worst", "Worst of all", 2, false, {}};
    section.blocks.push_back(std::move(worst));
    document.sections.push_back(std::move(section));
  }
  document.sections.push_back(stamp_section(board, suite_note, remarks));
  document.sections.push_back(reading_section(board));
  if (Table table = average_gains_table(board, main); !table.rows.empty()) {
    Section section{"gains-of-averages", "Averages against the best trivial model", 2, false, {}};
    section.blocks.push_back(std::move(table));
    document.sections.push_back(std::move(section));
  }
  if (Table table = baseline_table(board, main); table.columns.size() > 1) {
    Section section{"comparison", "Against the baseline", 2, false, {}};
    section.blocks.push_back(std::move(table));
    document.sections.push_back(std::move(section));
  }
  if (Table table = agreement_table(board); !table.rows.empty()) {
    Section section{"agreement-of-metrics", "Does the order depend on the metric?", 2, false, {}};
    section.blocks.push_back(std::move(table));
    document.sections.push_back(std::move(section));
  }
  if (Table table = pairs_table(board, main); !table.rows.empty()) {
    Section section{"all-pairs", "All pairs of models", 2, false, {}};
    section.blocks.push_back(std::move(table));
    document.sections.push_back(std::move(section));
  }
  add_published(document, board);
  document.sections.push_back({"tasks", "Task by task", 2, false, {}});
  for (const TaskBoard& task : main.tasks) add_task(document, board, task, pictures);
  add_protocols(document, board);
  return document;
}

}  // namespace synerbench
