#include "harness/run/case_score.h"

#include <omp.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/parallel.h"
#include "harness/run/pair_source.h"

namespace synerbench {
namespace {

/// Values as a protocol wants them.
std::vector<double> as_wanted(std::span<const float> values, const ProtocolInfo& protocol,
                              const IntensityMap& intensity) {
  std::vector<double> out(values.begin(), values.end());
  if (protocol.values.are_normalized()) {
    const double width = intensity.high - intensity.low;
    for (double& value : out) value = (value - intensity.low) / width;
  }
  return out;
}

/// Sets the number of OpenMP's threads back at the end of a scope.
class OpenmpThreads {
 public:
  OpenmpThreads() : before_(omp_get_max_threads()) {}
  ~OpenmpThreads() { omp_set_num_threads(before_); }
  OpenmpThreads(const OpenmpThreads&) = delete;
  OpenmpThreads& operator=(const OpenmpThreads&) = delete;

 private:
  int before_;
};

Measure measure_of(const ProtocolInfo& protocol, size_t metric, const Score& score) {
  Measure m;
  m.protocol = protocol.id;
  m.metric = protocol.metrics[metric].name;
  if (score.defined()) {
    m.value = score.value();
  } else {
    m.undefined = name_of(score.reason());
  }
  return m;
}

void add_measures(const ProtocolInfo& protocol, const std::vector<Score>& scores,
                  std::vector<Measure>& measures) {
  for (size_t i = 0; i < scores.size(); ++i) measures.push_back(measure_of(protocol, i, scores[i]));
}

Measure mean_over_slices(const ProtocolInfo& protocol, const std::string& metric,
                         const std::vector<SliceScore>& slices) {
  Measure mean;
  mean.protocol = protocol.id;
  mean.metric = metric;
  double sum = 0;
  std::string first_reason = name_of(Undefined::kNoForeground);
  for (const SliceScore& slice : slices) {
    for (const Measure& m : slice.measures) {
      if (m.protocol != protocol.id || m.metric != metric) continue;
      if (m.value) {
        sum += *m.value;
        ++mean.count;
      } else {
        if (mean.undefined_count == 0) first_reason = m.undefined;
        ++mean.undefined_count;
      }
    }
  }
  if (mean.count > 0) {
    mean.value = sum / static_cast<double>(mean.count);
  } else {
    mean.undefined = first_reason;
  }
  return mean;
}

/// The measures of the slices, on as many threads as OpenMP would use here; each slice on one.
void score_slices(const Reference& reference, std::span<const float> prediction,
                  const std::vector<const Protocol*>& protocols, std::vector<SliceScore>& slices) {
  if (protocols.empty()) return;
  const int64_t height = reference.stored_case->shape[1], width = reference.stored_case->shape[2];
  const auto pixels = static_cast<size_t>(height * width);
  const int threads = std::max(1, omp_get_max_threads());
  // Of the calling thread, which is worker 0; the others end with the loop.
  const OpenmpThreads restored;
  parallel_for(slices.size(), threads, [&](size_t i, int /*worker*/) {
    if (threads > 1) omp_set_num_threads(1);
    SliceScore& slice = slices[i];
    const size_t at = static_cast<size_t>(slice.slice) * pixels;
    for (const Protocol* protocol : protocols) {
      const ProtocolInfo& info = protocol->info;
      const auto seen = as_wanted(prediction.subspan(at, pixels), info, reference.intensity);
      const auto wanted =
          as_wanted(std::span(reference.target).subspan(at, pixels), info, reference.intensity);
      const MaskView mask{reference.mask.data() + at, 1, height, width};
      add_measures(
          info, compare(*protocol, {seen.data(), 1, height, width}, {wanted.data(), 1, height, width}, mask),
          slice.measures);
    }
  });
}

}  // namespace

std::vector<std::string> protocols_for(const std::vector<std::string>& protocols, Modality target,
                                       const ProtocolTable& table) {
  std::vector<std::string> chosen;
  for (const std::string& id : protocols) {
    if (table.at(id).info.values.fit(unit_of(target))) chosen.push_back(id);
  }
  return chosen;
}

Reference read_reference(const SliceStore& store, const StoredCase& stored_case, const Task& task) {
  Reference reference;
  reference.stored_case = &stored_case;
  reference.intensity = stored_case.find(task.target)->intensity;
  reference.unit = unit_of(task.target);
  const VolumeView target = store.volume(stored_case, task.target);
  const auto [depth, height, width] = stored_case.shape;
  reference.target.resize(static_cast<size_t>(depth * height * width));
  target.read(0, depth, reference.target);
  reference.mask = store.mask(stored_case);
  reference.foreground = foreground_shares(reference.mask, stored_case.shape);
  const auto largest = std::max_element(reference.foreground.begin(), reference.foreground.end());
  if (largest != reference.foreground.end() && *largest > 0)
    reference.panel_slice = largest - reference.foreground.begin();
  return reference;
}

std::vector<int64_t> slices_to_show(const Reference& reference, int64_t count) {
  SB_CHECK(count >= 1, "at least the panel's slice is shown");
  if (reference.panel_slice < 0) return {};
  std::vector<int64_t> body;
  for (size_t i = 0; i < reference.foreground.size(); ++i) {
    if (reference.foreground[i] > 0) body.push_back(static_cast<int64_t>(i));
  }
  const auto all = static_cast<int64_t>(body.size());
  if (count >= all) return body;
  // The middles of `count` equal parts; the panel's slice stands for the part that it lies in.
  const auto own = std::find(body.begin(), body.end(), reference.panel_slice) - body.begin();
  std::vector<int64_t> shown;
  for (int64_t part = 0; part < count; ++part) {
    const int64_t begin = part * all / count, end = (part + 1) * all / count;
    const int64_t at = own >= begin && own < end ? own : (begin + end) / 2;
    shown.push_back(body[static_cast<size_t>(at)]);
  }
  return shown;
}

CaseScore score_case(const Reference& reference, std::span<const float> prediction,
                     const std::vector<std::string>& protocol_ids, double min_foreground,
                     const ProtocolTable& table) {
  const auto [depth, height, width] = reference.stored_case->shape;
  SB_CHECK(prediction.size() == reference.target.size(),
           "the prediction has another shape than the reference");
  std::vector<const Protocol*> protocols, flat;
  for (const std::string& id : protocol_ids) {
    const Protocol& protocol = table.at(id);
    SB_CHECK(protocol.info.values.fit(reference.unit), id + " compares values in " +
                                                           protocol.info.values.unit() +
                                                           ", the reference is in " + reference.unit);
    protocols.push_back(&protocol);
    if (protocol.info.dimensions == 2) flat.push_back(&protocol);
  }
  CaseScore result;
  for (int64_t d = 0; d < depth; ++d) {
    const double share = reference.foreground[static_cast<size_t>(d)];
    if (share >= min_foreground && share > 0) {
      result.slices.push_back({d, share, {}});
    } else {
      ++result.slices_without_foreground;
    }
  }

  score_slices(reference, prediction, flat, result.slices);

  const auto inside =
      static_cast<int64_t>(std::count(reference.mask.begin(), reference.mask.end(), uint8_t{1}));
  for (const Protocol* protocol : protocols) {
    const ProtocolInfo& info = protocol->info;
    if (info.dimensions == 2) {
      for (const MetricInfo& metric : info.metrics)
        result.measures.push_back(mean_over_slices(info, metric.name, result.slices));
      continue;
    }
    const auto seen = as_wanted(prediction, info, reference.intensity);
    const auto wanted = as_wanted(reference.target, info, reference.intensity);
    const MaskView mask = {reference.mask.data(), depth, height, width};
    const size_t first = result.measures.size();
    add_measures(
        info,
        compare(*protocol, {seen.data(), depth, height, width}, {wanted.data(), depth, height, width}, mask),
        result.measures);
    for (size_t i = first; i < result.measures.size(); ++i) {
      result.measures[i].count = inside;
    }
  }
  return result;
}

}  // namespace synerbench
