// A suite that asks, as a run: what is asked of models and of solvers without learning becomes records in the
// journal of a run folder, which resume, merge, report, compare and gate read as they read those of images.
//
// A task of such a run is a kind of question, an item is a patient: all questions of the kind that are about
// it, and the record's measures are those of "understanding@1" (metrics/questions.h). A question about
// several patients counts for each of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/core/model.h"
#include "harness/run/model_spec.h"
#include "harness/run/run.h"
#include "reference/evaluation/understanding.h"

namespace synerbench::reference {

/// A model that is asked. Its answers need not be thread-safe: it is asked one question at a time.
struct AskedModel {
  ModelInfo info;
  Respondent answer;
};
/// Makes the model that a command line names. Error(kUsage) when none of that name can be asked.
using LoadAsked = std::function<AskedModel(const ModelSpec& spec, const std::string& device)>;

/// The models of a run as written: "solvers" stands for all solvers of the suite's kinds, and chance.
inline constexpr const char* kAllSolvers = "solvers";
/// The row of guesses: what a question with options gives somebody who draws one.
inline constexpr const char* kChance = "chance";

/// Names of all solvers, those that a suite's kinds and a store's patients leave out included; and chance,
/// and kAllSolvers.
std::vector<std::string> solver_names();
/// Whether a model as written is a name alone: a learned one is named with its folder.
bool may_be_solver(const ModelSpec& spec);

/// The plan of such a run: a task per kind of question, an item per model and patient. `options.tasks`
/// selects kinds by pattern, `options.max_cases` the first patients of each. Models are not made.
Plan plan_questions(const RunOptions& options, const Suite& suite);

/// As run(): everything is checked before anything is written. Questions are those of
/// evaluate_understanding() with the suite's seeds; half of those about test patients are asked in words that
/// training never uses.
RunOutcome run_questions(const RunOptions& options, const Suite& suite, const LoadAsked& load,
                         const ProtocolTable& protocols);

}  // namespace synerbench::reference
