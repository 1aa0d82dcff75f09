#include "harness/core/json_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"

namespace synerbench::fields {

double positive(JsonObject& object, const std::string& key, double fallback) {
  const double value = object.number_or(key, fallback);
  if (!(value > 0)) throw usage_error(object.where(key), fmt::format("{} is not above 0", value));
  return value;
}

double not_negative(JsonObject& object, const std::string& key, double fallback) {
  const double value = object.number_or(key, fallback);
  if (!(value >= 0)) throw usage_error(object.where(key), fmt::format("{} is negative", value));
  return value;
}

double below_one(JsonObject& object, const std::string& key, double fallback) {
  const double value = object.number_or(key, fallback);
  if (!(value >= 0 && value < 1))
    throw usage_error(object.where(key), fmt::format("{} is not in [0, 1)", value));
  return value;
}

bool on_or(JsonObject& object, const std::string& key, bool fallback) {
  return object.choice_or(key, {"on", "off"}, fallback ? "on" : "off") == "on";
}

std::vector<int64_t> integers_or(JsonObject& object, const std::string& key,
                                 const std::vector<int64_t>& fallback, const IntegerList& wanted) {
  if (!object.has(key)) return fallback;
  const Json& list = object.raw(key);
  const auto fits = [&](const Json& item) {
    return item.is_number_integer() && item.get<int64_t>() >= wanted.lowest &&
           item.get<int64_t>() <= wanted.highest;
  };
  if (!list.is_array() || list.size() < wanted.fewest || list.size() > wanted.most ||
      !std::all_of(list.begin(), list.end(), fits)) {
    throw usage_error(object.where(key),
                      fmt::format("{} is no list of whole numbers from {} to {}", to_text(list, -1),
                                  wanted.lowest, wanted.highest),
                      fmt::format("for example [1, 2, 4]; {} to {} of them", wanted.fewest, wanted.most));
  }
  return list.get<std::vector<int64_t>>();
}

std::optional<std::array<Modality, 2>> modality_pair(JsonObject& object, const std::string& key) {
  const std::vector<std::string> names = object.texts_or(key, {});
  if (names.empty()) return {};
  const std::string place = object.where(key);
  if (names.size() != 2) {
    throw usage_error(place, fmt::format("{} modalities", names.size()), "two are wanted: [\"MRI\", \"CT\"]");
  }
  const std::array<Modality, 2> pair{parse_modality(names[0], place), parse_modality(names[1], place)};
  if (pair[0] == pair[1])
    throw usage_error(place, fmt::format("\"{}\" twice", names[0]), "two different modalities are wanted");
  return pair;
}

}  // namespace synerbench::fields
