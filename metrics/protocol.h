// Named, versioned ways to compare a prediction with its reference, as rows of a table.
//
// A protocol's numbers are comparable with numbers of the same protocol only. A table is passed to whoever
// compares: builtin_protocols() holds those that need nothing but this folder, and with() adds rows from
// anywhere else, for example a learned metric that needs a network.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/image.h"
#include "metrics/score.h"

namespace synerbench {

enum class Direction { kHigherIsBetter, kLowerIsBetter };

/// What is said about a metric wherever it appears: in records, tables, plots, exports and the gate.
struct MetricInfo {
  std::string name;   // in records and files: "ms_ssim"
  std::string label;  // as printed: "MS-SSIM"
  std::string unit;   // "", "dB", "HU", "gray levels"
  int decimals = 4;   // worth printing, in that unit
  Direction direction = Direction::kHigherIsBetter;
  double lower = 0, upper = 1;  // bounds; may be infinite
  std::string description;
};

/// Which values of the images a protocol compares.
class ComparedValues {
 public:
  /// Mapped by the target's intensity map, its low end to 0 and its high end to 1. Not clipped: a protocol
  /// clips where its source does.
  static ComparedValues normalized() { return ComparedValues(""); }
  /// As the volumes hold them, in this unit: "HU". A target in another unit cannot be compared.
  static ComparedValues in(std::string unit) { return ComparedValues(std::move(unit)); }

  bool are_normalized() const { return unit_.empty(); }
  const std::string& unit() const { return unit_; }  // empty when normalized
  /// A target whose physical values are in `unit` can be compared.
  bool fit(std::string_view unit) const { return are_normalized() || unit_ == unit; }
  /// "normalized range", "HU".
  std::string text() const { return are_normalized() ? "normalized range" : unit_; }

 private:
  explicit ComparedValues(std::string unit) : unit_(std::move(unit)) {}
  std::string unit_;
};

struct ProtocolInfo {
  std::string id;  // "synthrad2023@1"
  // 2: called per slice and averaged slices -> patient; 3: called per volume; 0: scores answers to questions
  // and is called for no image (questions.h)
  int dimensions = 3;
  bool needs_mask = false;
  ComparedValues values = ComparedValues::normalized();
  std::string source;                    // which public evaluation or paper it matches
  std::string description;               // range, window, border, mask rule, aggregation in words
  std::vector<MetricInfo> metrics = {};  // in the order of the scores
};

/// What a protocol compares. Prediction and target have one shape and hold the values that the protocol asks
/// for. A null mask means every voxel.
struct ImagePair {
  ImageView prediction, target;
  MaskView mask;
};

/// One row of a table. make_protocol() builds it so that scores and metrics agree.
struct Protocol {
  ProtocolInfo info;
  /// One score per metric of `info`, in its order. May be called from several threads at a time. Call it
  /// through compare(), which checks the pair first.
  std::function<std::vector<Score>(const ImagePair&)> measure;
  /// `measure` itself leaves every score kNotFinite for a pair with a NaN or an infinity anywhere, before
  /// anything is clipped; so compare() need not read the pair for that.
  bool sees_not_finite = false;
};

/// A metric beside the function that computes it, from the pair itself or from what its protocol prepared.
template <class Prepared = ImagePair>
struct MetricRow {
  MetricInfo info;
  std::function<Score(const Prepared&)> measure;
};

/// The protocol of these metrics. `prepare` is called once per pair, for what several metrics share: clipped
/// images, features of a network.
template <class Prepared>
Protocol make_protocol(ProtocolInfo info, std::function<Prepared(const ImagePair&)> prepare,
                       std::vector<MetricRow<Prepared>> metrics) {
  info.metrics.clear();
  for (const MetricRow<Prepared>& metric : metrics) info.metrics.push_back(metric.info);
  return {std::move(info),
          [prepare = std::move(prepare), metrics = std::move(metrics)](const ImagePair& pair) {
            const Prepared prepared = prepare(pair);
            std::vector<Score> scores;
            for (const MetricRow<Prepared>& metric : metrics) scores.push_back(metric.measure(prepared));
            return scores;
          }};
}
/// The protocol of metrics that look at the pair itself.
Protocol make_protocol(ProtocolInfo info, std::vector<MetricRow<>> metrics);

/// Protocols in the order they are listed. A copy is cheap and shares the rows, which stay where they are as
/// long as any copy lives.
class ProtocolTable {
 public:
  /// std::invalid_argument: an id that is not "name@version" in [a-z0-9-], two rows of one id, a row without
  /// metrics, two metrics of one name in a row, dimensions other than 0, 2 and 3, a row without a function.
  explicit ProtocolTable(std::vector<Protocol> rows);

  std::span<const Protocol> rows() const { return *rows_; }
  std::vector<std::string> ids() const;
  /// Null when there is none of that id.
  const Protocol* find(std::string_view id) const;
  /// std::out_of_range, naming those that are known, when there is none.
  const Protocol& at(std::string_view id) const;
  /// These rows and one more. Errors as in the constructor.
  ProtocolTable with(Protocol row) const;

 private:
  std::shared_ptr<const std::vector<Protocol>> rows_;
};

/// The protocols that need no network: see docs/metrics.md.
const ProtocolTable& builtin_protocols();

/// The scores of all metrics of the protocol, in the order of its info. Never throws for data: what cannot be
/// computed is undefined with a reason; a NaN or an infinity anywhere leaves every metric undefined.
/// std::invalid_argument: shapes that differ, a volume for a protocol of slices, or a protocol of answers.
/// std::logic_error: the row's function returned another number of scores than its info has metrics.
std::vector<Score> compare(const Protocol& protocol, const ImageView& prediction, const ImageView& target,
                           const MaskView& mask);

}  // namespace synerbench
