// Cohorts on disk, in the layouts of the real data sets.
#pragma once

#include <filesystem>
#include <functional>

#include "suites/phantom/cohort.h"

namespace synerbench::phantom {

/// Writes the planned cases below `out` and, last, out/cohort.json (schema synerbench/phantom-cohort:
/// settings and every file). Trees: out/synthrad2023, out/synthrad2025, out/autopet/FDG-PET-CT-Lesions,
/// out/brats2021, out/brats2023, out/myops: each is what the importer of that data set is pointed at. Files
/// appear whole or not at all; an existing file is replaced. `written` is called after each case, in plan
/// order. Same options and build: same bytes, whatever `threads` is.
void write_cohort(const std::filesystem::path& out, const CohortOptions& options, int threads,
                  const std::function<void(const PlannedCase&)>& written = {});

}  // namespace synerbench::phantom
