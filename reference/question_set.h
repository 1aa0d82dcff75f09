// Numbered questions about the pairs of a suite, as the verb `understanding` builds, shows and exports them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "harness/core/json.h"
#include "harness/run/suite_pairs.h"
#include "reference/exchange/question_file.h"
#include "reference/stages/stage_recipe.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference {

/// The word for CTS, TIA and panels in the shares of Stage I.
inline constexpr const char* kMixedQuestions = "gau";

/// Half of the questions about test patients come in wordings that training never uses, none of the others.
double usual_unseen_wordings(Split split);

struct QuestionChoice {
  std::string kind = "cts";  // a name of question_kinds(), or kMixedQuestions
  uint64_t seed = 1;
  double unseen_wordings = 0;  // share, in [0, 1]
  StageRecipe rules;           // its `instances` say how questions are built
  /// The rules' settings with this choice's share of unseen wordings.
  InstanceSettings settings() const;
};

/// What a document says of the rules: {"instances", "unseen_wordings"}.
Json question_rules(const QuestionChoice& choice);

/// Question i is a function of the pairs, the choice and i.
class QuestionSet {
 public:
  /// Borrows the pairs. Error(kUsage): an unknown kind, or pairs that questions cannot be made of.
  QuestionSet(const SuitePairs& pairs, const QuestionChoice& choice);
  Instance tell(int64_t number) const;  // without pixels
  Instance show(int64_t number) const;  // with pixels
  /// The first `count` of them, from number 0. `done` is called after each. Borrow the set.
  /// They throw Error(kInterrupted) after an interrupt.
  InstanceSource told(int64_t count, std::function<void()> done = {}) const;
  InstanceSource shown(int64_t count, std::function<void()> done = {}) const;
  /// Data, kind, seed, rules, build.
  Json provenance() const;

 private:
  Question question(int64_t number) const;
  InstanceKind kind_of(int64_t number) const;

  Json data_;
  QuestionChoice choice_;
  InstanceBuilder builder_;
  std::optional<InstanceKind> kind_;
};

/// The authors' format has one picture for a case and slice in all tasks. Error(kUsage) naming the tasks of
/// one region whose canvases differ.
void require_one_canvas(const SuitePairs& pairs);

}  // namespace synerbench::reference
