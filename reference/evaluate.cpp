#include "reference/evaluate.h"

#include <algorithm>
#include <optional>

#include "harness/core/progress.h"
#include "harness/core/provenance.h"
#include "reference/evaluation/solvers.h"

namespace synerbench::reference {
namespace {

/// The model, unless it is nullptr, before the solvers.
std::vector<NamedRespondent> respondents_of(ReferenceModel* model, std::vector<NamedRespondent> solvers) {
  if (model == nullptr) return solvers;
  const ModelInfo info = model->info();
  solvers.insert(solvers.begin(),
                 {info.name, info.label, true, [model](const Instance& question, uint64_t seed) {
                    return model->answer(question, seed);
                  }});
  return solvers;
}

std::function<void()> interruptible(const std::function<void()>& asked) {
  return [asked] {
    throw_if_interrupted();
    if (asked) asked();
  };
}

}  // namespace

UnderstandingTable evaluate_understanding(ReferenceModel* model, const std::vector<TaskPairs>& pairs,
                                          const std::vector<TaskPairs>& training,
                                          const InstanceSettings& settings,
                                          const UnderstandingOptions& options,
                                          const std::function<void()>& asked) {
  InstanceSettings own = settings, fitted = settings;
  own.shuffled_answers = fitted.shuffled_answers = false;
  fitted.unseen_wordings = 0;
  const bool any = std::any_of(training.begin(), training.end(),
                               [](const TaskPairs& task) { return task.pairs->size() > 0; });
  std::vector<NamedRespondent> respondents;
  {
    std::optional<InstanceBuilder> fitting;
    if (any) fitting.emplace(training, fitted);
    respondents = respondents_of(model, solvers(options.kind, fitting ? &*fitting : nullptr, options.seed));
  }
  const InstanceBuilder builder(pairs, own);
  return evaluate_understanding(builder, respondents, options, interruptible(asked));
}

UnderstandingTable evaluate_understanding(ReferenceModel* model, AuthorsReader& questions,
                                          const UnderstandingOptions& options,
                                          const std::function<void()>& asked) {
  const QuestionSource next = [&](int64_t) {
    auto question = questions.next();
    while (question && question->kind != options.kind) question = questions.next();
    return question;
  };
  return evaluate_understanding(next, respondents_of(model, solvers(options.kind, nullptr, options.seed)),
                                options, interruptible(asked));
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

Json evaluation_provenance(const Json& data, const Json& model, uint64_t seed, const Json& compute) {
  return {
      {"data", data}, {"model", model}, {"seed", seed}, {"compute", compute}, {"build", build_provenance()}};
}

}  // namespace synerbench::reference
