#include "reports/numbers/run_remarks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "harness/core/error.h"
#include "harness/run/identity.h"

namespace synerbench {
namespace {

constexpr size_t kMostKinds = 6;  // models from outside may remark on what they like

Json part_of(const RunInput& run, const char* key) {
  const Json& identity = run.results.identity;
  return identity.is_object() && identity.contains(key) ? identity[key] : Json();
}

/// A remark without its numbers: "the prediction is # all over the body".
std::string kind_of(const std::string& remark) {
  const auto at = [&](size_t i) { return i < remark.size() ? remark[i] : ' '; };
  const auto is_digit = [&](size_t i) { return at(i) >= '0' && at(i) <= '9'; };
  std::string kind;
  for (size_t i = 0; i < remark.size(); ++i) {
    if (!is_digit(i)) {
      kind += remark[i];
      continue;
    }
    if (kind.ends_with('-')) kind.pop_back();
    kind += '#';
    // 971.3 and 1e+03 are one number each.
    while (is_digit(i + 1) || ((at(i + 1) == '.' || at(i + 1) == 'e') && is_digit(i + 2)) ||
           (at(i + 1) == 'e' && (at(i + 2) == '+' || at(i + 2) == '-') && is_digit(i + 3)))
      i += is_digit(i + 1) ? 1 : is_digit(i + 2) ? 2 : 3;
  }
  return kind;
}

struct Seen {
  size_t cases = 0;
  std::string first;  // the first of them, as a sentence ends with it

  bool operator==(const Seen&) const = default;
};

/// In the order in which the run has them.
std::vector<std::pair<std::string, Seen>> kinds_in(const CasesOfRun& of) {
  std::vector<std::pair<std::string, Seen>> kinds;
  const auto counts = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const CaseRecord& record : of.run->results.cases) {
    if (!counts(of.models, record.model) || !counts(of.tasks, record.task)) continue;
    std::vector<std::string> of_case;
    for (const std::string& remark : record.remarks) {
      const std::string kind = kind_of(remark);
      if (counts(of_case, kind)) continue;
      of_case.push_back(kind);
      auto known =
          std::find_if(kinds.begin(), kinds.end(), [&](const auto& entry) { return entry.first == kind; });
      if (known == kinds.end()) {
        kinds.push_back(
            {kind,
             {0, fmt::format("{} on {} {}: {}", record.model, record.task, record.scan.text(), remark)}});
        known = kinds.end() - 1;
      }
      ++known->second.cases;
    }
  }
  return kinds;
}

}  // namespace

std::vector<std::string> remarks_on_builds(const std::vector<const RunInput*>& runs) {
  SB_CHECK(!runs.empty(), "there are runs");
  const RunInput& first = *runs.front();
  std::vector<std::string> remarks;
  for (const RunInput* run : runs) {
    const Json builds = part_of(*run, "builds");
    const bool dirty = std::any_of(builds.begin(), builds.end(),
                                   [](const Json& b) { return b.is_object() && b.value("dirty", false); });
    if (dirty)
      remarks.push_back("Run \"" + run->name +
                        "\" was made by a program built from a tree with uncommitted changes.");
    if (builds.size() > 1)
      remarks.push_back("Run \"" + run->name + "\" was made by several builds of the program.");
    for (const char* key : {"seed", "builds"}) {
      const Json ours = part_of(*run, key), theirs = part_of(first, key);
      if (ours == theirs) continue;
      remarks.push_back("Runs \"" + first.name + "\" and \"" + run->name + "\" differ: /" + key +
                        first_difference(theirs, first.name, ours, run->name) + ".");
    }
  }
  return remarks;
}

std::vector<std::string> remarks_on_cases(const std::vector<CasesOfRun>& runs) {
  struct Kind {
    std::vector<std::string> names;  // of runs
    Seen seen;
  };
  std::vector<Kind> kinds;
  for (const CasesOfRun& of : runs) {
    for (const auto& [kind, seen] : kinds_in(of)) {
      const auto same =
          std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return k.seen == seen; });
      if (same == kinds.end()) {
        kinds.push_back({{of.run->name}, seen});
      } else if (same->names.back() != of.run->name) {
        same->names.push_back(of.run->name);
      }
    }
  }
  std::vector<std::string> remarks;
  for (const Kind& kind : kinds) {
    if (remarks.size() == kMostKinds) {
      remarks.push_back(
          fmt::format("{} more kinds of remarks on cases, all in results.json.", kinds.size() - kMostKinds));
      break;
    }
    std::string text = fmt::format("{}: {} case{} remarked on, {}{}", fmt::join(kind.names, " and "),
                                   kind.seen.cases, kind.seen.cases == 1 ? "" : "s",
                                   kind.seen.cases == 1 ? "" : "the first ", kind.seen.first);
    if (!text.ends_with('?') && !text.ends_with('.')) text += '.';
    remarks.push_back(std::move(text));
  }
  return remarks;
}

}  // namespace synerbench
