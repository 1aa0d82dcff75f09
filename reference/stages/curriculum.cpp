#include "reference/stages/curriculum.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

struct Known {
  const char* name;
  const char* about;
  std::vector<std::pair<double, const char*>> stages;  // share, stage
};

/// UniMedVL's shares are its published thousands of steps. How long the authors of SynerMedGen train each
/// stage is not known: a quarter is our choice for understanding.
const std::vector<Known>& known() {
  static const std::vector<Known> kKnown = {
      {"synermedgen", "understanding aligned with generation, then generation", {{1, "gau"}, {3, "ucg"}}},
      {"bagel", "generation alone, without any medical understanding", {{1, "ucg-all"}}},
      {"unimedvl",
       "foundation, instruction, unified",
       {{85, "unimedvl-foundation"}, {120, "unimedvl-instruction"}, {70, "unimedvl-unified"}}},
      {"traditional", "recognition in place of aligned understanding", {{1, "recognition"}, {3, "ucg"}}},
      {"shuffled",
       "aligned questions with the answers of others, then generation",
       {{1, "shuffled"}, {3, "ucg"}}},
  };
  return kKnown;
}

}  // namespace

std::vector<int64_t> Curriculum::updates(int64_t total, const std::string& place) const {
  const auto count = static_cast<int64_t>(stages.size());
  if (total < count) {
    throw usage_error(place, fmt::format("{} updates for {} stages", total, count),
                      "give every stage at least one");
  }
  double all = 0, sum = 0;
  for (const Stage& stage : stages) all += stage.share;
  std::vector<int64_t> out;
  int64_t given = 0;
  for (int64_t i = 0; i < count; ++i) {
    sum += stages[static_cast<size_t>(i)].share;
    const auto cut = static_cast<int64_t>(std::llround(static_cast<double>(total) * sum / all));
    const int64_t end = std::clamp(cut, given + 1, total - (count - 1 - i));
    out.push_back(end - given);
    given = end;
  }
  return out;
}

std::vector<std::string> curriculum_names() {
  std::vector<std::string> names;
  for (const Known& one : known()) names.emplace_back(one.name);
  return names;
}

Curriculum curriculum_from_json(const Json& json, const Json& common, const std::string& place,
                                const Json& defaults) {
  if (json.is_string()) {
    const std::string name = json.get<std::string>();
    const std::vector<std::string> alone = stage_names();
    if (std::find(alone.begin(), alone.end(), name) == alone.end())
      return curriculum_from_json({{"name", name}}, common, place, defaults);
    const Json stage{{"stage", name}};
    return curriculum_from_json({{"name", name}, {"stages", Json::array({stage})}}, common, place, defaults);
  }
  JsonObject o(json, place, "");
  Curriculum curriculum;
  Json stages = Json::array();
  if (o.has("stages")) {
    curriculum.name = o.text_or("name", "own");
    curriculum.about = o.text_or("about", "");
    stages = o.raw("stages");
    if (!stages.is_array() || stages.empty())
      throw o.error("stages", "a list of at least one stage is wanted");
  } else {
    curriculum.name = o.choice("name", curriculum_names());
    const auto one = std::find_if(known().begin(), known().end(),
                                  [&](const Known& k) { return k.name == curriculum.name; });
    curriculum.about = one->about;
    for (const auto& [share, stage] : one->stages) stages.push_back({{"share", share}, {"stage", stage}});
  }
  o.done();
  for (size_t i = 0; i < stages.size(); ++i) {
    const std::string where = fmt::format("{}: /stages/{}", place, i);
    if (!stages[i].is_object()) throw usage_error(where, "an object is wanted");
    Curriculum::Stage stage;
    Json given = common;
    for (const auto& [key, value] : stages[i].items()) {
      if (key != "share") {
        given[key] = value;
        continue;
      }
      stage.share = value.is_number() ? value.get<double>() : 0;
      if (!std::isfinite(stage.share) || stage.share <= 0)
        throw usage_error(where + "/share", "a number above 0 is wanted");
    }
    Json recipe = defaults;
    recipe.update(given);
    stage.recipe = stage_recipe_from_json(recipe, where);
    stage.open_warmup = !given.contains("warmup");
    stage.open_average = !given.contains("ema_decay");
    curriculum.stages.push_back(std::move(stage));
  }
  return curriculum;
}

Json to_json(const Curriculum& curriculum) {
  Json stages = Json::array();
  for (const auto& stage : curriculum.stages) {
    Json one = {{"share", stage.share}};
    one.update(to_json(stage.recipe));
    stages.push_back(one);
  }
  return {{"name", curriculum.name}, {"about", curriculum.about}, {"stages", stages}};
}

}  // namespace synerbench::reference
