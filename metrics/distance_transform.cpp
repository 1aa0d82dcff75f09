#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "metrics/detail/checks.h"
#include "metrics/surface_distance.h"

namespace synerbench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Squared distances along one line: result[q] = min over p of values[p] + (spacing (q - p))^2, the lower
/// envelope of parabolas (Felzenszwalb and Huttenlocher 2012, section 2.1). Infinite values are no parabolas.
class Envelope {
 public:
  explicit Envelope(int64_t longest)
      : apex_(static_cast<size_t>(longest)),
        start_(static_cast<size_t>(longest)),
        line_(static_cast<size_t>(longest)) {}

  /// In place, on the `n` values at values[0], values[stride], ...
  void run(double* values, int64_t n, int64_t stride, double spacing) {
    const double square = spacing * spacing;
    for (int64_t q = 0; q < n; ++q) line_[q] = values[q * stride];
    int64_t top = -1;  // parabolas on the envelope, less one
    for (int64_t q = 0; q < n; ++q) {
      if (line_[q] == kInfinity) continue;
      double from = -kInfinity;  // where the parabola at q begins to be the lowest
      while (top >= 0) {
        const double p = static_cast<double>(apex_[top]), x = static_cast<double>(q);
        from = ((line_[q] - line_[apex_[top]]) / square + x * x - p * p) / (2 * (x - p));
        if (from > start_[top]) break;
        --top;
      }
      if (top < 0) from = -kInfinity;
      apex_[++top] = q;
      start_[top] = from;
    }
    if (top < 0) return;  // no seed on this line yet: all stay infinite
    int64_t k = 0;
    for (int64_t q = 0; q < n; ++q) {
      while (k < top && start_[k + 1] < static_cast<double>(q)) ++k;
      const double offset = spacing * static_cast<double>(q - apex_[k]);
      values[q * stride] = line_[apex_[k]] + offset * offset;
    }
  }

 private:
  std::vector<int64_t> apex_;
  std::vector<double> start_;
  std::vector<double> line_;
};

/// All lines of one axis: `lines` of them, line i starting at first(i).
template <class First>
void run_lines(std::vector<double>& values, int64_t lines, First&& first, int64_t n, int64_t stride,
               double spacing) {
#pragma omp parallel if (lines * n > 32768)
  {
    Envelope envelope(n);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < lines; ++i) envelope.run(values.data() + first(i), n, stride, spacing);
  }
}

}  // namespace

std::vector<double> distance_transform(const MaskView& seeds, const VoxelSize& size) {
  detail::require_same_shape(seeds, seeds);
  for (const double side : {size.depth, size.height, size.width}) {
    if (!std::isfinite(side) || side <= 0) {
      throw std::invalid_argument("voxel size " + std::to_string(side) + " mm seen, a number above 0 wanted");
    }
  }
  const int64_t depth = seeds.depth, height = seeds.height, width = seeds.width, plane = height * width;
  std::vector<double> squared(static_cast<size_t>(depth * plane));
  for (size_t i = 0; i < squared.size(); ++i) squared[i] = seeds.data[i] != 0 ? 0.0 : kInfinity;
  run_lines(
      squared, depth * height, [=](int64_t i) { return i * width; }, width, 1, size.width);
  run_lines(
      squared, depth * width, [=](int64_t i) { return i / width * plane + i % width; }, height, width,
      size.height);
  if (depth > 1)
    run_lines(
        squared, plane, [](int64_t i) { return i; }, depth, plane, size.depth);
  for (double& value : squared) value = std::sqrt(value);
  return squared;
}

}  // namespace synerbench
