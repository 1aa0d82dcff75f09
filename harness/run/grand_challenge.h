// Predictions as grand-challenge.org hands them to an evaluation, and the file that it reads afterwards.
//
// Note [Layout of grand-challenge] An evaluation finds in its input folder
//     predictions.json                                    a list of jobs, one for each case
//     <job's pk>/output/<relative path>/<name>.mha        what the algorithm made of it
// where a job, "status" of which is "Succeeded" or not said, says
//     {"pk": "...", "inputs":  [{"image": {"name": "1BA001.mha"}, "interface": {"slug": "mri", ...}}],
//                   "outputs": [{"image": {...}, "interface": {"slug": "ct", "relative_path": "images/ct"}}]}
// ("socket" is the newer word for "interface"). Only the inputs' names tell which case it is: that of an
// image, without its ending, is a name of Note [Which file is which case]. They may name one case only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "metrics/protocol.h"

namespace synerbench {

/// One job: what it was given, and where its answer lies.
struct GrandChallengeJob {
  std::string pk;
  std::vector<std::string> inputs;  // names of the input images, without their ending
  std::filesystem::path output;     // file below the folder; empty: there is none
  std::string problem;              // why there is none: "status Failed"
};

/// Whether the folder holds a predictions.json.
bool is_grand_challenge(const std::filesystem::path& folder);

/// The jobs of such a folder. `slug` chooses among several outputs; empty: a job has one output with an
/// image. Error(kBadInput): a predictions.json of another form. Error(kUsage): several outputs and no slug,
/// or a slug that no job has.
std::vector<GrandChallengeJob> read_grand_challenge(const std::filesystem::path& folder,
                                                    const std::string& slug);

/// metrics.json of a run folder that score() or run() left, of its first model:
///     {"case": {"ssim": {"synthrad2023/1BA001": 0.91, ...}},
///      "aggregates": {"ssim": {"mean": ..., "std": ..., "min", "25%", "50%", "75%", "max", "count",
///        "failed"}}}
/// Metrics of the leaderboard's protocol have their names, those of others "<protocol>:<metric>"; where
/// several tasks were scored, "<task>:" stands in front. Cases without a value are null and count as failed.
/// "failures" has the reason of every case that failed; it is left out where none did. The columns are the
/// same when all failed: those of the run's `protocols`.
Json grand_challenge_metrics(const std::filesystem::path& run_folder,
                             const ProtocolTable& protocols = builtin_protocols());

}  // namespace synerbench
