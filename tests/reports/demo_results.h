// Results made by hand, for tests and for looking at a report: plausible numbers, none of them measured.
#pragma once

#include <filesystem>

#include "harness/run/record.h"
#include "reports/numbers/runs.h"

namespace synerbench {

/// The 22 tasks, 7 models (3 trivial), 5 patients per region and 8 of BraTS; synermed-2d@1 everywhere,
/// synthrad2023@1 where the target is CT. One model failed on some cases, one was not run on two tasks.
RunInput demo_run();

/// As many as a report has to hold: the 22 tasks, 3 trivial and 17 learned methods, these with `seeds` seeds
/// each.
RunInput wide_run(int seeds = 3);

/// Small and fixed, for golden texts: 3 tasks in 2 groups, 4 models (2 trivial), 3 patients. Holds a failed
/// case, an undefined value, a tie, a published figure and hostile names.
RunInput small_run();

/// Writes run.name under `folder` as a run folder: results.json, timing.json, and panels/ with drawn
/// pictures.
void write_run_folder(const std::filesystem::path& folder, const RunInput& run, bool with_panels);

/// Appends a scored case with one measure.
void add_case(Results& results, const std::string& task, const std::string& model, const std::string& patient,
              double value, const std::string& metric = "ssim",
              const std::string& protocol = "synermed-2d@1");

/// A model's info as a run records it.
Json demo_info(const std::string& name, const std::string& label, bool trivial, int64_t parameters = 0,
               int evaluations = 1);

}  // namespace synerbench
