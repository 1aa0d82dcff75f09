#include "harness/method/stated_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/core/error.h"
#include "harness/core/schema.h"

namespace synerbench {
namespace {

// Slabs and sources are small numbers; a larger one is a mistake.
constexpr int64_t kMost = 1024;

const Schema<StatedModel>& stated_schema() {
  static const Schema<StatedModel> table = [] {
    Schema<StatedModel> s;
    constexpr int64_t kLarge = std::numeric_limits<int64_t>::max();
    s.text("label", &StatedModel::label, "the model's name as printed");
    s.text("version", &StatedModel::version, "names everything that can change its answers");
    s.text("weights_sha256", &StatedModel::weights_sha256, "SHA-256 of its weights, 64 hex digits");
    s.integer("parameters", &StatedModel::parameters, 0, kLarge, "inference parameters");
    s.integer("network_evaluations", &StatedModel::network_evaluations, 0, std::numeric_limits<int>::max(),
              "per slice");
    s.boolean("deterministic", &StatedModel::deterministic, "the answer does not depend on the seed");
    s.integer("sources", &StatedModel::sources, 0, kMost, "source images; 0: as many as the task has");
    s.integer("neighbors", &StatedModel::neighbors, 0, kMost,
              "slices on either side of the one that is wanted");
    s.boolean("volume", &StatedModel::volume, "all slices of a case at once");
    s.text("canvas", &StatedModel::canvas, "the only canvas that it takes, as 256:pad");
    s.number("low", &StatedModel::low, kAnyNumber, "value of background");
    s.number("high", &StatedModel::high, kAnyNumber, "value of the upper end of an intensity map");
    s.object("training", &StatedModel::training, stated_training_schema(), "how it was trained");
    s.check([](StatedModel& r, const FieldPlace& at) {
      const bool hex = std::all_of(r.weights_sha256.begin(), r.weights_sha256.end(),
                                   [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
      for (const auto& [field, text] : {std::pair{"label", &r.label}, {"version", &r.version}}) {
        if (text->size() > kMostInALine || !is_line(*text))
          throw at.error(field, fmt::format("\"{}\" does not fit into a line of a table", printable(*text)),
                         fmt::format("at most {} bytes of plain text", kMostInALine));
      }
      if (!r.label.empty() && r.label.find_first_not_of(' ') == std::string::npos)
        throw at.error("label", "is blank, and would be an empty place in a table",
                       "write a name, or leave it out");
      if (!r.weights_sha256.empty() && (!hex || r.weights_sha256.size() != 64))
        throw at.error("weights_sha256", fmt::format("\"{}\" is no SHA-256", r.weights_sha256),
                       "64 of the digits 0-9 and a-f, or leave it out");
      if (r.volume && r.neighbors != 0)
        throw at.error("neighbors", "a whole volume has no neighbors", "leave one of the two out");
      if (!(r.low < r.high))
        throw at.error("high", fmt::format("{:g} is not above low, which is {:g}", r.high, r.low));
      if (!std::isfinite(r.high - r.low))
        throw at.error("high", fmt::format("from {:g} to {:g} is too wide a range", r.low, r.high));
    });
    return s;
  }();
  return table;
}

}  // namespace

void StatedModel::to_its_range(std::span<float> pixels) const {
  if (usual_range()) return;
  for (float& x : pixels) x = static_cast<float>(low + (static_cast<double>(x) + 1) / 2 * (high - low));
}

void StatedModel::from_its_range(std::span<float> pixels) const {
  if (usual_range()) return;
  for (float& y : pixels) y = static_cast<float>((static_cast<double>(y) - low) / (high - low) * 2 - 1);
}

void StatedModel::add_training(Json& switches) const {
  if (trained) switches["training"] = switches_of(training);
}

ModelInput StatedModel::input() const { return {sources, volume ? ModelInput::kWholeVolume : neighbors}; }

StatedModel read_stated_model(const Json& json, const std::string& place) {
  StatedModel stated = stated_schema().read(json, place, {}, ExitCode::kBadInput);
  stated.trained = json.is_object() && json.contains("training");
  return stated;
}

}  // namespace synerbench
