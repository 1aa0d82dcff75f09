#include "metrics/questions.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace synerbench {
namespace {

constexpr const char* kId = "understanding@1";

struct DistanceRange {
  const char *metric, *label, *words;
};

// Those of distance_range() in reference/understanding; a test holds them together.
constexpr DistanceRange kRanges[] = {
    {"accuracy_distance_1", "Accuracy, 1 slice apart", "1 slice"},
    {"accuracy_distance_2", "Accuracy, 2 slices apart", "2 slices"},
    {"accuracy_distance_3_4", "Accuracy, 3 to 4 slices apart", "3 to 4 slices"},
    {"accuracy_distance_5_8", "Accuracy, 5 to 8 slices apart", "5 to 8 slices"},
    {"accuracy_distance_9", "Accuracy, 9 slices or more apart", "9 slices or more"}};

MetricInfo accuracy(const char* name, const char* label, std::string description) {
  return {name, label, "", 3, Direction::kHigherIsBetter, 0, 1, std::move(description)};
}

}  // namespace

const char* counted_in(const ProtocolInfo& protocol) {
  return protocol.dimensions == 0 ? "question" : "slice";
}
const char* counted_in(const std::string& protocol_id) { return protocol_id == kId ? "question" : "slice"; }

Protocol questions_protocol() {
  ProtocolInfo info{.id = kId,
                    .dimensions = 0,
                    .source = "the three tasks of SynerMedGen's Stage I",
                    .description =
                        "Questions about slices, answered in words. A lettered answer is right or wrong; a "
                        "panel's share of "
                        "right names counts. A patient's questions are averaged, then the patients."};
  info.metrics.push_back(accuracy("accuracy", "Accuracy", "share of right answers to a patient's questions"));
  for (const DistanceRange& range : kRanges) {
    info.metrics.push_back(accuracy(
        range.metric, range.label,
        std::string("share of right answers where the nearest wrong candidate is ") + range.words + " away"));
  }
  return {std::move(info), [](const ImagePair&) -> std::vector<Score> {
            throw std::logic_error("understanding@1 scores answers, not images");
          }};
}

}  // namespace synerbench
