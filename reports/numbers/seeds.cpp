#include <algorithm>
#include <map>
#include <tuple>

#include "metrics/statistics.h"
#include "reports/numbers/leaderboard.h"

namespace synerbench {
namespace {

/// Everything that has to be equal for two models to differ by their seed alone.
std::string settings_of(const ReportedModel& model) {
  const ReportedTraining& t = *model.training;
  return Json::array({model.name, model.method_label, model.switches, t.covers, t.pairing, t.augmentation,
                      t.batch, t.budget_kind, t.budget_value,
                      // A budget in seconds comes to other updates every time it is measured.
                      t.budget_kind == "seconds" ? 0 : t.least_updates,
                      t.budget_kind == "seconds" ? 0 : t.most_updates})
      .dump();
}

/// `mean_of(model)`: its mean where it is complete.
template <class MeanOf>
std::optional<SeedSpread> spread_of(const SeedGroup& group, MeanOf mean_of) {
  std::vector<double> values;
  for (const size_t model : group.models) {
    const std::optional<double> value = mean_of(model);
    if (!value) return {};
    values.push_back(*value);
  }
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return SeedSpread{static_cast<int64_t>(values.size()), mean(values),
                    standard_deviation(values, 1).value_or(0), *low, *high};
}

}  // namespace

std::vector<SeedGroup> seed_groups(const std::vector<ReportedModel>& models) {
  std::vector<SeedGroup> groups;
  std::map<std::string, size_t> known;
  for (size_t i = 0; i < models.size(); ++i) {
    const ReportedModel& model = models[i];
    if (!model.training || model.training->seeds.size() != 1) continue;
    const auto [at, fresh] = known.emplace(settings_of(model), groups.size());
    if (fresh) groups.push_back({model.method_label, {}});
    std::vector<size_t>& members = groups[at->second].models;
    const auto seed_of = [&](size_t m) { return models[m].training->seeds.front(); };
    const auto same = [&](size_t m) { return seed_of(m) == seed_of(i); };
    // The same seed twice (one model in two runs) is no other seed.
    if (std::none_of(members.begin(), members.end(), same)) members.push_back(i);
    std::sort(members.begin(), members.end(), [&](size_t a, size_t b) { return seed_of(a) < seed_of(b); });
  }
  std::erase_if(groups, [](const SeedGroup& group) { return group.models.size() < 2; });
  return groups;
}

std::vector<SeedGroup> methods_of(const std::vector<ReportedModel>& models) {
  std::vector<SeedGroup> methods = seed_groups(models);
  std::vector<bool> grouped(models.size(), false);
  for (const SeedGroup& group : methods) {
    for (const size_t model : group.models) grouped[model] = true;
  }
  for (size_t i = 0; i < models.size(); ++i) {
    if (!grouped[i]) methods.push_back({models[i].label, {i}});
  }
  const auto first = [](const SeedGroup& group) {
    return *std::min_element(group.models.begin(), group.models.end());
  };
  std::sort(methods.begin(), methods.end(),
            [&](const SeedGroup& a, const SeedGroup& b) { return first(a) < first(b); });
  // Two settings of one method have one label: the models' own tell them apart.
  std::map<std::string, int> uses;
  for (const SeedGroup& method : methods) ++uses[method.label];
  for (SeedGroup& method : methods) {
    if (uses[method.label] > 1 && method.models.size() > 1)
      method.label += " (" + models[method.models.front()].label + " ...)";
  }
  return methods;
}

std::optional<SeedSpread> seed_spread(const SeedGroup& group, const TaskBoard& task) {
  return spread_of(group, [&](size_t model) {
    const Summary& summary = task.row_of(model).summary;
    return summary.complete ? summary.mean : std::nullopt;
  });
}

std::optional<SeedSpread> seed_spread(const SeedGroup& group, const AverageBoard& average) {
  return spread_of(group, [&](size_t model) {
    const AverageRow& row = average.row_of(model);
    return row.complete ? row.mean : std::nullopt;
  });
}

}  // namespace synerbench
