#include "harness/run/admission.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "harness/core/error.h"
#include "harness/data/content.h"

namespace synerbench {
namespace {

constexpr size_t kShown = 3;  // of a list in a message

/// "a, b, c and 4 more"
template <class List>
std::string shortened(const List& list) {
  std::vector<std::string> shown;
  for (const std::string& text : list) {
    if (shown.size() < kShown) shown.push_back(text);
  }
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (list.size() > kShown) text += fmt::format(" and {} more", list.size() - kShown);
  return text;
}

std::set<std::string> common(const std::set<std::string>& a, const std::vector<std::string>& b) {
  std::set<std::string> both;
  for (const std::string& text : b) {
    if (a.contains(text)) both.insert(text);
  }
  return both;
}

bool share_one(const std::set<std::string>& a, const std::set<std::string>& b) {
  const bool fewer = a.size() < b.size();
  const std::set<std::string>&few = fewer ? a : b, &many = fewer ? b : a;
  return std::any_of(few.begin(), few.end(), [&](const std::string& text) { return many.contains(text); });
}

}  // namespace

const Task& route_for(const ModelInfo& info, const SuiteTask& task) {
  if (!task.transfer || info.fits == FitsOn::kOwnDomain) return task.task;
  const bool knows_only_its_own = !info.tasks.empty() && info.tasks.contains(task.transfer->id);
  return info.fits == FitsOn::kTrainingPairs || knows_only_its_own ? *task.transfer : task.task;
}

LineageCheck::LineageCheck(const Suite& suite, const SliceStore& store) : suite_(suite) {
  if (suite.lineage == LineageRule::kAny) return;
  for (const SuiteTask& task : suite.tasks) {
    for (const StoredCase* stored : store.cases_for(task.task)) {
      data_sets_.insert(stored->id.dataset);
      for (const StoredVolume& volume : stored->volumes) {
        for (const std::string& hash : hashes_of(volume)) scans_.insert(hash);
      }
    }
  }
}

/// What a training did that the rule forbids; empty: nothing.
std::string LineageCheck::violation_of(const TrainingOrigin& training) const {
  if (suite_.lineage == LineageRule::kZeroShot) {
    std::set<std::string> data_sets, tasks;
    for (const LearnedRoute& route : training.synthesis) {
      if (!data_sets_.contains(route.data_set)) continue;
      data_sets.insert(route.data_set);
      tasks.insert(route.task);
    }
    if (tasks.empty()) return "";
    return fmt::format("learned synthesis of {} ({})", fmt::join(data_sets, ", "), shortened(tasks));
  }
  std::vector<std::string> samples;
  for (const SampleKind kind : training.samples) samples.push_back(info_of(kind).name);
  const std::set<std::string> seen = common(data_sets_, training.data_sets);
  if (!seen.empty())
    return fmt::format("saw patients of {} ({})", fmt::join(seen, ", "), fmt::join(samples, ", "));
  if (training.scans && share_one(*training.scans, scans_)) {
    return fmt::format("saw scans of {} under another name ({})", fmt::join(data_sets_, ", "),
                       fmt::join(samples, ", "));
  }
  return "";
}

void LineageCheck::require(const std::string& model, const ModelInfo& info,
                           const std::vector<SuiteTask>& tasks) const {
  if (suite_.lineage == LineageRule::kAny) return;
  const LineageRuleInfo& rule = info_of(suite_.lineage);
  const auto refuse = [&](const std::string& who, const std::string& what) {
    throw usage_error(
        fmt::format("model \"{}\"", model),
        fmt::format("suite {} does not admit it: {} {}", suite_.name, who, what),
        fmt::format("rule \"{}\": {} ({}). Run weights from before that training, or another suite; nothing "
                    "has been written",
                    rule.name, rule.meaning, fmt::join(data_sets_, ", ")));
  };
  for (const SuiteTask& task : tasks) {
    const Lineage* lineage = lineage_for(info, route_for(info, task).id);
    if (!lineage) continue;
    for (size_t i = 0; i < lineage->trainings.size(); ++i) {
      const TrainingOrigin& training = lineage->trainings[i];
      const std::string what = violation_of(training);
      if (!what.empty())
        refuse(fmt::format("{}{}", i == 0 ? "the training of " : "its ancestor ", training.title()), what);
    }
  }
  const bool unrecorded = info.lineages.empty() && info.trained_on;
  if (suite_.lineage == LineageRule::kUnseen && unrecorded && share_one(*info.trained_on, scans_))
    refuse("its training", fmt::format("saw scans of {}", fmt::join(data_sets_, ", ")));
}

Standing standing_of(const Json& info, const std::string& place) {
  using Kind = Standing::Kind;
  if (!info.is_object()) return {Kind::kDeclared, name_of(Kind::kDeclared)};
  const std::string fitted = info.value("fitted", "");
  if (fitted == "truth") return {Kind::kOracle, "oracle, told the answer"};
  if (info.value("trivial", false)) {
    if (fitted.empty()) return {Kind::kFloor, "floor, learns nothing"};
    return {Kind::kFloor, fitted == "own-domain" ? "floor, fitted on pairs in the domain; not zero-shot"
                                                 : "floor, fitted on training pairs; not zero-shot"};
  }
  if (!info.contains("lineages")) return {Kind::kDeclared, name_of(Kind::kDeclared)};
  std::vector<Lineage> lineages = lineages_from_json(info.at("lineages"), place);
  std::string words = in_words(lineages);
  return {Kind::kRecorded, std::move(words), std::move(lineages)};
}

std::string name_of(Standing::Kind kind) {
  switch (kind) {
    case Standing::Kind::kRecorded:
      return "recorded";
    case Standing::Kind::kFloor:
      return "floor";
    case Standing::Kind::kOracle:
      return "oracle";
    case Standing::Kind::kDeclared:
      break;
  }
  return "declared by the user";
}

}  // namespace synerbench
