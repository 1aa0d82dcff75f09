#include "reports/words/history_document.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/words/detail/cells.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using detail::cell;
using detail::muted;
using Style = TableCell::Style;

namespace {

std::string counted(size_t n, const std::string& word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

/// "2026-11-29": the day is enough where a reader looks for the run.
std::string day_of(const std::string& date) { return date.empty() ? "–" : date.substr(0, 10); }

std::string place_of(const std::string& task) { return task == "all" ? "average over tasks" : task; }

TableCell run_cell(const HistoryRun& run) { return cell(run.name, Style::kPlain, run.date); }

const HistoryPoint* point_in(const HistorySeries& series, size_t run) {
  for (const HistoryPoint& point : series.points) {
    if (point.run == run) return &point;
  }
  return nullptr;
}

/// The step that ends in a run; null where there is none.
const HistoryChange* step_into(const HistorySeries& series, size_t run) {
  for (const HistoryChange& change : series.changes) {
    if (!change.whole && change.to == run && change.verdict == StepVerdict::kStep) return &change;
  }
  return nullptr;
}

TableCell value_cell(const History& history, const HistorySeries& series, size_t run) {
  const HistoryPoint* point = point_in(series, run);
  if (point == nullptr || !point->mean) return muted("–", "not in this run");
  const int decimals = history.metric.decimals;
  TableCell result = cell(format_fixed(*point->mean, decimals));
  if (point->interval) result.detail = detail::interval_text(*point->interval, decimals);
  const auto all = static_cast<int64_t>(history.tasks.size());
  const bool some_tasks = series.task == "all" && point->tasks < all;
  if (some_tasks) {
    result.detail += (result.detail.empty() ? "" : "\n") + fmt::format("({} of {} tasks)", point->tasks, all);
  } else if (point->scored < point->planned) {
    result.detail +=
        (result.detail.empty() ? "" : "\n") + fmt::format("({} of {} cases)", point->scored, point->planned);
  }
  if (!point->complete) result.style = Style::kWarning;
  if (const HistoryChange* step = step_into(series, run)) {
    result.text += step->change.mean > 0 ? " ▲" : " ▼";
    result.style = step->change.mean > 0 ? Style::kBest : Style::kWarning;
    result.title = fmt::format("a step from {}: {}", history.runs[step->from].name,
                               format_signed(step->change.mean, decimals));
  }
  return result;
}

Table runs_table(const History& history) {
  Table table;
  table.id = "runs";
  table.caption = "Runs, oldest first";
  table.columns = {{"Run", false}, {"Date (UTC)", false}, {"Version", false}, {"Commit", false}, {"Seed"}};
  for (const HistoryRun& run : history.runs) {
    TableRow row;
    row.cells = {cell(run.name), run.date.empty() ? muted("–", "not recorded") : cell(run.date),
                 cell(run.version.empty() ? "–" : run.version),
                 cell(run.commit + (run.dirty ? ", uncommitted changes" : ""),
                      run.dirty ? Style::kWarning : Style::kPlain),
                 cell(run.identity.contains("seed") ? to_text(run.identity["seed"], -1) : "–")};
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table apart_table(const History& history) {
  Table table;
  table.id = "set-apart";
  table.caption = "Runs that cannot be compared with the newest";
  table.columns = {{"Run", false}, {"Date (UTC)", false}, {"Why", false}};
  for (const RunSetApart& run : history.apart)
    table.rows.push_back({{cell(run.name), cell(run.date.empty() ? "–" : run.date), cell(run.reason)}});
  return table;
}

/// How many changes were looked at, and what was said of them.
std::string judged_text(const History& history) {
  size_t looked_at = 0, unchanged = 0, small = 0, not_judged = 0;
  for (const HistorySeries& series : history.series) {
    for (const HistoryChange& change : series.changes) {
      ++looked_at;
      unchanged += change.verdict == StepVerdict::kUnchanged ? 1 : 0;
      small += change.verdict == StepVerdict::kTooSmall ? 1 : 0;
      not_judged += change.verdict == StepVerdict::kNotJudged ? 1 : 0;
    }
  }
  std::string text =
      fmt::format("{} of models and tasks were looked at between runs; in {} no patient has another value.",
                  counted(looked_at, "pair"), unchanged);
  if (small > 0)
    text += fmt::format(" {} smaller than the smallest step.",
                        counted(small, "change") + (small == 1 ? " is" : " are"));
  if (not_judged > 0)
    text +=
        fmt::format(" Of {} nothing can be said: fewer than {} patients, or too few for so many comparisons.",
                    counted(not_judged, "change"), kFewestPatientsForP);
  return text + " All of them stand in steps.csv.";
}

Section reading_of_history(const History& history) {
  Section section{"reading", "How steps are found", 2, false, {}};
  const auto say = [&](std::string text) { section.blocks.push_back(Paragraph{std::move(text)}); };
  say("Equal weights, code and cases give equal numbers to the last digit. So a difference is a change of "
      "something, and the question is whether the patients agree on its direction.");
  say(fmt::format(
      "A step is a change between two runs that follow one another, paired over the patients that both have "
      "a value for. Its p ({}) stays below the limit that Tarone's and Holm's correction leaves at {:g} %, "
      "over all pairs of runs and all tasks of one model; averages are a family of their own. So at most "
      "{:g} % of models without any change show a step in a task, however long the history.",
      kTestMethod, kStepLevel * 100, kStepLevel * 100));
  say("With three runs or more the first is compared with the last, too. Such a drift is listed where no "
      "step between them is.");
  say(fmt::format("Fewer than {} patients have no p: their changes are not judged.", kFewestPatientsForP));
  if (history.smallest_step)
    say(fmt::format("Changes below {:g} are no steps, whatever their p.", *history.smallest_step));
  say("A model that is trained again with another seed has changed. The SD over seeds of a report says how "
      "much of a step that explains.");
  return section;
}

Facts facts_of(const History& history) {
  Facts facts;
  facts.items.emplace_back("Metric", title_of(history.metric) + ", " +
                                         direction_text(history.metric.direction) + ": " +
                                         history.metric.description);
  facts.items.emplace_back("Protocol", history.protocol.id + ": " + history.protocol.description);
  facts.items.emplace_back("Interval", fmt::format("{:g} % interval: {}; {} replicates, seed {}",
                                                   history.bootstrap.confidence * 100, kIntervalMethod,
                                                   history.bootstrap.replicates, history.bootstrap.seed));
  const Json& identity = history.newest.shared_identity;
  for (const char* place : {"/suite/name", "/suite/sha256", "/split", "/store/sha256"}) {
    const Json::json_pointer pointer(place);
    if (identity.contains(pointer) && identity.at(pointer).is_string())
      facts.items.emplace_back(std::string(place).substr(1), identity.at(pointer).get<std::string>());
  }
  return facts;
}

}  // namespace

Table steps_table(const History& history) {
  Table table;
  table.id = "steps";
  table.caption =
      fmt::format("Steps: {} under {}, newest first", title_of(history.metric), history.protocol.id);
  table.columns = {{"Model", false},   {"Task", false},
                   {"Between", false}, {"Before"},
                   {"After"},          {"Improvement"},
                   {"Patients"},       {"p"},
                   {"Limit"},          {"What the runs say of it", false}};
  const int decimals = history.metric.decimals;
  for (const HistoryStep& step : steps_of(history)) {
    const HistoryChange& change = *step.change;
    const HistoryRun &from = history.runs[change.from], &to = history.runs[change.to];
    TableRow row;
    row.rule_above = !table.rows.empty() && change.to != steps_of(history).front().change->to;
    TableCell improvement = detail::improvement_cell(change.change, decimals, 0);
    improvement.style = change.change.mean > 0 ? Style::kBest : Style::kWarning;
    TableCell between = cell(from.name + " → " + to.name);
    between.detail = day_of(from.date) + " → " + day_of(to.date) + (change.whole ? "\n(drift)" : "");
    row.cells = {cell(history.models[step.series->model].label),
                 cell(place_of(step.series->task)),
                 between,
                 cell(change.from_mean ? format_fixed(*change.from_mean, decimals) : "–"),
                 cell(change.to_mean ? format_fixed(*change.to_mean, decimals) : "–"),
                 improvement,
                 cell(std::to_string(change.change.patients)),
                 cell(change.change.p ? format_p(*change.change.p) : "–"),
                 cell(format_p(change.limit)),
                 cell(fmt::format("{}", fmt::join(step.causes, "; ")))};
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(
      "Improvement: positive is better, whatever the direction of the metric, with its paired interval.");
  return table;
}

Table history_table(const History& history, const std::string& task) {
  Table table;
  table.id = "history-" + task;
  table.caption = fmt::format("{}: {} under {}", task == "all" ? "Average over tasks" : task,
                              title_of(history.metric), history.protocol.id);
  table.columns = {{"Run", false}, {"Date", false}};
  std::vector<const HistorySeries*> columns;
  for (size_t model = 0; model < history.models.size(); ++model) {
    const HistorySeries* series = history.find(task, model);
    if (series == nullptr) continue;
    columns.push_back(series);
    table.columns.push_back({history.models[model].label});
  }
  if (columns.empty()) return table;
  for (size_t run = 0; run < history.runs.size(); ++run) {
    TableRow row;
    row.cells = {run_cell(history.runs[run]), cell(day_of(history.runs[run].date))};
    for (const HistorySeries* series : columns) row.cells.push_back(value_cell(history, *series, run));
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back("▲ ▼: a step for the better or the worse, from the run before.");
  return table;
}

Document make_history_document(const History& history, const std::string& title, const Pictures& pictures,
                               const std::vector<std::string>& remarks) {
  Document document{title, "", simulated_warning(history.newest), {}};
  document.files = "the numbers behind it are in history.csv, steps.csv and history.json beside it.";
  const std::vector<HistoryStep> steps = steps_of(history);
  document.subtitle =
      fmt::format("{} under {}: {} from {} to {}, {}, {}", title_of(history.metric), history.protocol.id,
                  counted(history.runs.size(), "run"), day_of(history.runs.front().date),
                  day_of(history.runs.back().date), counted(history.models.size(), "model"),
                  counted(history.tasks.size(), "task"));
  Section first{"steps", "Steps", 2, false, {}};
  if (steps.empty()) {
    first.blocks.push_back(Paragraph{"No step: nothing changed in a direction that the patients agree on."});
  } else {
    first.blocks.push_back(steps_table(history));
  }
  first.blocks.push_back(Paragraph{judged_text(history)});
  document.sections.push_back(std::move(first));
  if (history.tasks.size() > 1) {
    Section all{"average", "Average over tasks", 2, false, {}};
    for (const Picture& picture : pictures.overall) all.blocks.push_back(picture);
    all.blocks.push_back(history_table(history, "all"));
    document.sections.push_back(std::move(all));
  }
  Section runs{"runs", "The runs", 2, false, {}};
  runs.blocks.push_back(runs_table(history));
  if (!history.apart.empty()) runs.blocks.push_back(apart_table(history));
  runs.blocks.push_back(facts_of(history));
  for (const std::string& remark : remarks) runs.blocks.push_back(Paragraph{"Note: " + remark});
  document.sections.push_back(std::move(runs));
  document.sections.push_back(reading_of_history(history));
  document.sections.push_back({"tasks", "Task by task", 2, false, {}});
  for (const TaskRecord& task : history.tasks) {
    Section section{"about-" + task.id, task.id, 3, false, {}};
    for (const auto& [id, list] : pictures.by_task) {
      if (id != task.id) continue;
      for (const Picture& picture : list) section.blocks.push_back(picture);
    }
    section.blocks.push_back(history_table(history, task.id));
    document.sections.push_back(std::move(section));
  }
  return document;
}

}  // namespace synerbench
