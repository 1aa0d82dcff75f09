#include "harness/run/slice_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/data/intensity.h"

namespace synerbench {
namespace {

// A slice counts that has this share of the mask's largest slice, and this many voxels of it.
constexpr double kEnoughBody = 0.1;
constexpr size_t kLeastVoxels = 32;
// What is left to explain must shrink by half, and the fit must be good: anatomy changes slowly from slice to
// slice, and a prediction that follows the reference loosely fits a neighbor as well.
constexpr double kLess = 0.5, kGoodFit = 0.8;

/// One slice of both, inside the mask.
struct Slice {
  int64_t number = 0;
  std::vector<float> seen, wanted;
};

struct Slices {
  int64_t height = 0, width = 0;
  std::vector<Slice> body;  // in order
};

Slices slices_of(const Reference& reference, std::span<const float> prediction) {
  const auto [depth, height, width] = reference.stored_case->shape;
  const auto pixels = static_cast<size_t>(height * width);
  Slices slices{height, width, {}};
  size_t largest = 0;
  for (int64_t d = 0; d < depth; ++d) {
    Slice slice{d, {}, {}};
    for (size_t v = static_cast<size_t>(d) * pixels; v < static_cast<size_t>(d + 1) * pixels; ++v) {
      if (!reference.mask[v]) continue;
      slice.seen.push_back(prediction[v]);
      slice.wanted.push_back(reference.target[v]);
    }
    largest = std::max(largest, slice.seen.size());
    if (slice.seen.size() >= kLeastVoxels) slices.body.push_back(std::move(slice));
  }
  const double least = kEnoughBody * static_cast<double>(largest);
  std::erase_if(slices.body, [&](const Slice& s) { return static_cast<double>(s.seen.size()) < least; });
  return slices;
}

bool flat(std::span<const float> values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return *least == *most;
}

std::string of_all(size_t count, const Slices& slices) {
  return fmt::format("{} of {} slices", count, slices.body.size());
}

// Nobody predicts noise. Against the slice's own spread: in the legs of a PET everything is small.
bool copied(const Slice& slice) {
  constexpr double kSame = 1e-3, kNearlyAll = 0.99, kRounded = 0.5, kFineEnough = 50;
  const double spread = percentile(slice.wanted, 99.5) - percentile(slice.wanted, 0.5);
  if (!(spread > 0)) return false;
  const bool whole =
      std::all_of(slice.seen.begin(), slice.seen.end(), [](float v) { return v == std::trunc(v); });
  const double tolerance = std::max(kSame * spread, whole && spread >= kFineEnough ? kRounded : 0);
  size_t same = 0;
  for (size_t v = 0; v < slice.seen.size(); ++v)
    same += std::abs(static_cast<double>(slice.seen[v]) - slice.wanted[v]) <= tolerance;
  return static_cast<double>(same) >= kNearlyAll * static_cast<double>(slice.seen.size());
}

void remark_on_copied(const Slices& slices, std::vector<std::string>& remarks) {
  size_t count = 0;
  int64_t first = 0;
  for (const Slice& slice : slices.body) {
    if (!copied(slice)) continue;
    if (count++ == 0) first = slice.number;
  }
  if (count == 0) return;
  remarks.push_back(fmt::format("{} are the reference, the first is slice {}. Was the target handed in?",
                                of_all(count, slices), first));
}

// All of them: that is said of the whole prediction.
void remark_on_blank(const Slices& slices, std::vector<std::string>& remarks) {
  size_t count = 0;
  const Slice* first = nullptr;
  for (const Slice& slice : slices.body) {
    if (!flat(slice.seen) || flat(slice.wanted)) continue;
    if (count++ == 0) first = &slice;
  }
  if (count == 0 || count == slices.body.size()) return;
  remarks.push_back(
      fmt::format("{} are {:.4g} all over the body, the first is slice {}: were they not predicted?",
                  of_all(count, slices), first->seen.front(), first->number));
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// How far most of each slice lies above the reference: a model is wrong by about as much everywhere. The last
// slices of an organ may be unlike all others, so the prediction itself has to change there, and in two
// slices at least.
void remark_on_parts(const Slices& slices, std::vector<std::string>& remarks) {
  constexpr double kApart = 2;  // standard deviations of the reference
  constexpr size_t kLeastSlices = 4;
  const size_t count = slices.body.size();
  if (count < kLeastSlices) return;
  std::vector<double> offsets, levels;
  double n = 0, sum = 0, squares = 0;
  for (const Slice& slice : slices.body) {
    std::vector<double> above;
    for (size_t v = 0; v < slice.seen.size(); ++v) {
      const double wanted = slice.wanted[v];
      above.push_back(slice.seen[v] - wanted);
      n += 1, sum += wanted, squares += wanted * wanted;
    }
    offsets.push_back(median(std::move(above)));
    levels.push_back(median({slice.seen.begin(), slice.seen.end()}));
  }
  const double deviation = std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)));
  if (!(deviation > 0)) return;
  // The rest are those around the offset that most slices are near to.
  const auto near = [&](double offset) {
    return std::count_if(offsets.begin(), offsets.end(),
                         [&](double other) { return std::abs(other - offset) <= kApart * deviation / 2; });
  };
  const double rest = *std::max_element(offsets.begin(), offsets.end(),
                                        [&](double a, double b) { return near(a) < near(b); });
  std::vector<double> usual;
  std::vector<size_t> apart;
  for (size_t i = 0; i < count; ++i) {
    if (std::abs(offsets[i] - rest) > kApart * deviation) {
      apart.push_back(i);
    } else {
      usual.push_back(levels[i]);
    }
  }
  if (apart.empty()) return;
  const double level = median(usual);
  std::erase_if(apart, [&](size_t i) { return std::abs(levels[i] - level) <= kApart * deviation; });
  constexpr size_t kLeastApart = 2;
  if (apart.size() < kLeastApart) return;
  const size_t first = apart.front();
  remarks.push_back(
      fmt::format("{} lie {:.4g} {} the others, held against the reference, the first is slice {}: "
                  "are they on another scale?",
                  of_all(apart.size(), slices), std::abs(offsets[first] - rest),
                  offsets[first] > rest ? "above" : "below", slices.body[first].number));
}

