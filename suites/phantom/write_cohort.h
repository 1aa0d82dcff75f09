// Cohorts on disk, in the layouts of the real data sets.
#pragma once

#include <filesystem>
#include <functional>

#include "suites/phantom/cohort.h"

namespace synerbench::phantom {

/// The folder of out/ that holds the oracle: index.json (schema synerbench/oracle) and, per test patient's
/// case, a file of its images without noise (Knowledge::kOracle) in the unit and on the canonical grid of the
/// image files.
inline constexpr const char* kOracleFolder = "oracle";

/// Writes the planned cases below `out` and, last, out/cohort.json (schema synerbench/phantom-cohort:
/// settings and every file; "cohort" is the named cohort's id or empty). With options.oracle also the oracle.
/// Trees: out/synthrad2023, out/synthrad2025, out/autopet/FDG-PET-CT-Lesions, out/brats2021, out/brats2023,
/// out/myops: each is what the importer of that data set is pointed at. Files appear whole or not at all; an
/// existing file of the same cohort is replaced, so a killed call is called again. `written` is called after
/// each case, in plan order. Same options and build: same bytes, whatever `threads` is. Error(kUsage), before
/// anything is written: `out` is a slice store or a run, holds another cohort, or images of a tree that this
/// one has not.
void write_cohort(const std::filesystem::path& out, const CohortOptions& options, int threads,
                  const std::function<void(const PlannedCase&)>& written = {});

}  // namespace synerbench::phantom
