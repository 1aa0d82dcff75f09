#include "harness/run/plan.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "harness/core/error.h"
#include "harness/core/random.h"

namespace synerbench {
namespace {

[[noreturn]] void refuse_empty(const Suite& suite, const SliceStore& store) {
  std::set<std::string> held;
  for (const StoredCase& stored_case : store.cases()) {
    std::string text = fmt::format("{} {}", stored_case.region, name_of(stored_case.split));
    for (const StoredVolume& volume : stored_case.volumes)
      text += fmt::format(" {}", name_of(volume.modality));
    held.insert(text);
  }
  std::string list;
  size_t shown = 0;
  for (const std::string& text : held) {
    if (shown++ == 12) {
      list += fmt::format("\n    and {} more", held.size() - 12);
      break;
    }
    list += fmt::format("\n    {}", text);
  }
  throw usage_error(
      store.folder().string(),
      fmt::format("no case for any task of suite {} in the {} split", suite.name, name_of(suite.split)),
      held.empty() ? "the store is empty" : "the store holds (region, split, modalities):" + list);
}

}  // namespace

std::vector<SuiteTask> select_tasks(const Suite& suite, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return suite.tasks;
  std::vector<bool> chosen(suite.tasks.size(), false);
  for (const std::string& pattern : patterns) {
    bool any = false;
    for (size_t i = 0; i < suite.tasks.size(); ++i) {
      if (fnmatch(pattern.c_str(), suite.tasks[i].task.id.c_str(), 0) == 0) chosen[i] = any = true;
    }
    if (any) continue;
    std::vector<std::string> known;
    for (const SuiteTask& task : suite.tasks) known.push_back(task.task.id);
    throw usage_error("tasks", fmt::format("suite {} has no task \"{}\"", suite.name, pattern),
                      did_you_mean(pattern, known));
  }
  std::vector<SuiteTask> tasks;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i]) tasks.push_back(suite.tasks[i]);
  }
  return tasks;
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  const size_t slash = text.find('/');
  const auto number = [](std::string_view part, int64_t* value) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), *value);
    return error == std::errc() && end == part.data() + part.size();
  };
  if (slash == std::string::npos || !number(std::string_view(text).substr(0, slash), &shard.index) ||
      !number(std::string_view(text).substr(slash + 1), &shard.count) || shard.index < 1 ||
      shard.index > shard.count) {
    throw usage_error("shard", fmt::format("\"{}\" is no shard", text),
                      "write i/n with 1 <= i <= n: 1/3, 2/3, 3/3");
  }
  return shard;
}

std::string to_text(const Shard& shard) { return fmt::format("{}/{}", shard.index, shard.count); }

std::vector<const WorkItem*> Plan::shard(const Shard& shard) const {
  std::vector<const WorkItem*> chosen;
  for (const WorkItem& item : items) {
    if (item.index % shard.count == shard.index - 1) chosen.push_back(&item);
  }
  return chosen;
}

Plan make_plan(const Suite& suite, const SliceStore& store, const std::vector<std::string>& models,
               const PlanOptions& options) {
  Plan plan;
  plan.tasks = select_tasks(suite, options.tasks);
  plan.models = models;
  plan.split = suite.split;
  for (size_t t = 0; t < plan.tasks.size(); ++t) {
    const Task& task = plan.tasks[t].task;
    std::vector<const StoredCase*> cases = store.cases_for(task, suite.split);
    if (options.max_cases > 0 && static_cast<int64_t>(cases.size()) > options.max_cases) {
      cases.resize(static_cast<size_t>(options.max_cases));
    }
    plan.cases_per_task.push_back(static_cast<int64_t>(cases.size()));
    for (size_t m = 0; m < models.size(); ++m) {
      for (const StoredCase* stored_case : cases) {
        WorkItem item;
        item.index = static_cast<int64_t>(plan.items.size());
        item.task = t;
        item.model = m;
        item.stored_case = stored_case;
        item.slices = stored_case->shape[0];
        item.key = {task.id, models[m], stored_case->id};
        plan.items.push_back(std::move(item));
      }
    }
  }
  if (!models.empty() && plan.items.empty()) refuse_empty(suite, store);
  return plan;
}

uint64_t slice_seed(uint64_t run_seed, const std::string& task, const SliceKey& slice) {
  return combine_seeds(seed_from(fmt::format("{}|{}|{}", task, slice.scan.text(), run_seed)),
                       static_cast<uint64_t>(slice.slice));
}

std::string describe(const Plan& plan) {
  std::vector<int64_t> slices(plan.tasks.size(), 0);
  for (const WorkItem& item : plan.items) {
    if (item.model == 0) slices[item.task] += item.slices;
  }
  size_t width = 4;
  for (const SuiteTask& task : plan.tasks) width = std::max(width, task.task.id.size());
  std::string text = fmt::format("{:<{}}  {:>6}  {:>7}\n", "task", width, "cases", "slices");
  for (size_t t = 0; t < plan.tasks.size(); ++t) {
    text += fmt::format("{:<{}}  {:>6}  {:>7}\n", plan.tasks[t].task.id, width, plan.cases_per_task[t],
                        slices[t]);
  }
  text += fmt::format("{} item{} for {} model{}\n", plan.items.size(), plan.items.size() == 1 ? "" : "s",
                      plan.models.size(), plan.models.size() == 1 ? "" : "s");
  return text;
}

Json to_json(const Plan& plan, const Shard& shard, uint64_t run_seed) {
  Json json{{"schema", "synerbench/plan"},
            {"schema_version", 1},
            {"split", name_of(plan.split)},
            {"seed", run_seed},
            {"shard", to_text(shard)}};
  json["tasks"] = Json::array();
  for (size_t t = 0; t < plan.tasks.size(); ++t) {
    json["tasks"].push_back(
        {{"id", plan.tasks[t].task.id}, {"group", plan.tasks[t].group}, {"cases", plan.cases_per_task[t]}});
  }
  json["models"] = plan.models;
  json["items"] = Json::array();
  for (const WorkItem* item : plan.shard(shard)) {
    const ItemKey& key = item->key;
    json["items"].push_back({{"index", item->index},
                             {"key", key.text()},
                             {"task", key.task},
                             {"model", key.model},
                             {"case", key.scan.text()},
                             {"slices", item->slices}});
  }
  return json;
}

}  // namespace synerbench
