#include "reference/question_set.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/core/provenance.h"
#include "harness/core/random.h"

namespace synerbench::reference {
namespace {

InstanceSource counted(int64_t count, std::function<void()> done, std::function<Instance(int64_t)> make) {
  return [count, done = std::move(done), make = std::move(make),
          next = int64_t{0}]() mutable -> std::optional<Instance> {
    throw_if_interrupted();
    if (next == count) return std::nullopt;
    Instance question = make(next++);
    if (done) done();
    return question;
  };
}

}  // namespace

double usual_unseen_wordings(Split split) { return split == Split::kTest ? 0.5 : 0.0; }

InstanceSettings QuestionChoice::settings() const {
  InstanceSettings own = rules.instances;
  own.unseen_wordings = unseen_wordings;
  return own;
}

Json question_rules(const QuestionChoice& choice) {
  return {{"instances", to_json(choice.rules)["instances"]}, {"unseen_wordings", choice.unseen_wordings}};
}

QuestionSet::QuestionSet(const SuitePairs& pairs, const QuestionChoice& choice)
    : data_(pairs.provenance),
      choice_(choice),
      builder_(pairs.tasks(), choice.settings()),
      kind_(choice.kind == kMixedQuestions ? std::nullopt
                                           : std::optional(parse_question_kind(choice.kind, "--kind"))) {}

InstanceKind QuestionSet::kind_of(int64_t number) const {
  if (kind_) return *kind_;
  Random random(
      combine_seeds(combine_seeds(choice_.seed, seed_from(kMixedQuestions)), static_cast<uint64_t>(number)));
  const Mixture shares = stage_recipe(kMixedQuestions).mixture;
  const double left = random.uniform() * (shares.cts + shares.tia + shares.mi_panel);
  if (left < shares.cts) return InstanceKind::kCts;
  return left < shares.cts + shares.tia ? InstanceKind::kTia : InstanceKind::kMiPanel;
}

Question QuestionSet::question(int64_t number) const {
  return builder_.question(kind_of(number), choice_.seed, number);
}

Instance QuestionSet::tell(int64_t number) const { return builder_.tell(question(number)); }
Instance QuestionSet::show(int64_t number) const { return builder_.show(question(number)); }

InstanceSource QuestionSet::told(int64_t count, std::function<void()> done) const {
  return counted(count, std::move(done), [this](int64_t number) { return tell(number); });
}

InstanceSource QuestionSet::shown(int64_t count, std::function<void()> done) const {
  return counted(count, std::move(done), [this](int64_t number) { return show(number); });
}

Json QuestionSet::provenance() const {
  Json all = {{"data", data_}, {"kind", choice_.kind}, {"seed", choice_.seed}};
  all.update(question_rules(choice_));
  all["build"] = build_provenance();
  return all;
}

void require_one_canvas(const SuitePairs& pairs) {
  std::map<std::string, const SuitePairs::Entry*> first;
  for (const SuitePairs::Entry& entry : pairs.entries) {
    const auto [known, added] = first.try_emplace(entry.task.region, &entry);
    if (!added && synerbench::to_text(known->second->canvas) != synerbench::to_text(entry.canvas)) {
      throw usage_error(entry.task.id,
                        fmt::format("its canvas is {}, that of {} is {}", synerbench::to_text(entry.canvas),
                                    known->second->task.id, synerbench::to_text(known->second->canvas)),
                        "give one for all with --canvas");
    }
  }
}

}  // namespace synerbench::reference
