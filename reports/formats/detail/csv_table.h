// A table of CSV as columns: what each is called, what it means and what it holds of an entry.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "harness/core/csv.h"
#include "reports/formats/csv.h"
#include "reports/words/text.h"

namespace synerbench::csv {

/// A column of a file: what it is called, what it means, and what it holds of an entry. Names are literals
/// and the last is a plain function, since every lambda below has no state: strings and a std::function of
/// each made this the slowest file of the reports to compile.
template <class Entry>
struct Column {
  const char *prefix, *name;           // together what it is called
  const char *unit, *about, *meaning;  // the last two together what it means
  void (*write)(CsvRow&, const Entry&);
  std::string full_name() const { return std::string(prefix) + name; }
};
template <class Entry>
using Columns = std::vector<Column<Entry>>;

template <class Entry>
std::string header_of(const Columns<Entry>& columns) {
  CsvRow row;
  for (const Column<Entry>& column : columns) row.text(column.full_name());
  return row.take();
}

template <class Entry>
std::string line_of(const Columns<Entry>& columns, const Entry& entry) {
  CsvRow row;
  for (const Column<Entry>& column : columns) column.write(row, entry);
  return row.take();
}

/// A column of texts, which may come from outside: names, reasons.
template <class Entry, class Value>
Column<Entry> text(const char* name, const char* meaning, Value) {
  return {"", name,    "text",
          "", meaning, [](CsvRow& row, const Entry& e) { row.text(clean_text(Value{}(e))); }};
}

/// A column of numbers, exact; nothing: an empty field.
template <class Entry, class Value>
Column<Entry> number(const char* name, const char* unit, const char* meaning, Value) {
  return {"", name,    unit,
          "", meaning, [](CsvRow& row, const Entry& e) { row.number(std::optional<double>(Value{}(e))); }};
}

/// A column of whole numbers; nothing: an empty field.
template <class Entry, class Value>
Column<Entry> count(const char* name, const char* unit, const char* meaning, Value) {
  return {"", name, unit, "", meaning, [](CsvRow& row, const Entry& e) {
            const auto n = std::optional<int64_t>(Value{}(e));
            n ? row.count(*n) : row.none();
          }};
}

/// A column of 1 and 0.
template <class Entry, class Value>
Column<Entry> yes(const char* name, const char* meaning, Value) {
  return {"", name, "1 or 0", "", meaning, [](CsvRow& row, const Entry& e) { row.yes(Value{}(e)); }};
}

inline std::optional<double> low_of(const std::optional<Interval>& interval) {
  return interval ? std::optional<double>(interval->low) : std::nullopt;
}

inline std::optional<double> high_of(const std::optional<Interval>& interval) {
  return interval ? std::optional<double>(interval->high) : std::nullopt;
}

/// What the lines of every table by metric begin with.
template <class Entry>
Columns<Entry> metric_columns() {
  return {
      text<Entry>("protocol", "protocol of the value, with its version",
                  [](const Entry& e) { return e.metric.protocol.id; }),
      text<Entry>("metric", "metric of that protocol", [](const Entry& e) { return e.metric.metric.name; }),
      text<Entry>("unit", "unit of the metric's values; empty: none",
                  [](const Entry& e) { return e.metric.metric.unit; }),
      text<Entry>("direction", "whether higher or lower is better",
                  [](const Entry& e) { return direction_text(e.metric.metric.direction); })};
}

/// The columns of one kind of comparison; `Find` gives null where an entry has none. `what` says what is
/// compared with what.
template <class Entry, class Find>
Columns<Entry> improvement_columns(const char* name, const char* what, Find) {
  const auto part = [&]<class Value>(const char* ending, const char* unit, const char* meaning, Value) {
    return number<Entry>(ending, unit, meaning, [](const Entry& e) {
      const Improvement* gain = Find{}(e);
      return gain == nullptr ? std::nullopt : std::optional<double>(Value{}(*gain));
    });
  };
  const auto whole = [&]<class Value>(const char* ending, const char* unit, const char* meaning, Value) {
    return count<Entry>(ending, unit, meaning, [](const Entry& e) {
      const Improvement* gain = Find{}(e);
      return gain == nullptr ? std::nullopt : std::optional<int64_t>(Value{}(*gain));
    });
  };
  using I = Improvement;
  Columns<Entry> columns = {
      whole("_patients", "patients", ": those that both have", [](const I& gain) { return gain.patients; }),
      whole("_tasks", "tasks", ": those that both have", [](const I& gain) { return gain.tasks; }),
      part("", "the metric's", ": mean difference, positive where the model is better",
           [](const I& gain) { return gain.mean; }),
      part("_low", "the metric's", ": lower end of its interval",
           [](const I& gain) { return low_of(gain.interval); }),
      part("_high", "the metric's", ": upper end of its interval",
           [](const I& gain) { return high_of(gain.interval); }),
      part("_sd_ddof1", "the metric's", ": standard deviation of the patients' differences",
           [](const I& gain) { return gain.sd; }),
      part("_d_z", "", ": mean difference over that deviation", [](const I& gain) { return gain.d_z; }),
      part("_rank_biserial", "-1 to 1", ": matched rank-biserial correlation",
           [](const I& gain) { return gain.rank_biserial; }),
      part("_detectable_80", "the metric's",
           ": smallest difference that so many patients show with 80 % power",
           [](const I& gain) { return gain.detectable; }),
      part("_p", "0 to 1", ": p of the permutation of signs, two-sided",
           [](const I& gain) { return gain.p; }),
      part("_p_holm", "0 to 1", ": the same after Holm's correction",
           [](const I& gain) { return gain.p_holm; }),
      part("_p_fdr", "0 to 1", ": the same after Benjamini and Hochberg's",
           [](const I& gain) { return gain.p_fdr; }),
      part("_p_wilcoxon", "0 to 1", ": p of Wilcoxon's signed ranks, two-sided",
           [](const I& gain) { return gain.p_wilcoxon; }),
      text<Entry>("_no_p", ": why there is no p", [](const Entry& e) {
        const Improvement* gain = Find{}(e);
        return gain == nullptr ? std::string() : why_no_p(*gain);
      })};
  for (Column<Entry>& column : columns) {
    column.prefix = name;
    column.about = what;
  }
  return columns;
}

inline const Improvement* pointer_to(const std::optional<Improvement>& gain) {
  return gain ? &*gain : nullptr;
}

template <class Entry>
void append(Columns<Entry>& columns, Columns<Entry> more) {
  columns.insert(columns.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

template <class Entry>
CsvFile described(std::string name, std::string rows, const Columns<Entry>& columns) {
  CsvFile file{std::move(name), std::move(rows), {}};
  for (const Column<Entry>& column : columns)
    file.columns.push_back({column.full_name(), *column.unit == 0 ? "-" : column.unit,
                            std::string(column.about) + column.meaning});
  return file;
}

// The tables' parts of the data dictionary.
std::vector<CsvFile> task_tables();     // leaderboard.csv, averages.csv, pairs.csv
std::vector<CsvFile> model_tables();    // training.csv, seeds.csv, cases.csv
std::vector<CsvFile> history_tables();  // history.csv, steps.csv

}  // namespace synerbench::csv
