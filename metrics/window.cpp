#include "metrics/window.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace synerbench {
namespace {

// Note [Float32 kernels]
// pytorch-msssim computes its Gaussian in float32 and only then converts it to the images' type. The rounded
// weights sum to 1 - 2e-8 or so per axis, which no later step corrects, and SSIM moves by 6e-7 (2-D) to 5e-6
// (3-D). To reproduce its numbers one has to round where it rounds: exponent, exponential, sum, quotient. One
// unit in the last place of the sum moves a 3-D SSIM by 1e-5, so the sum matters: PyTorch adds in vector
// lanes, which for these 11 weights ends at the correctly rounded sum, where adding one after the other does
// not. Checked against the weights PyTorch 1.13 prints.
std::vector<double> float32_gaussian(int size, double sigma) {
  std::vector<float> weights;
  double sum = 0;
  for (int i = 0; i < size; ++i) {
    const float offset = static_cast<float>(i - size / 2);
    const float exponent = -(offset * offset) / static_cast<float>(2 * sigma * sigma);
    weights.push_back(static_cast<float>(std::exp(static_cast<double>(exponent))));
    sum += static_cast<double>(weights.back());
  }
  for (float& weight : weights) weight /= static_cast<float>(sum);
  return {weights.begin(), weights.end()};
}

std::vector<double> gaussian(int size, double sigma) {
  std::vector<double> weights;
  double sum = 0;
  for (int i = 0; i < size; ++i) {
    const double offset = i - size / 2;
    weights.push_back(std::exp(-offset * offset / (2 * sigma * sigma)));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace

std::vector<double> window_weights(const Window& window) {
  if (window.size < 1 || window.size % 2 == 0) {
    throw std::invalid_argument("window size " + std::to_string(window.size) + " seen, an odd number wanted");
  }
  if (window.shape == WindowShape::kUniform) {
    return std::vector<double>(static_cast<size_t>(window.size), 1.0 / window.size);
  }
  if (!(window.sigma > 0)) {
    throw std::invalid_argument("window sigma " + std::to_string(window.sigma) +
                                " seen, a number above 0 wanted");
  }
  return window.float32_kernel ? float32_gaussian(window.size, window.sigma)
                               : gaussian(window.size, window.sigma);
}

int64_t mirrored_index(int64_t i, int64_t n, Border border) {
  if (border == Border::kValid) return i;
  if (border == Border::kHalfSampleMirror) {
    const int64_t period = 2 * n;
    const int64_t r = ((i % period) + period) % period;
    return r < n ? r : period - 1 - r;
  }
  if (n == 1) return 0;
  const int64_t period = 2 * (n - 1);
  const int64_t r = ((i % period) + period) % period;
  return r < n ? r : period - r;
}

}  // namespace synerbench
