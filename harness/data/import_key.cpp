#include "harness/data/import_key.h"

#include "harness/core/file.h"

namespace synerbench {

std::string import_key_of(const Json& rules, const KeyedCase& keyed) {
  Json json;
  json["rules"] = rules;
  json["name"] = keyed.name;
  json["patient"] = keyed.patient;
  json["region"] = keyed.region;
  json["group"] = keyed.group;
  json["plane"] = keyed.plane;
  json["split"] = keyed.split;
  json["grid"] = keyed.grid;
  for (const auto& [modality, path, sha256] : keyed.volumes)
    json["volumes"].push_back(Json::array({modality, path, sha256}));
  if (!keyed.mask[0].empty()) json["mask"] = Json::array({keyed.mask[0], keyed.mask[1]});
  return sha256_hex(to_text(json, -1));
}

Json without_consents(Json rules) {
  rules.erase("accept_odd");
  rules.erase("accept_duplicates");
  return rules;
}

}  // namespace synerbench
