#include "baselines/trivial/fit.h"

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench::trivial {
namespace {

constexpr int64_t kBinsPerUnit = 1 << 14;  // 32 769 bins over [-1, 1]: 0.12 HU wide for CT

}  // namespace

Histogram::Histogram() : bins_(2 * kBinsPerUnit + 1, 0) {}

void Histogram::add(float value) {
  const double place = (std::clamp(static_cast<double>(value), -1.0, 1.0) + 1) * kBinsPerUnit;
  ++bins_[static_cast<size_t>(std::lround(place))];
  ++count_;
}

double Histogram::median() const {
  SB_CHECK(count_ > 0, "the median of nothing");
  int64_t below = 0;
  for (size_t bin = 0; bin < bins_.size(); ++bin) {
    below += bins_[bin];
    if (2 * below >= count_) return static_cast<double>(bin) / kBinsPerUnit - 1;
  }
  return 1;
}

void LineFit::add(double x, double y) {
  if (n_ == 0) {
    x0_ = x;
    y0_ = y;
  }
  x -= x0_;
  y -= y0_;
  ++n_;
  sx_ += x;
  sy_ += y;
  sxx_ += x * x;
  sxy_ += x * y;
}

Line LineFit::fit() const {
  if (n_ == 0) return {-1, 0};
  const auto n = static_cast<double>(n_);
  const double variance = sxx_ - sx_ * sx_ / n;
  Line line;
  if (variance > 1e-12 * n) line.b = (sxy_ - sx_ * sy_ / n) / variance;
  line.a = y0_ + sy_ / n - line.b * (x0_ + sx_ / n);
  return line;
}

LinearFit::LinearFit(size_t inputs)
    : inputs_(inputs),
      first_(inputs + 1),
      shifted_(inputs + 1),
      sum_(inputs + 1),
      product_((inputs + 1) * (inputs + 1)) {}

void LinearFit::add(std::span<const double> x, double y) {
  SB_CHECK(x.size() == inputs_, "one value of each input");
  const size_t width = inputs_ + 1;
  if (n_++ == 0) {
    std::ranges::copy(x, first_.begin());
    first_[inputs_] = y;
  }
  for (size_t i = 0; i < width; ++i) shifted_[i] = (i < inputs_ ? x[i] : y) - first_[i];
  for (size_t i = 0; i < width; ++i) {
    sum_[i] += shifted_[i];
    for (size_t j = 0; j <= i; ++j) product_[i * width + j] += shifted_[i] * shifted_[j];
  }
}

std::vector<double> LinearFit::fit() const {
  std::vector<double> weights(inputs_ + 1, 0.0);
  if (n_ == 0) {
    weights[0] = -1;
    return weights;
  }
  const size_t width = inputs_ + 1;
  const auto n = static_cast<double>(n_);
  // Covariances times n; the last column is that with y. Then Cholesky: L L^T = covariances of the inputs.
  const auto covariance = [&](size_t i, size_t j) {
    return product_[std::max(i, j) * width + std::min(i, j)] - sum_[i] * sum_[j] / n;
  };
  std::vector<double> lower(width * width, 0.0);
  std::vector<bool> used(inputs_, false);
  for (size_t i = 0; i < width; ++i) {
    for (size_t j = 0; j < std::min(i + 1, inputs_); ++j) {
      double rest = covariance(i, j);
      for (size_t k = 0; k < j; ++k) rest -= lower[i * width + k] * lower[j * width + k];
      if (i == j) {
        // What is left of the variance after the inputs before it; rounding leaves some 1e-16 of it.
        used[i] = rest > 1e-10 * covariance(i, i) && covariance(i, i) > 1e-12 * n;
        lower[i * width + i] = used[i] ? std::sqrt(rest) : 0;
      } else {
        lower[i * width + j] = used[j] ? rest / lower[j * width + j] : 0;
      }
    }
  }
  weights[0] = first_[inputs_] + sum_[inputs_] / n;
  for (size_t i = inputs_; i-- > 0;) {
    if (!used[i]) continue;
    double rest = lower[inputs_ * width + i];
    for (size_t k = i + 1; k < inputs_; ++k) rest -= lower[k * width + i] * weights[k + 1];
    weights[i + 1] = rest / lower[i * width + i];
  }
  for (size_t i = 0; i < inputs_; ++i) weights[0] -= weights[i + 1] * (first_[i] + sum_[i] / n);
  return weights;
}

std::vector<double> isotonic(std::span<const double> values, std::span<const double> weights) {
  SB_CHECK(values.size() == weights.size(), "one weight per value");
  struct Block {
    double sum, weight;  // weighted sum of values
    size_t length;
    double mean() const { return sum / weight; }
  };
  std::vector<Block> blocks;
  size_t leading = 0;  // weightless entries before the first block
  for (size_t i = 0; i < values.size(); ++i) {
    if (weights[i] <= 0) {
      if (blocks.empty()) {
        ++leading;
      } else {
        ++blocks.back().length;
      }
      continue;
    }
    blocks.push_back({values[i] * weights[i], weights[i], 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() >= blocks.back().mean()) {
      Block last = blocks.back();
      blocks.pop_back();
      blocks.back().sum += last.sum;
      blocks.back().weight += last.weight;
      blocks.back().length += last.length;
    }
  }
  if (blocks.empty()) return std::vector<double>(values.size(), -1);
  blocks.front().length += leading;
  std::vector<double> out;
  out.reserve(values.size());
  for (const Block& block : blocks) out.insert(out.end(), block.length, block.mean());
  return out;
}

std::vector<float> thumbnail(std::span<const float> pixels, int64_t size, int64_t side) {
  SB_CHECK(static_cast<int64_t>(pixels.size()) == size * size, "a square canvas");
  side = std::min(side, size);
  std::vector<float> small(static_cast<size_t>(side * side));
  for (int64_t r = 0; r < side; ++r) {
    for (int64_t c = 0; c < side; ++c) {
      const int64_t top = r * size / side, bottom = (r + 1) * size / side;
      const int64_t left = c * size / side, right = (c + 1) * size / side;
      double sum = 0;
      for (int64_t h = top; h < bottom; ++h) {
        for (int64_t w = left; w < right; ++w) sum += pixels[static_cast<size_t>(h * size + w)];
      }
      small[static_cast<size_t>(r * side + c)] =
          static_cast<float>(sum / static_cast<double>((bottom - top) * (right - left)));
    }
  }
  return small;
}

}  // namespace synerbench::trivial