/// Pearson's correlation of what was added.
class Fit {
 public:
  void add(double a, double b) { n_ += 1, a_ += a, b_ += b, aa_ += a * a, bb_ += b * b, ab_ += a * b; }
  double value() const {
    const double va = aa_ - a_ * a_ / n_, vb = bb_ - b_ * b_ / n_;
    return n_ > 1 && va > 0 && vb > 0 ? (ab_ - a_ * b_ / n_) / std::sqrt(va * vb) : 0;
  }

 private:
  double n_ = 0, a_ = 0, b_ = 0, aa_ = 0, bb_ = 0, ab_ = 0;
};

bool far_better(double there, double here) { return there >= kGoodFit && 1 - there < kLess * (1 - here); }

/// Every slice averaged into squares of some pixels, 24 along the longer side: enough to know it by.
std::vector<std::vector<float>> small_slices(std::span<const float> values,
                                             const std::array<int64_t, 3>& shape) {
  constexpr int64_t kSide = 24;
  const auto [depth, height, width] = shape;
  const int64_t step = std::max<int64_t>(1, std::max(height, width) / kSide);
  const int64_t rows = height / step, columns = width / step;
  std::vector<std::vector<float>> small;
  for (int64_t d = 0; d < depth; ++d) {
    std::vector<float> slice(static_cast<size_t>(rows * columns));
    for (int64_t h = 0; h < rows * step; ++h) {
      const float* row = values.data() + (d * height + h) * width;
      float* out = slice.data() + h / step * columns;
      for (int64_t w = 0; w < columns * step; ++w) out[w / step] += row[w];
    }
    small.push_back(std::move(slice));
  }
  return small;
}

double fit_of(const std::vector<float>& a, const std::vector<float>& b) {
  Fit fit;
  for (size_t i = 0; i < a.size(); ++i) fit.add(a[i], b[i]);
  return fit.value();
}

