// What a run is: everything that may change a number, and nothing else.
//
// Note [Identity of a run] Two run folders may be resumed or merged when they mean the same numbers. So the
// identity holds: suite (name and SHA-256 of its file), selected tasks with their canvas, split and smallest
// foreground, protocols, store (SHA-256 of its manifest, which holds the shards' hashes; which of its data
// sets are simulated), seed, case limit, and every model's key, device and info (weights SHA-256, switches).
// It does not hold threads, batch, shard, paths, times or what was kept besides the results: results do not
// depend on these.
//
// The build (commit, dirty flag, compiler) stands beside it, under "builds", because it is provenance: a
// number is made by code. A difference there is refused too, but may be accepted knowingly
// (--accept-other-build); then every build that took part is listed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/data/slice_store.h"
#include "harness/run/record.h"
#include "harness/suite/suite.h"

namespace synerbench {

struct ModelIdentity {
  std::string key, device;
  Json info;  // to_json(ModelInfo) before anything was prepared
};

/// run.json without its frame: what a run folder says about itself before anything is scored.
struct RunHeader {
  Json identity;                  // with "builds"
  std::vector<TaskRecord> tasks;  // in suite order, with the planned number of cases
};

/// `tasks`: the selected ones, with the canvas that is used. `kind`: "run" or "score".
Json make_identity(const std::string& kind, const Suite& suite, const std::vector<SuiteTask>& tasks,
                   const SliceStore& store, uint64_t seed, int64_t max_cases,
                   const std::vector<ModelIdentity>& models);

/// SHA-256 of the identity without its builds: what the journal carries.
std::string identity_sha256(const Json& identity);

/// The first place where two JSON values differ: `/models/0/key: "mean" in A, "line" in B`; empty when equal.
std::string first_difference(const Json& a, const std::string& name_a, const Json& b,
                             const std::string& name_b);

/// Error(kUsage) at `place` naming the first difference, unless both are the same run. Other builds are
/// refused unless `accept_other_build`. Returns the identity with the builds of both.
Json join_identities(const Json& a, const std::string& name_a, const Json& b, const std::string& name_b,
                     bool accept_other_build, const std::string& place);

void write_run_header(const std::filesystem::path& folder, const RunHeader& header);
/// Error(kBadInput) when there is no run.json or it is not one.
RunHeader read_run_header(const std::filesystem::path& folder);
TaskRecord make_task_record(const SuiteTask& task, int64_t cases);

}  // namespace synerbench
