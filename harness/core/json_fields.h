// Fields that the configurations of models and trainings have in common. All give the field's value or, where
// it is left out, `fallback`; a value that does not fit is Error(kUsage) at the field, with what was seen and
// what fits.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/modality.h"

namespace synerbench::fields {

double positive(JsonObject& object, const std::string& key, double fallback);
double not_negative(JsonObject& object, const std::string& key, double fallback);
double below_one(JsonObject& object, const std::string& key, double fallback);  // in [0, 1)

/// "on" or "off".
bool on_or(JsonObject& object, const std::string& key, bool fallback);

struct IntegerList {
  int64_t lowest = 1, highest = 1024;  // of an item
  size_t fewest = 0, most = 8;         // items
};
std::vector<int64_t> integers_or(JsonObject& object, const std::string& key,
                                 const std::vector<int64_t>& fallback, const IntegerList& wanted = {});

/// Two different modalities, ["MRI", "CT"]; nothing when the field is left out or [].
std::optional<std::array<Modality, 2>> modality_pair(JsonObject& object, const std::string& key);

}  // namespace synerbench::fields
