#include "harness/run/outside_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "harness/core/error.h"

namespace synerbench {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

/// A text that stands in a table.
void check_line(const FieldPlace& at, const char* field, const std::string& text) {
  if (text.size() > kMostInALine)
    throw at.error(field,
                   fmt::format("is {} bytes long, at most {} fit into a table", text.size(), kMostInALine));
  if (!text.empty() && text.find_first_not_of(' ') == std::string::npos)
    throw at.error(field, "is blank, and would be an empty place in a table",
                   "write a name, or leave it out");
  if (!is_line(text))
    throw at.error(field, fmt::format("\"{}\" holds what cannot be printed", printable(text)),
                   "write plain text");
}

const Schema<OutsideModel>& model_schema() {
  static const Schema<OutsideModel> table = [] {
    Schema<OutsideModel> s;
    s.text("label", &OutsideModel::label, "as printed; empty: the run's --name");
    s.integer("parameters", &OutsideModel::parameters, 0, kLargest, "inference parameters");
    s.integer("network_evaluations", &OutsideModel::network_evaluations, 0, std::numeric_limits<int>::max(),
              "per slice");
    s.boolean("deterministic", &OutsideModel::deterministic, "false: the predictions depend on a seed");
    s.number("seconds_per_slice", &OutsideModel::seconds_per_slice, kNotNegative,
             "of inference; 0: not said");
    s.text("device", &OutsideModel::device, "the card that they were measured on");
    s.custom(
        "settings", "object", "everything else that changes a number",
        [](OutsideModel& m, JsonObject& object) {
          if (!object.mark("settings")) return;
          const Json& given = object.raw("settings");
          if (!given.is_object()) throw object.error("settings", "an object is wanted");
          for (const auto& [key, value] : given.items()) {
            if (value.is_structured() || value.is_null())
              throw object.error("settings", fmt::format("\"{}\" is no text, number, true or false", key));
            if (!is_line(key) || (value.is_string() && !is_line(value.get<std::string>())))
              throw object.error("settings",
                                 fmt::format("\"{}\" holds what cannot be printed", printable(key)),
                                 "write plain text");
            if (key == "training" || key == "other_grid")
              throw object.error("settings", fmt::format("\"{}\" is a word of the table's own", key),
                                 "give it another name");
          }
          m.settings = given;
        },
        [](OutsideModel& m) { return m.settings; });
    s.object("training", &OutsideModel::training, stated_training_schema(), "how it was trained");
    s.check([](OutsideModel& m, const FieldPlace& at) {
      check_line(at, "label", m.label);
      check_line(at, "device", m.device);
      if (m.seconds_per_slice > 1e6)
        throw at.error("seconds_per_slice",
                       fmt::format("{:g} is more than a slice can take", m.seconds_per_slice));
    });
    return s;
  }();
  return table;
}

}  // namespace

OutsideModel read_outside_model(const std::filesystem::path& file) {
  const Json json = read_json(file);
  if (!json.is_object())
    throw usage_error(file.string(), "is no JSON object",
                      "write {\"parameters\": 1000000, ...}; docs/models.md lists the fields");
  OutsideModel model = model_schema().read(json, file.string());
  model.trained = json.contains("training");
  return model;
}

std::vector<FieldInfo> outside_model_fields() { return model_schema().fields(); }

ModelInfo info_of(const OutsideModel& model, const std::string& label) {
  ModelInfo info;
  info.name = "predictions";
  info.label = model.label.empty() ? label : model.label;
  info.deterministic = model.deterministic;
  info.parameters = model.parameters;
  info.network_evaluations = static_cast<int>(model.network_evaluations);
  info.switches = model.settings;
  if (!model.trained) return info;
  info.switches["training"] = switches_of(model.training);
  return info;
}

}  // namespace synerbench
