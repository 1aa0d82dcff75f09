#include "harness/core/modality.h"

#include <fmt/format.h>

#include <array>

#include "harness/core/error.h"
#include "harness/core/vocabulary.h"

namespace synerbench {
namespace {

struct Row {
  Modality modality;
  const char* name;
  const char* id;
  const char* unit;
};
constexpr std::array<Row, 10> kRows{{
    {Modality::kCBCT, "CBCT", "cbct", "HU"},
    {Modality::kCT, "CT", "ct", "HU"},
    {Modality::kMRI, "MRI", "mr", "a.u."},
    {Modality::kPET, "PET", "pet", "SUV"},
    {Modality::kT1, "T1", "t1", "a.u."},
    {Modality::kT1c, "T1c", "t1c", "a.u."},
    {Modality::kT2, "T2", "t2", "a.u."},
    {Modality::kFLAIR, "FLAIR", "flair", "a.u."},
    {Modality::kBSSFP, "bSSFP", "bssfp", "a.u."},
    {Modality::kLGE, "LGE", "lge", "a.u."},
}};

const Row& row_of(Modality modality) {
  for (const auto& row : kRows) {
    if (row.modality == modality) return row;
  }
  check_failed("known modality", __FILE__, __LINE__, std::to_string(static_cast<int>(modality)));
}

}  // namespace

const std::vector<Modality>& all_modalities() {
  static const std::vector<Modality> all = [] {
    std::vector<Modality> list;
    for (const auto& row : kRows) list.push_back(row.modality);
    return list;
  }();
  return all;
}

std::vector<std::string> modality_names() {
  std::vector<std::string> names;
  for (const auto& row : kRows) names.emplace_back(row.name);
  return names;
}

// What a data file has added is asked first: see Note [Words of a process].
std::string name_of(Modality modality) {
  const auto* added = definition_of(modality);
  return added != nullptr ? added->name : row_of(modality).name;
}
std::string id_of(Modality modality) {
  const auto* added = definition_of(modality);
  return added != nullptr ? added->id : row_of(modality).id;
}
std::string unit_of(Modality modality) {
  const auto* added = definition_of(modality);
  return added != nullptr ? added->unit : row_of(modality).unit;
}
bool has_physical_unit(Modality modality) { return unit_of(modality) != "a.u."; }

Modality parse_modality(std::string_view name, const std::string& place) {
  for (const auto& row : kRows) {
    if (name == row.name) return row.modality;
  }
  for (const Modality modality : known_modalities()) {
    if (name == name_of(modality)) return modality;
  }
  throw usage_error(place, fmt::format("unknown modality \"{}\"", name),
                    unknown_word_hint(name, known_modality_names()));
}

const std::vector<std::string>& region_names() {
  static const std::vector<std::string> names{"brain",     "pelvis", "wb",    "brats", "abdomen",
                                              "head-neck", "thorax", "heart", "sts"};
  return names;
}

std::string make_task_id(std::string_view region, Modality source, Modality target) {
  return make_task_id(region, std::vector{source}, target);
}

std::string make_task_id(std::string_view region, const std::vector<Modality>& sources, Modality target) {
  std::string ids;
  for (const Modality source : sources) ids += (ids.empty() ? "" : "+") + id_of(source);
  return fmt::format("{}-{}-to-{}", region, ids, id_of(target));
}

std::vector<Modality> Task::sources() const {
  std::vector<Modality> all{source};
  all.insert(all.end(), more_sources.begin(), more_sources.end());
  return all;
}

std::string Task::sources_text() const {
  std::string text;
  for (const Modality modality : sources()) text += (text.empty() ? "" : " + ") + name_of(modality);
  return text;
}

}  // namespace synerbench