void remark_on_order(const Reference& reference, std::span<const float> prediction, const Slices& slices,
                     std::vector<std::string>& remarks) {
  constexpr size_t kLeastSlices = 4;
  if (slices.body.size() < kLeastSlices) return;
  const auto seen = small_slices(prediction, reference.stored_case->shape),
             wanted = small_slices(reference.target, reference.stored_case->shape);
  size_t elsewhere = 0;
  int64_t from = 0, to = 0;             // the first that fits elsewhere
  std::map<int64_t, size_t> distances;  // of those that fit elsewhere
  std::set<int64_t> places;             // where those fit: in another order each has a place of its own
  for (const Slice& slice : slices.body) {
    const auto& own = seen[static_cast<size_t>(slice.number)];
    const double here = fit_of(own, wanted[static_cast<size_t>(slice.number)]);
    double best = here;
    int64_t at = slice.number;
    for (const Slice& other : slices.body) {
      const double there = fit_of(own, wanted[static_cast<size_t>(other.number)]);
      if (there > best) best = there, at = other.number;
    }
    if (at == slice.number || !far_better(best, here)) continue;
    if (elsewhere++ == 0) from = slice.number, to = at;
    ++distances[at - slice.number];
    places.insert(at);
  }
  if (2 * elsewhere < slices.body.size() || 3 * places.size() < 2 * elsewhere) return;
  const auto usual = std::max_element(distances.begin(), distances.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (4 * usual->second >= 3 * elsewhere) {
    remarks.push_back(
        fmt::format("{} fit the reference's slice {} further on far better than their own: is the "
                    "prediction moved by {} slice{}?",
                    of_all(elsewhere, slices), usual->first, std::abs(usual->first),
                    std::abs(usual->first) == 1 ? "" : "s"));
  } else {
    remarks.push_back(
        fmt::format("{} fit another slice of the reference far better than their own (slice {} fits "
                    "{}): are they in another order?",
                    of_all(elsewhere, slices), from, to));
  }
}

void remark_on_place(const Reference& reference, std::span<const float> prediction,
                     std::vector<std::string>& remarks) {
  constexpr int64_t kReach = 6;  // pixels
  constexpr int64_t kEnough = 40000;
  const auto [depth, height, width] = reference.stored_case->shape;
  if (height <= 4 * kReach || width <= 4 * kReach) return;
  int64_t stride = 1;
  while (depth * height * width / stride > kEnough) ++stride;
  const auto fit_at = [&](int64_t rows, int64_t columns) {
    Fit fit;
    const int64_t inner_height = height - 2 * kReach, inner_width = width - 2 * kReach;
    for (int64_t v = 0; v < depth * inner_height * inner_width; v += stride) {
      const int64_t w = v % inner_width + kReach, h = v / inner_width % inner_height + kReach,
                    d = v / (inner_width * inner_height);
      fit.add(reference.target[static_cast<size_t>((d * height + h) * width + w)],
              prediction[static_cast<size_t>((d * height + h + rows) * width + w + columns)]);
    }
    return fit.value();
  };
  const double here = fit_at(0, 0);
  double best = here;
  std::array<int64_t, 2> at{};
  for (int64_t rows = -kReach; rows <= kReach; ++rows) {
    for (int64_t columns = -kReach; columns <= kReach; ++columns) {
      const double there = fit_at(rows, columns);
      if (there > best) best = there, at = {rows, columns};
    }
  }
  if (!far_better(best, here)) return;
  remarks.push_back(fmt::format(
      "moved by {} row{} and {} column{} the prediction fits the reference better: "
      "correlation {:.3f}, as it is {:.3f}",
      -at[0], std::abs(at[0]) == 1 ? "" : "s", -at[1], std::abs(at[1]) == 1 ? "" : "s", best, here));
}

}  // namespace

std::vector<std::string> slice_remarks(const Reference& reference, std::span<const float> prediction) {
  SB_CHECK(prediction.size() == reference.target.size(),
           "the prediction has another shape than the reference");
  const Slices slices = slices_of(reference, prediction);
  std::vector<std::string> remarks;
  remark_on_copied(slices, remarks);
  remark_on_blank(slices, remarks);
  remark_on_parts(slices, remarks);
  remark_on_order(reference, prediction, slices, remarks);
  remark_on_place(reference, prediction, remarks);
  return remarks;
}

}  // namespace synerbench
