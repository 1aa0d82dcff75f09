// One case after the layout of its data set: which images, on which grids, in which units.
#include "harness/core/error.h"
#include "suites/phantom/studio.h"

namespace synerbench::phantom {

std::vector<Image> simulate_oracle(const PlannedCase& planned, const CohortOptions& options,
                                   Knowledge knowledge, int threads, std::optional<Modality> geometry_of) {
  SB_CHECK(threads > 0);
  Studio studio(planned, options, threads);
  studio.knowledge = knowledge;
  studio.geometry_of = geometry_of;
  if (planned.dataset == "autopet") return simulate_autopet(studio);
  if (planned.dataset == "brats") return simulate_brats(studio);
  SB_CHECK(!studio.is_partial(), planned.dataset);
  return planned.dataset == "myops" ? simulate_myops(studio) : simulate_synthrad(studio);
}

std::vector<Image> simulate_case(const PlannedCase& planned, const CohortOptions& options, int threads) {
  return simulate_oracle(planned, options, Knowledge::kEverything, threads);
}

}  // namespace synerbench::phantom
