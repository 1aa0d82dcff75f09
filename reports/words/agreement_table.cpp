#include <fmt/format.h>

#include "reports/numbers/agreement.h"
#include "reports/words/detail/cells.h"
#include "reports/words/tables.h"

namespace synerbench {

using detail::cell;
using detail::muted;

namespace {

std::string labels_of(const Leaderboard& board, const std::vector<size_t>& models) {
  std::string text;
  for (const size_t model : models) text += (text.empty() ? "" : ", ") + board.models()[model].label;
  return text;
}

TableRow row_of_agreement(const Leaderboard& board, const MetricAgreement& agreement) {
  const MetricBoard& metric = board.metrics[agreement.metric];
  const bool same_best = agreement.best == agreement.best_by_main;
  const auto changed = [](std::string text, bool same) {
    return cell(std::move(text), same ? TableCell::Style::kPlain : TableCell::Style::kWarning);
  };
  TableRow row;
  row.cells.push_back(cell(title_of(metric.metric)));
  row.cells.push_back(muted(metric.protocol.id));
  row.cells.push_back(cell(std::to_string(agreement.tasks)));
  row.cells.push_back(agreement.tau ? cell(fmt::format("{:.2f}", *agreement.tau))
                                    : muted("–", "all models are equal under one of the metrics"));
  row.cells.push_back(changed(labels_of(board, agreement.best), same_best));
  row.cells.push_back(muted(labels_of(board, agreement.best_by_main)));
  row.cells.push_back(changed(std::to_string(agreement.other_winners), agreement.other_winners == 0));
  if (const auto& move = agreement.largest_move) {
    row.cells.push_back(
        cell(fmt::format("{}: {} → {}", board.models()[move->model].label, move->rank_by_main, move->rank)));
  } else {
    row.cells.push_back(muted("none"));
  }
  return row;
}

}  // namespace

Table agreement_table(const Leaderboard& board) {
  const MetricBoard& main = board.main();
  Table table;
  table.id = "agreement";
  table.caption = fmt::format("Other metrics against {} under {}: the order of the models, on the same tasks",
                              title_of(main.metric), main.protocol.id);
  table.columns = {{"Metric", false},
                   {"Protocol", false},
                   {"Tasks"},
                   {"Kendall's tau"},
                   {"Best by it", false},
                   {"Best by " + main.metric.label, false},
                   {"Tasks with another best"},
                   {"Largest change of rank", false}};
  for (const MetricAgreement& agreement : metric_agreements(board))
    table.rows.push_back(row_of_agreement(board, agreement));
  table.notes.push_back(
      "Models that are complete in these tasks, ordered by their mean over them. Kendall's tau-b: 1 is the "
      "same "
      "order, -1 the reverse. It says nothing about how far apart the models are.");
  return table;
}

}  // namespace synerbench
