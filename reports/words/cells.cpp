#include <fmt/format.h>

#include <algorithm>

#include "reports/words/detail/cells.h"
#include "reports/words/text.h"

namespace synerbench::detail {

using Style = TableCell::Style;

TableCell cell(std::string text, Style style, std::string title) {
  return {std::move(text), style, std::move(title)};
}

TableCell muted(std::string text, std::string title) {
  return cell(std::move(text), Style::kMuted, std::move(title));
}

TableCell model_cell(const ReportedModel& model, bool best_trivial) {
  return cell(model.label + (best_trivial ? " (best trivial)" : ""),
              model.trivial ? Style::kMuted : Style::kPlain, model.key == model.label ? "" : model.key);
}

TableCell rank_cell(std::optional<int> rank) {
  return rank ? cell(std::to_string(*rank)) : muted("–", "not ranked: cases are missing");
}

TableCell coverage_cell(int64_t scored, int64_t planned) {
  return cell(fmt::format("{} of {}", scored, planned), scored == planned ? Style::kPlain : Style::kWarning);
}

std::string interval_text(const Interval& interval, int decimals, bool with_sign) {
  const auto text = [&](double v) {
    return with_sign ? format_signed(v, decimals) : format_fixed(v, decimals);
  };
  return "[" + text(interval.low) + ", " + text(interval.high) + "]";
}

TableCell improvement_cell(const Improvement& improvement, int decimals, int64_t patients) {
  TableCell result = cell(format_signed(improvement.mean, decimals));
  if (improvement.interval) result.detail = interval_text(*improvement.interval, decimals, true);
  if (improvement.patients < patients) {
    result.detail += (result.detail.empty() ? "" : " ") + fmt::format("(n = {})", improvement.patients);
  }
  const auto explain = [&](const std::string& text) {
    result.title += (result.title.empty() ? "" : ", ") + text;
  };
  if (improvement.sd) explain("SD of the differences " + format_fixed(*improvement.sd, decimals));
  if (improvement.d_z) explain("d_z " + format_fixed(*improvement.d_z, 2));
  if (improvement.rank_biserial) explain("rank-biserial " + format_fixed(*improvement.rank_biserial, 2));
  if (improvement.detectable)
    explain("so many patients show " + format_fixed(*improvement.detectable, decimals) + " with 80 % power");
  return result;
}

std::string p_text(const Improvement& improvement) {
  const std::optional<double> p = improvement.p_holm ? improvement.p_holm : improvement.p;
  if (!p) return fmt::format("no p: n < {}", kFewestPatientsForP);
  return (*p < 0.001 ? "p " : "p = ") + format_p(*p);
}

TableCell p_cell(const Improvement& improvement) {
  if (!improvement.p_holm) return muted(fmt::format("n < {}", kFewestPatientsForP), why_no_p(improvement));
  return cell(format_p(*improvement.p_holm), Style::kPlain,
              "uncorrected: permutation of signs " + format_p(*improvement.p) + ", Wilcoxon signed-rank " +
                  format_p(*improvement.p_wilcoxon) + "; Benjamini-Hochberg " + format_p(*improvement.p_fdr));
}

std::string reasons_text(const Summary& summary) {
  std::string text;
  for (const auto& [reason, count] : summary.reasons)
    text += (text.empty() ? "" : "; ") + fmt::format("{} × {}", count, reason);
  return text;
}

std::string published_text(const PublishedFigure& figure) {
  return format_fixed(figure.value / figure.scale, figure.table->decimals + (figure.scale == 100 ? 2 : 0));
}

std::vector<std::string> published_notes(const std::vector<PublishedFigure>& figures) {
  std::vector<std::string> notes;
  for (const PublishedFigure& figure : figures) {
    const std::string note =
        "Published: " + figure.source->paper + "; " + figure.table->origin + "." +
        (figure.scale == 100 ? " Printed times 100, shown here on the scale of the measured values." : "") +
        (figure.table->note.empty() ? "" : " " + figure.table->note) +
        " Its metric protocol and test split are unpublished: these figures stand beside the measured ones "
        "for "
        "orientation, are not comparable with them and take no part in any ranking.";
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  }
  return notes;
}

std::string spread_drawing(const Summary& summary, double low, double high,
                           std::optional<double> best_trivial) {
  constexpr double kWidth = 150, kHeight = 16, kMargin = 4, kMiddle = kHeight / 2;
  if (!summary.mean) return "";
  const double span = high > low ? high - low : 1;
  const auto x = [&](double value) { return kMargin + (value - low) / span * (kWidth - 2 * kMargin); };
  double least = summary.patients.front().value, most = least;
  for (const PatientValue& patient : summary.patients) {
    least = std::min(least, patient.value);
    most = std::max(most, patient.value);
  }
  const auto line = [&](const char* name, double x1, double x2) {
    return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:g}\" y2=\"{:g}\"/>", name, x1,
                       x2, kMiddle, kMiddle);
  };
  std::string svg = fmt::format(
      "<svg class=\"spread\" viewBox=\"0 0 {:g} {:g}\" width=\"{:g}\" height=\"{:g}\" aria-hidden=\"true\">",
      kWidth, kHeight, kWidth, kHeight);
  if (best_trivial)
    svg +=
        fmt::format("<line class=\"at-best-trivial\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"0\" y2=\"{1:g}\"/>",
                    x(*best_trivial), kHeight);
  svg += line("range", x(least), x(most));
  if (summary.interval) svg += line("interval", x(summary.interval->low), x(summary.interval->high));
  svg += fmt::format("<circle class=\"mean\" cx=\"{:.1f}\" cy=\"{:g}\" r=\"3\"/></svg>", x(*summary.mean),
                     kMiddle);
  return svg;
}

}  // namespace synerbench::detail
