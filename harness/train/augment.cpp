#include "harness/train/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "harness/core/error.h"

namespace synerbench {
namespace {

// Keys' cubic convolution kernel with a = -0.5.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/// The four neighbors of one output sample and their weights.
struct Taps {
  int64_t first = 0;  // index of the first neighbor inside the image
  int count = 0;
  std::array<double, 5> weight{};
};

std::vector<Taps> taps_for(int64_t size, int64_t output_size) {
  std::vector<Taps> all(static_cast<size_t>(output_size));
  const double scale = static_cast<double>(size) / static_cast<double>(output_size);
  for (int64_t o = 0; o < output_size; ++o) {
    const double center = (static_cast<double>(o) + 0.5) * scale;
    Taps& taps = all[static_cast<size_t>(o)];
    taps.first = std::max<int64_t>(0, static_cast<int64_t>(center - 2 + 0.5));
    const int64_t end = std::min(size, static_cast<int64_t>(center + 2 + 0.5));
    double sum = 0;
    for (int64_t i = taps.first; i < end; ++i) {
      const double weight = cubic(static_cast<double>(i) + 0.5 - center);
      taps.weight[static_cast<size_t>(taps.count++)] = weight;
      sum += weight;
    }
    for (double& weight : taps.weight) weight /= sum;
  }
  return all;
}

void mirror(std::span<float> image, int64_t height, int64_t width) {
  for (int64_t h = 0; h < height; ++h)
    std::reverse(image.begin() + h * width, image.begin() + (h + 1) * width);
}

void crop_enlarged(std::span<float> image, int64_t height, int64_t width, int64_t large_height,
                   int64_t large_width, int64_t top, int64_t left) {
  std::vector<float> large(static_cast<size_t>(large_height * large_width));
  resize_bicubic(image, height, width, large, large_height, large_width);
  for (int64_t h = 0; h < height; ++h) {
    const auto row = large.begin() + (top + h) * large_width + left;
    std::copy(row, row + width, image.begin() + h * width);
  }
}

}  // namespace

void resize_bicubic(std::span<const float> input, int64_t height, int64_t width, std::span<float> output,
                    int64_t output_height, int64_t output_width) {
  SB_CHECK(output_height >= height && output_width >= width, "resize_bicubic enlarges only");
  SB_CHECK(static_cast<int64_t>(input.size()) == height * width &&
               static_cast<int64_t>(output.size()) == output_height * output_width,
           "image sizes do not match their shapes");
  const std::vector<Taps> columns = taps_for(width, output_width), rows = taps_for(height, output_height);
  std::vector<double> wide(static_cast<size_t>(height * output_width));
  for (int64_t h = 0; h < height; ++h) {
    for (int64_t w = 0; w < output_width; ++w) {
      const Taps& taps = columns[static_cast<size_t>(w)];
      double sum = 0;
      for (int i = 0; i < taps.count; ++i) {
        sum += taps.weight[static_cast<size_t>(i)] * input[static_cast<size_t>(h * width + taps.first + i)];
      }
      wide[static_cast<size_t>(h * output_width + w)] = sum;
    }
  }
  for (int64_t h = 0; h < output_height; ++h) {
    const Taps& taps = rows[static_cast<size_t>(h)];
    for (int64_t w = 0; w < output_width; ++w) {
      double sum = 0;
      for (int i = 0; i < taps.count; ++i) {
        sum += taps.weight[static_cast<size_t>(i)] *
               wide[static_cast<size_t>((taps.first + i) * output_width + w)];
      }
      output[static_cast<size_t>(h * output_width + w)] = static_cast<float>(std::clamp(sum, -1.0, 1.0));
    }
  }
}

void augment(Augmentation augmentation, std::span<float> source, std::span<float> target, int64_t height,
             int64_t width, Random& random) {
  if (augmentation == Augmentation::kNone) return;
  if (augmentation == Augmentation::kJitter) {
    const auto enlarged = [](int64_t size) {
      return static_cast<int64_t>(std::llround(size * 286.0 / 256.0));
    };
    const int64_t large_height = enlarged(height), large_width = enlarged(width);
    const auto top = static_cast<int64_t>(random.below(static_cast<uint64_t>(large_height - height + 1)));
    const auto left = static_cast<int64_t>(random.below(static_cast<uint64_t>(large_width - width + 1)));
    crop_enlarged(source, height, width, large_height, large_width, top, left);
    if (!target.empty()) crop_enlarged(target, height, width, large_height, large_width, top, left);
  }
  if (random.uniform() < 0.5) {
    mirror(source, height, width);
    if (!target.empty()) mirror(target, height, width);
  }
}

}  // namespace synerbench
