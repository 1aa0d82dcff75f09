// LaTeX, for \input{} into a document of the author's.
#pragma once

#include <string>
#include <vector>

#include "reports/words/document.h"

namespace synerbench {

/// A `table` environment with booktabs rules. A table of many models is cut between columns, into parts one
/// below the other.
std::string to_latex(const Table& table);
/// What goes into the tables for a paper. Rows and columns are chosen by what their first cell and their
/// title say; an empty list takes all of them.
struct LatexChoice {
  std::vector<std::string> tables = {"averages", "overview"};  // ids
  std::vector<std::string> rows, columns;
};

/// A table for a paper: only `tabular`, which stands in a float and under a caption of the author's. The type
/// is \footnotesize, never smaller but for intervals, which stand below their values. A table that is wider
/// than `points` is cut between columns, and its parts stand one below the other, each with the first column.
/// Needs booktabs and textcomp.
std::string to_tabular(const Table& table, double points);
/// The chosen part of a table. Error(kUsage) with "did you mean" where it has no such row or column.
Table chosen_part(const Table& table, const LatexChoice& choice);

/// Widths of a column of a two-column article and of its page, as most have them.
inline constexpr double kColumnPoints = 240, kPagePoints = 500;

/// Says in its first lines which packages it needs. Pictures are left to the author.
std::string to_latex(const Document& document);

}  // namespace synerbench
