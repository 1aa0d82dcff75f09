// The little arithmetic behind the trivial models, apart so that it can be tested on numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace synerbench::trivial {

/// Counts of values in [-1, 1], fine enough (2^-15) to be exact for CT stored as whole HU: a median without
/// keeping the values.
class Histogram {
 public:
  Histogram();
  void add(float value);  // values beyond the range count at its ends
  int64_t count() const { return count_; }
  /// The middle of the bin of the lower median; count() must not be 0.
  double median() const;

 private:
  std::vector<int64_t> bins_;
  int64_t count_ = 0;
};

/// y = a + b x by least squares.
struct Line {
  double a = 0, b = 0;
};
class LineFit {
 public:
  void add(double x, double y);
  /// No point: the line is -1 (background). One value of x only: b = 0, a = the mean of y.
  Line fit() const;

 private:
  // Sums around the first point: no cancellation when all values are near each other.
  double x0_ = 0, y0_ = 0, sx_ = 0, sy_ = 0, sxx_ = 0, sxy_ = 0;
  int64_t n_ = 0;
};

/// y = w[0] + w[1] x[0] + w[2] x[1] + ... by least squares: the normal equations, added up in double around
/// the first point.
class LinearFit {
 public:
  explicit LinearFit(size_t inputs);
  void add(std::span<const double> x, double y);
  /// [inputs + 1], the intercept first. An input that is constant, or follows from those before it, gets the
  /// weight 0. No point: the result is -1 (background) everywhere.
  std::vector<double> fit() const;

 private:
  size_t inputs_;
  std::vector<double> first_;  // x and y of the first point
  std::vector<double> shifted_;
  std::vector<double> sum_;      // of each of x and y
  std::vector<double> product_;  // of each two of them
  int64_t n_ = 0;
};

/// Weighted isotonic regression (pool adjacent violators): the non-decreasing values nearest to `values` in
/// the weighted least-squares sense. Weights >= 0; entries of weight 0 take the value of their left neighbor
/// block.
std::vector<double> isotonic(std::span<const double> values, std::span<const double> weights);

/// Mean over a side x side grid of boxes of a square canvas, row-major: what two slices are compared by.
std::vector<float> thumbnail(std::span<const float> pixels, int64_t size, int64_t side);

}  // namespace synerbench::trivial
