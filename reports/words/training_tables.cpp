// How the learned models were trained, and what another seed changes.
#include <fmt/format.h>

#include <algorithm>

#include "reports/words/detail/cells.h"
#include "reports/words/tables.h"
#include "reports/words/text.h"

namespace synerbench {

using detail::cell;
using detail::muted;

namespace {

std::string covers_text(const std::string& covers) {
  if (covers == "task") return "a task";
  if (covers == "pair") return "a pair, both directions";
  return covers == "all" ? "all tasks" : covers;
}

std::string pairing_text(const std::string& pairing) {
  if (pairing == "paired") return "yes";
  if (pairing == "random_slice") return "no (any slice)";
  return pairing == "other_patient" ? "no (other patients)" : pairing;
}

std::string budget_text(const ReportedTraining& training) {
  if (training.budget_kind.empty()) return "own recipe";
  return fmt::format("{} {}", training.budget_value, training.budget_kind);
}

std::string range_text(int64_t least, int64_t most) {
  return least == most ? std::to_string(least) : fmt::format("{} to {}", least, most);
}

TableCell text_or_dash(const std::string& text) { return text.empty() ? muted("–") : cell(text); }

/// What the weights learned from; each training where the pointer rests.
TableCell lineage_cell(const ReportedModel& model) {
  TableCell result = cell(model.standing.words);
  for (const Lineage& lineage : model.standing.lineages) {
    for (const TrainingOrigin& training : lineage.trainings) {
      std::string samples;
      for (const SampleKind kind : training.samples)
        samples += (samples.empty() ? "" : ", ") + info_of(kind).name;
      result.title += fmt::format("{}{}: {}", result.title.empty() ? "" : "; ", training.title(),
                                  samples.empty() ? "not recorded" : samples);
    }
  }
  return result;
}

std::string rule_text(const std::string& rule) {
  for (const LineageRuleInfo& row : lineage_rules()) {
    if (row.name == rule) return fmt::format("Lineage of this suite, {}: {}.", row.name, row.meaning);
  }
  return "Lineage of this suite: " + rule + ".";
}

TableCell spread_cell(const std::optional<SeedSpread>& spread, int decimals) {
  if (!spread) return muted("–");
  TableCell result = cell(format_fixed(spread->mean, decimals));
  result.detail = "± " + format_fixed(spread->sd, decimals);
  result.title = format_fixed(spread->low, decimals) + " to " + format_fixed(spread->high, decimals);
  return result;
}

}  // namespace

Table training_table(const Leaderboard& board) {
  Table table;
  table.id = "training";
  table.caption = "How the learned models were trained";
  table.columns = {{"Model", false},
                   {"One training covers", false},
                   {"Sees pairs", false},
                   {"Budget per task"},
                   {"Updates"},
                   {"Slices seen"},
                   {"Batch"},
                   {"Augmentation", false},
                   {"Seed"},
                   {"Lineage", false}};
  const auto& models = board.models();
  const std::string rule = board.runs.lineage_rule();
  const bool any =
      std::any_of(models.begin(), models.end(), [](const auto& m) { return m.training.has_value(); });
  if (!any && rule.empty()) return table;
  for (const ReportedModel& model : models) {
    // Under a rule about lineage a reader has to see what the floors are, too.
    if (model.trivial && rule.empty()) continue;
    TableRow row;
    row.cells.push_back(detail::model_cell(model, false));
    if (!model.training) {
      row.cells.push_back(muted(model.trivial ? "–" : "not recorded"));
      while (row.cells.size() + 1 < table.columns.size()) row.cells.push_back(muted("–"));
      row.cells.push_back(lineage_cell(model));
      table.rows.push_back(std::move(row));
      continue;
    }
    const ReportedTraining& t = *model.training;
    std::string seeds;
    for (const uint64_t seed : t.seeds) seeds += (seeds.empty() ? "" : ", ") + std::to_string(seed);
    row.cells.push_back(text_or_dash(covers_text(t.covers)));
    row.cells.push_back(text_or_dash(pairing_text(t.pairing)));
    row.cells.push_back(cell(budget_text(t)));
    row.cells.push_back(cell(range_text(t.least_updates, t.most_updates)));
    row.cells.push_back(cell(range_text(t.least_slices, t.most_slices)));
    row.cells.push_back(cell(std::to_string(t.batch)));
    row.cells.push_back(text_or_dash(t.augmentation));
    row.cells.push_back(cell(seeds));
    row.cells.push_back(lineage_cell(model));
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(
      "A training that covers several tasks gets the budget of each. Updates, and source slices seen with "
      "their repetitions, are those of one "
      "training. A budget in seconds (of one processor) is turned into updates by a measurement before the "
      "training starts.");
  table.notes.push_back("Weights are selected on validation patients, by the same rule for all.");
  table.notes.push_back(
      "The lineage says what a model and the weights that it was built on learned from, as training recorded "
      "it. Where nobody recorded it, it is what the user declares.");
  if (!rule.empty()) table.notes.push_back(rule_text(rule));
  return table;
}

Table seeds_table(const Leaderboard& board, const MetricBoard& metric) {
  Table table;
  table.id = "seeds";
  table.caption = fmt::format("Over seeds: {} under {}, mean and SD of the models' means",
                              title_of(metric.metric), metric.protocol.id);
  table.columns = {{"Method", false}, {"Seeds"}};
  for (const TaskBoard& task : metric.tasks) table.columns.push_back({board.tasks()[task.task].id});
  const bool average = metric.averages.size() > 0 && metric.tasks.size() > 1;
  if (average) table.columns.push_back({"All"});
  for (const SeedGroup& group : seed_groups(board.models())) {
    TableRow row;
    row.cells.push_back(cell(group.label));
    row.cells.push_back(cell(std::to_string(group.models.size())));
    for (const TaskBoard& task : metric.tasks) {
      row.cells.push_back(spread_cell(seed_spread(group, task), metric.metric.decimals));
    }
    if (average)
      row.cells.push_back(spread_cell(seed_spread(group, metric.averages.back()), metric.metric.decimals));
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(
      "Models that differ by the seed of their training alone. The SD is over seeds, on the same patients.");
  return table;
}

}  // namespace synerbench
