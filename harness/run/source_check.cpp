#include "harness/run/source_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench {
namespace {

/// prediction = slope * source + offset, by least squares inside the mask.
struct Line {
  double slope = 0, offset = 0, correlation = 0;  // 0 where one of the two has one value
};

/// The source as it is, or cut to [low, high] as a model sees it.
Line line_through(std::span<const float> source, std::span<const float> prediction,
                  std::span<const uint8_t> mask, double low, double high) {
  double n = 0, ss = 0, sp = 0, sss = 0, spp = 0, ssp = 0;
  // Around a value of each, so that a large offset does not eat the digits of a small spread.
  double s0 = 0, p0 = 0;
  for (size_t v = 0; v < mask.size(); ++v) {
    if (!mask[v]) continue;
    const double value = std::clamp<double>(source[v], low, high);
    if (n == 0) s0 = value, p0 = prediction[v];
    const double s = value - s0, p = prediction[v] - p0;
    n += 1, ss += s, sp += p, sss += s * s, spp += p * p, ssp += s * p;
  }
  if (n == 0) return {};
  const double vs = sss / n - ss / n * (ss / n), vp = spp / n - sp / n * (sp / n);
  if (!(vs > 0) || !(vp > 0)) return {};
  const double both = ssp / n - ss / n * (sp / n), slope = both / vs;
  return {slope, p0 + sp / n - slope * (s0 + ss / n), both / std::sqrt(vs * vp)};
}

}  // namespace

std::vector<std::string> source_remarks(const SliceStore& store, const StoredCase& stored_case,
                                        const Task& task, std::span<const uint8_t> mask,
                                        std::span<const float> prediction) {
  SB_CHECK(mask.size() == prediction.size(), "the prediction has another shape than the mask");
  // Two scans of one patient never agree like this, not even a CT and a CBCT: each has its own noise.
  constexpr double kNearlyAll = 0.99, kOneLine = 0.9999;
  constexpr double kAny = 1e300;
  std::vector<std::string> remarks;
  for (const Modality modality : task.sources()) {
    std::vector<float> source(prediction.size());
    store.volume(stored_case, modality).read(0, stored_case.shape[0], source);
    size_t inside = 0, equal = 0;
    for (size_t v = 0; v < mask.size(); ++v) {
      if (!mask[v]) continue;
      ++inside;
      equal += prediction[v] == source[v];
    }
    if (inside == 0) continue;
    const double share = static_cast<double>(equal) / static_cast<double>(inside);
    if (share >= kNearlyAll) {
      remarks.push_back(
          fmt::format("the prediction is the source: {:.1f} % of the body's voxels have the values of its {}",
                      100 * share, name_of(modality)));
      continue;
    }
    const IntensityMap& map = stored_case.find(modality)->intensity;
    Line line = line_through(source, prediction, mask, -kAny, kAny);
    const Line cut = line_through(source, prediction, mask, map.low, map.high);
    if (std::abs(cut.correlation) > std::abs(line.correlation)) line = cut;
    if (!(std::abs(line.correlation) > kOneLine)) continue;
    remarks.push_back(
        fmt::format("the prediction is the source times {:.4g} plus {:.4g}: inside the body its correlation "
                    "with the {} is {:.5f}",
                    line.slope, line.offset, name_of(modality), line.correlation));
  }
  return remarks;
}

}  // namespace synerbench
