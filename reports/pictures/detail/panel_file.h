// The slices that a run keeps of its cases, as panels and the page read them. For reports/pictures only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "reports/numbers/case_values.h"
#include "reports/numbers/leaderboard.h"

namespace synerbench::detail {

/// One panel file: where its images lie and what its metadata say.
struct PanelFile {
  std::filesystem::path path;
  int64_t height = 0, width = 0;
  uint64_t source_at = 0, prediction_at = 0, target_at = 0;  // bytes from the start of the file
  double source_low = 0, source_high = 1, target_low = 0, target_high = 1, aspect = 1;
  std::string source_unit, target_unit, slice;
  std::vector<double> errors;  // absolute, inside the mask
};

/// Images of a slice, row by row.
struct PanelPixels {
  std::vector<float> source, prediction, target;
};

/// A slice that a panel file holds beside its main one.
struct PanelSlice {
  int64_t slice = 0;
  double mae = 0;  // inside the mask
  PanelPixels pixels;
};

/// A case of which the run holds a panel.
struct PanelCase {
  const CaseRecord* record = nullptr;
  double value = 0;  // of the whole case
  std::filesystem::path path;
};

/// Cases of a model in a task that have a value and a panel, best first. Indices as in Leaderboard.
std::vector<PanelCase> cases_with_panels(const Leaderboard& board, const CaseIndex& index,
                                         const MetricBoard& metric, size_t task, size_t model);

/// Error(kBadInput) when the file is damaged, or not the one that the run's journal speaks of. `pixels` and
/// `more`, the other slices in order: null where they are not wanted.
PanelFile read_panel(const Leaderboard& board, const PanelCase& item, PanelPixels* pixels = nullptr,
                     std::vector<PanelSlice>* more = nullptr);

/// The end of the scale of a task's error maps from the absolute errors of all that is shown: see Note [Panel
/// scales].
double error_end_of(const std::vector<double>& errors);

}  // namespace synerbench::detail
