// Cells that several tables share. For reports/words only.
#pragma once

#include <string>

#include "reports/numbers/leaderboard.h"
#include "reports/words/table.h"

namespace synerbench::detail {

TableCell cell(std::string text, TableCell::Style style = TableCell::Style::kPlain, std::string title = "");
TableCell muted(std::string text, std::string title = "");

/// "CycleGAN", "Mean image (best trivial)"; trivial models are muted.
TableCell model_cell(const ReportedModel& model, bool best_trivial);
/// "1", "2"; "–" without a rank.
TableCell rank_cell(std::optional<int> rank);
/// "5 of 5"; a warning when it is fewer.
TableCell coverage_cell(int64_t scored, int64_t planned);
std::string interval_text(const Interval& interval, int decimals, bool with_sign = false);
/// "+0.0123 [+0.0071, +0.0180]", with "(n = 4)" when fewer than `patients` took part.
TableCell improvement_cell(const Improvement& improvement, int decimals, int64_t patients);
/// "p = 0.031", "p < 0.001", "no p: n < 6": after Holm where it was corrected.
std::string p_text(const Improvement& improvement);
/// The same number alone: "0.031", "n < 6" with the reason as a title.
TableCell p_cell(const Improvement& improvement);
/// "2 × out of memory; 1 × no record"
std::string reasons_text(const Summary& summary);
/// A published figure on the scale of the measured ones: 66.17 printed times 100 is 0.6617.
std::string published_text(const PublishedFigure& figure);
/// Where published figures come from, once per source among `figures`, with the warning that goes with them.
std::vector<std::string> published_notes(const std::vector<PublishedFigure>& figures);

/// Range of the patients, interval and mean on a common axis, for one row of a task's table. The dashed line
/// is the best trivial model.
std::string spread_drawing(const Summary& summary, double low, double high,
                           std::optional<double> best_trivial);

}  // namespace synerbench::detail
