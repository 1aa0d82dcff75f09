#include "harness/data/store_summary.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace synerbench {
namespace {

constexpr Split kSplits[] = {Split::kTrain, Split::kValidation, Split::kTest};

struct Counts {
  int64_t cases = 0, slices = 0, bytes = 0;
  std::set<std::string> patients;
  std::map<Split, std::pair<int64_t, std::set<std::string>>> splits;
  std::map<Modality, int64_t> modalities;
  std::map<std::string, int64_t> groups;
};

using Key = std::pair<std::string, std::string>;  // dataset, region

std::map<Key, Counts> count(const SliceStore& store) {
  std::map<Key, Counts> all;
  for (const auto& stored : store.cases()) {
    auto& counts = all[{stored.id.dataset, stored.region}];
    ++counts.cases;
    counts.slices += stored.shape[0];
    std::error_code code;
    const auto bytes = std::filesystem::file_size(store.folder() / stored.shard, code);
    if (!code) counts.bytes += static_cast<int64_t>(bytes);
    counts.patients.insert(stored.id.patient);
    auto& split = counts.splits[stored.split];
    ++split.first;
    split.second.insert(stored.id.patient);
    for (const auto& volume : stored.volumes) ++counts.modalities[volume.modality];
    if (!stored.group.empty()) ++counts.groups[stored.group];
  }
  return all;
}

std::string size_text(int64_t bytes) {
  const double b = static_cast<double>(bytes);
  if (b >= 1e9) return fmt::format("{:.2f} GB", b / 1e9);
  if (b >= 1e6) return fmt::format("{:.1f} MB", b / 1e6);
  return fmt::format("{:.1f} kB", b / 1e3);
}

std::string modalities_text(const StoredCase& stored) {
  std::string text;
  for (const auto& volume : stored.volumes)
    text += fmt::format("{}{}", text.empty() ? "" : " ", name_of(volume.modality));
  return text;
}

}  // namespace

Json store_info(const SliceStore& store) {
  std::set<Key> patients;
  for (const auto& stored : store.cases()) patients.insert({stored.id.dataset, stored.id.patient});
  const auto all = count(store);
  int64_t bytes = 0;
  for (const auto& [key, counts] : all) bytes += counts.bytes;
  Json json;
  json["folder"] = store.folder().string();
  json["sha256"] = store.sha256();
  json["cases"] = store.cases().size();
  json["patients"] = patients.size();
  json["bytes"] = bytes;
  json["imports"] = store.imports();
  json["regions"] = Json::array();
  for (const auto& [key, counts] : all) {
    Json row;
    row["dataset"] = key.first;
    row["region"] = key.second;
    row["cases"] = counts.cases;
    row["patients"] = counts.patients.size();
    row["slices"] = counts.slices;
    row["bytes"] = counts.bytes;
    for (const Split split : kSplits) {
      const auto found = counts.splits.find(split);
      const bool none = found == counts.splits.end();
      row["splits"][name_of(split)] = Json{{"cases", none ? 0 : found->second.first},
                                           {"patients", none ? 0 : found->second.second.size()}};
    }
    row["modalities"] = Json::object();
    for (const auto& [modality, cases] : counts.modalities) row["modalities"][name_of(modality)] = cases;
    row["groups"] = Json::object();
    for (const auto& [group, cases] : counts.groups) row["groups"][group] = cases;
    json["regions"].push_back(std::move(row));
  }
  return json;
}

std::string store_info_text(const SliceStore& store) {
  const Json info = store_info(store);
  std::string text = fmt::format("store   {}   {} cases, {} patients, {}\n\n", store.sha256().substr(0, 8),
                                 info["cases"].get<int64_t>(), info["patients"].get<int64_t>(),
                                 size_text(info["bytes"].get<int64_t>()));
  const std::map<std::string, std::string> simulated = store.simulated();
  for (const auto& [dataset, cohort] : simulated)
    text += fmt::format("{:<14} simulated patients{}\n", dataset, cohort.empty() ? "" : ", cohort " + cohort);
  if (!simulated.empty()) text += "\n";
  text += fmt::format("{:<14} {:<10} {:>6} {:>8} {:>8} {:>7} {:>11} {:>6} {:>10}   {}\n", "dataset", "region",
                      "cases", "patients", "slices", "train", "validation", "test", "size", "modalities");
  for (const auto& row : info["regions"]) {
    std::string modalities;
    for (const auto& [name, cases] : row["modalities"].items()) {
      modalities += fmt::format("{}{} {}", modalities.empty() ? "" : ", ", name, cases.get<int64_t>());
    }
    const auto in_split = [&](const char* split) { return row["splits"][split]["cases"].get<int64_t>(); };
    text += fmt::format("{:<14} {:<10} {:>6} {:>8} {:>8} {:>7} {:>11} {:>6} {:>10}   {}\n",
                        row["dataset"].get<std::string>(), row["region"].get<std::string>(),
                        row["cases"].get<int64_t>(), row["patients"].get<int64_t>(),
                        row["slices"].get<int64_t>(), in_split("train"), in_split("validation"),
                        in_split("test"), size_text(row["bytes"].get<int64_t>()), modalities);
  }
  return text;
}

Json store_ls(const SliceStore& store) {
  Json rows = Json::array();
  for (const auto& stored : store.cases()) {
    Json row;
    row["id"] = stored.id.text();
    row["patient"] = stored.id.patient;
    row["region"] = stored.region;
    row["group"] = stored.group;
    row["split"] = name_of(stored.split);
    row["plane"] = stored.plane;
    row["shape"] = stored.shape;
    row["spacing"] = stored.spacing;
    row["modalities"] = Json::array();
    for (const auto& volume : stored.volumes) row["modalities"].push_back(name_of(volume.modality));
    row["mask_rule"] = stored.mask_rule;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string store_ls_text(const SliceStore& store) {
  std::vector<std::array<std::string, 7>> rows{
      {"case", "patient", "region", "group", "split", "slices x h x w", "modalities"}};
  for (const auto& stored : store.cases()) {
    rows.push_back({stored.id.text(), stored.id.patient, stored.region,
                    stored.group.empty() ? "-" : stored.group, name_of(stored.split),
                    fmt::format("{} x {} x {}", stored.shape[0], stored.shape[1], stored.shape[2]),
                    modalities_text(stored)});
  }
  std::array<size_t, 7> widths{};
  for (const auto& row : rows) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (size_t c = 0; c + 1 < row.size(); ++c) text += fmt::format("{:<{}}  ", row[c], widths[c]);
    text += row.back() + "\n";
  }
  return text;
}

}  // namespace synerbench
