// Words of a study that a suite gives their meaning.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/suite/suite.h"
#include "metrics/protocol.h"

namespace synerbench::detail {

/// Each pattern (fnmatch(3)) names a task of the suite, or a kind of question where it asks. Error(kUsage) at
/// `key` of `object` with "did you mean".
void require_tasks(const JsonObject& object, const std::string& key, const Suite& suite,
                   const std::vector<std::string>& patterns);

/// "ssim" or "synermed-2d@2/ssim", of a protocol of the suite; empty: all. Error(kUsage) likewise.
void require_metric(const JsonObject& object, const std::string& key, const Suite& suite,
                    const ProtocolTable& protocols, const std::string& metric);

}  // namespace synerbench::detail
