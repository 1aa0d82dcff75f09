#include "harness/data/import/split.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "harness/core/error.h"

namespace synerbench {
namespace {

// The patient's kind: what tasks it can serve.
std::string signature_of(const std::vector<const DiscoveredCase*>& cases) {
  std::set<std::string> kinds;
  for (const auto* found : cases) {
    std::string kind = found->region;
    for (const auto& volume : found->volumes) kind += fmt::format("+{}", name_of(volume.modality));
    kinds.insert(kind);
  }
  std::string signature;
  for (const auto& kind : kinds) signature += kind + ";";
  return signature;
}

std::map<std::string, Split> ranked_splits(const std::vector<DiscoveredCase>& cases,
                                           const SplitOptions& options, const std::string& dataset) {
  std::map<std::string, std::vector<const DiscoveredCase*>> by_patient;
  for (const auto& found : cases) by_patient[found.patient].push_back(&found);
  std::map<std::string, std::vector<std::pair<double, std::string>>> by_kind;
  for (const auto& [patient, own] : by_patient) {
    by_kind[signature_of(own)].emplace_back(split_position(options.salt, dataset, patient), patient);
  }
  std::map<std::string, Split> splits;
  for (auto& [kind, patients] : by_kind) {
    std::sort(patients.begin(), patients.end());
    const auto n = static_cast<int64_t>(patients.size());
    const auto share = [&](double part, int64_t least_patients) -> int64_t {
      const auto rounded = static_cast<int64_t>(std::floor(static_cast<double>(n) * part + 0.5));
      return part > 0 && n >= least_patients ? std::max<int64_t>(1, rounded) : rounded;
    };
    const int64_t tests = std::min(n, share(options.test, 2));
    const int64_t validations = std::min(n - tests, share(options.validation, 3));
    for (int64_t i = 0; i < n; ++i) {
      splits[patients[static_cast<size_t>(i)].second] = i < tests                 ? Split::kTest
                                                        : i < tests + validations ? Split::kValidation
                                                                                  : Split::kTrain;
    }
  }
  return splits;
}

}  // namespace

SplitRule parse_split_rule(const std::string& text, const std::string& place) {
  if (text == "hash") return SplitRule::kHash;
  if (text == "ranked") return SplitRule::kRanked;
  throw usage_error(place, fmt::format("unknown rule \"{}\"", text), did_you_mean(text, {"hash", "ranked"}));
}

void parse_split_shares(const std::string& text, const std::string& place, SplitOptions& options) {
  double* const shares[] = {&options.train, &options.validation, &options.test};
  const char *at = text.data(), *const end = text.data() + text.size();
  bool read = true;
  for (size_t i = 0; i < 3 && read; ++i) {
    if (i > 0) read = at != end && *at++ == '/';
    const auto result = std::from_chars(at, end, *shares[i]);
    read = read && result.ec == std::errc();
    at = result.ptr;
  }
  if (!read || at != end) {
    throw usage_error(place, fmt::format("\"{}\" is not train/validation/test", text),
                      "for example 70/10/20 or 0.7/0.1/0.2");
  }
  constexpr double kSurelyPercent = 1.5;  // shares add up to 1, percentages to 100
  if (options.train + options.validation + options.test > kSurelyPercent) {
    for (double* share : shares) *share /= 100;
  }
}

void check_split_options(const SplitOptions& options, const std::string& place) {
  for (const double share : {options.train, options.validation, options.test}) {
    if (!(share >= 0 && share <= 1)) {
      throw usage_error(place, fmt::format("a share of {} is not between 0 and 1", share),
                        "for example 0.7,0.1,0.2");
    }
  }
  const double sum = options.train + options.validation + options.test;
  if (std::abs(sum - 1) > 1e-9) {
    throw usage_error(place,
                      fmt::format("the shares {:g}, {:g}, {:g} add up to {:g}, not to 1", options.train,
                                  options.validation, options.test, sum),
                      "give train, validation and test, for example 0.7,0.1,0.2");
  }
}

Json to_json(const SplitOptions& options) {
  Json json;
  json["rule"] = options.rule == SplitRule::kHash ? kHashSplitRule : "ranked split v1";
  json["train"] = options.train;
  json["validation"] = options.validation;
  json["test"] = options.test;
  json["salt"] = options.salt;
  return json;
}

Split hash_split(const SplitOptions& options, const std::string& dataset, const std::string& patient) {
  return split_at(split_position(options.salt, dataset, patient), options.train, options.validation,
                  options.test);
}

void assign_splits(std::vector<DiscoveredCase>& cases, const SplitOptions& options,
                   const std::string& dataset) {
  std::map<std::string, Split> ranked;
  if (options.rule == SplitRule::kRanked) ranked = ranked_splits(cases, options, dataset);
  for (auto& found : cases) {
    if (found.split) continue;
    found.split = options.rule == SplitRule::kRanked ? ranked.at(found.patient)
                                                     : hash_split(options, dataset, found.patient);
  }
}

}  // namespace synerbench
