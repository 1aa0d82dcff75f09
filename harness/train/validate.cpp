#include "harness/train/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/random.h"

namespace synerbench {
namespace {

const Protocol& protocol_for(const std::string& id, const ProtocolTable& table) {
  std::vector<std::string> known;
  for (const Protocol& protocol : table.rows()) {
    if (protocol.info.dimensions != 2 || !protocol.info.values.are_normalized()) continue;
    if (protocol.info.id == id) return protocol;
    known.push_back(protocol.info.id);
  }
  throw usage_error("validation", fmt::format("\"{}\" is no protocol for slices in the normalized range", id),
                    did_you_mean(id, known));
}

std::vector<double> to_unit(const std::vector<float>& values) {
  std::vector<double> unit(values.size());
  std::transform(values.begin(), values.end(), unit.begin(),
                 [](float v) { return (static_cast<double>(v) + 1) / 2; });
  return unit;
}

}  // namespace

ValidationScore validate(Synthesizer& model, const Task& task, const PairSource& pairs,
                         const std::string& protocol_id, int64_t limit, double min_foreground,
                         const ProtocolTable& table) {
  const Protocol& protocol = protocol_for(protocol_id, table);
  const ProtocolInfo& info = protocol.info;
  const MetricInfo& metric = info.metrics.front();
  if (metric.direction != Direction::kHigherIsBetter) {
    throw usage_error(
        "validation",
        fmt::format("the first metric of \"{}\", {}, is better when lower", info.id, metric.name),
        "use synermed-2d@2");
  }
  const int64_t height = pairs.height(), width = pairs.width();
  const auto pixels = static_cast<size_t>(height * width);
  const int64_t count = limit > 0 ? std::min(limit, pairs.size()) : pairs.size();

  ValidationScore score;
  std::map<std::string, std::vector<double>> by_patient;
  std::vector<float> source(pixels), target(pixels), prediction(pixels);
  std::vector<uint8_t> mask(pixels);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t index = i * pairs.size() / count;
    pairs.read(index, source, target, mask);
    const auto foreground = std::count_if(mask.begin(), mask.end(), [](uint8_t m) { return m != 0; });
    if (static_cast<double>(foreground) < min_foreground * static_cast<double>(pixels)) {
      ++score.left_out;
      continue;
    }
    const uint64_t seed = seed_from("validation/" + pairs.key(index).text());
    model.synthesize(task, {1, height, width, source}, {&seed, 1}, prediction);
    const std::vector<double> seen = to_unit(prediction), wanted = to_unit(target);
    const ImageView prediction_view{seen.data(), 1, height, width},
        target_view{wanted.data(), 1, height, width};
    const Score value =
        compare(protocol, prediction_view, target_view, {mask.data(), 1, height, width}).front();
    if (value.defined()) {
      by_patient[pairs.patient_of(index)].push_back(value.value());
    } else if (value.reason() == Undefined::kNotFinite) {
      by_patient[pairs.patient_of(index)].push_back(metric.lower);
    } else {
      ++score.left_out;
      continue;
    }
    ++score.slices;
  }
  if (by_patient.empty()) return score;
  double sum = 0;
  for (const auto& [patient, values] : by_patient) {
    sum += std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }
  score.mean = sum / static_cast<double>(by_patient.size());
  return score;
}

}  // namespace synerbench
