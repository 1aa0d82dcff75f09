#include "reference/evaluate.h"

#include "harness/core/progress.h"
#include "harness/core/provenance.h"
#include "harness/run/record.h"

namespace synerbench::reference {

UnderstandingResult evaluate_understanding(ReferenceModel& model, const std::vector<TaskPairs>& pairs,
                                           const InstanceSettings& settings,
                                           const UnderstandingOptions& options,
                                           const std::function<void()>& asked) {
  return evaluate_understanding(
      InstanceBuilder(pairs, settings),
      [&](const Instance& question, uint64_t seed) {
        throw_if_interrupted();
        return model.answer(question, seed);
      },
      options, asked);
}

std::vector<ReconstructionBound> reconstruction_bounds(ReferenceModel& model,
                                                       const std::vector<TaskPairs>& pairs,
                                                       const std::function<void()>& done) {
  return reconstruction_bounds(
      pairs,
      [&](const SliceImage& slice) {
        throw_if_interrupted();
        return model.through_autoencoder(slice);
      },
      done);
}

Json evaluation_provenance(const Json& data, const ModelInfo& model, uint64_t seed, const Json& compute) {
  return {{"data", data},
          {"model", to_json(model)},
          {"seed", seed},
          {"compute", compute},
          {"build", build_provenance()}};
}

}  // namespace synerbench::reference
