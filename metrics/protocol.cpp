#include "metrics/protocol.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "metrics/detail/checks.h"

namespace synerbench {
namespace {

bool is_versioned_name(const std::string& id) {
  const size_t at = id.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == id.size()) return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == at &&
         id.find_first_not_of("0123456789", at + 1) == std::string::npos;
}

void check_row(const Protocol& row) {
  const ProtocolInfo& info = row.info;
  const auto refuse = [&](const std::string& problem) {
    throw std::invalid_argument("protocol \"" + info.id + "\": " + problem);
  };
  if (!is_versioned_name(info.id)) refuse("an id is a name and a version, as in \"synthrad2023@1\"");
  if (info.dimensions != 0 && info.dimensions != 2 && info.dimensions != 3)
    refuse("dimensions are 2 or 3, or 0 of answers");
  if (info.metrics.empty()) refuse("it has no metrics");
  if (!row.measure) refuse("it has no function");
  std::set<std::string> names;
  for (const MetricInfo& metric : info.metrics) {
    if (!names.insert(metric.name).second) refuse("two metrics are named \"" + metric.name + "\"");
  }
}

}  // namespace

Protocol make_protocol(ProtocolInfo info, std::vector<MetricRow<>> metrics) {
  return make_protocol<ImagePair>(
      std::move(info), [](const ImagePair& pair) { return pair; }, std::move(metrics));
}

ProtocolTable::ProtocolTable(std::vector<Protocol> rows) {
  std::set<std::string> ids;
  for (const Protocol& row : rows) {
    check_row(row);
    if (!ids.insert(row.info.id).second)
      throw std::invalid_argument("two protocols are named \"" + row.info.id + "\"");
  }
  rows_ = std::make_shared<const std::vector<Protocol>>(std::move(rows));
}

std::vector<std::string> ProtocolTable::ids() const {
  std::vector<std::string> ids;
  for (const Protocol& row : *rows_) ids.push_back(row.info.id);
  return ids;
}

const Protocol* ProtocolTable::find(std::string_view id) const {
  const auto row =
      std::find_if(rows_->begin(), rows_->end(), [&](const Protocol& r) { return r.info.id == id; });
  return row == rows_->end() ? nullptr : &*row;
}

const Protocol& ProtocolTable::at(std::string_view id) const {
  if (const Protocol* row = find(id)) return *row;
  std::string known;
  for (const std::string& name : ids()) known += " " + name;
  throw std::out_of_range("unknown protocol \"" + std::string(id) + "\"; known:" + known);
}

ProtocolTable ProtocolTable::with(Protocol row) const {
  std::vector<Protocol> rows = *rows_;
  rows.push_back(std::move(row));
  return ProtocolTable(std::move(rows));
}

std::vector<Score> compare(const Protocol& protocol, const ImageView& prediction, const ImageView& target,
                           const MaskView& mask) {
  const ProtocolInfo& info = protocol.info;
  if (info.dimensions == 0) throw std::invalid_argument(info.id + " scores answers, not images");
  detail::require_same_shape(prediction, target, mask);
  if (info.dimensions == 2 && target.depth != 1) {
    throw std::invalid_argument(info.id + " compares slices; a volume of " + std::to_string(target.depth) +
                                " slices was given");
  }
  // Before anything is clipped: a clip would turn an infinity into a harmless number.
  if (!protocol.sees_not_finite && !(detail::all_finite(prediction) && detail::all_finite(target))) {
    return std::vector<Score>(info.metrics.size(), Undefined::kNotFinite);
  }
  std::vector<Score> scores = protocol.measure({prediction, target, mask});
  if (scores.size() != info.metrics.size()) {
    throw std::logic_error(info.id + " has " + std::to_string(info.metrics.size()) +
                           " metrics but returned " + std::to_string(scores.size()) + " scores");
  }
  return scores;
}

}  // namespace synerbench
