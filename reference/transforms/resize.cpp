#include "reference/transforms/resize.h"

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

constexpr int kWeightBits = 22;  // fixed point of the 8-bit path: 32 - 8 bits of pixel - 2 of overshoot

double cubic(double x) {
  constexpr double kA = -0.5;
  x = std::abs(x);
  if (x < 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * kA;
  return 0;
}

/// Which input samples make one output sample.
struct Taps {
  int64_t first = 0;
  std::vector<double> weights;  // sum 1
};

std::vector<Taps> taps_of(int64_t from, int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double stretch = std::max(scale, 1.0), support = 2.0 * stretch;
  std::vector<Taps> all(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    Taps& taps = all[static_cast<size_t>(i)];
    const double center = (static_cast<double>(i) + 0.5) * scale;
    taps.first = std::max<int64_t>(static_cast<int64_t>(center - support + 0.5), 0);
    const int64_t end = std::min(static_cast<int64_t>(center + support + 0.5), from);
    double sum = 0;
    for (int64_t x = taps.first; x < end; ++x) {
      const double weight = cubic((static_cast<double>(x) - center + 0.5) / stretch);
      taps.weights.push_back(weight);
      sum += weight;
    }
    for (double& weight : taps.weights) weight /= sum;
  }
  return all;
}

struct FixedTaps {
  int64_t first = 0;
  std::vector<int32_t> weights;
};

std::vector<FixedTaps> fixed_taps_of(int64_t from, int64_t to) {
  std::vector<FixedTaps> all;
  for (const Taps& taps : taps_of(from, to)) {
    FixedTaps fixed{taps.first, {}};
    for (const double weight : taps.weights) {  // half away from zero
      fixed.weights.push_back(static_cast<int32_t>(weight * (1 << kWeightBits) + (weight < 0 ? -0.5 : 0.5)));
    }
    all.push_back(std::move(fixed));
  }
  return all;
}

uint8_t to_byte(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); }

Image8 resize_width(const Image8& image, int64_t width) {
  const auto taps = fixed_taps_of(image.width, width);
  const int64_t channels = image.channels;
  Image8 out{image.height, width, channels,
             std::vector<uint8_t>(static_cast<size_t>(image.height * width * channels))};
  for (int64_t y = 0; y < image.height; ++y) {
    const uint8_t* row = &image.pixels[static_cast<size_t>(y * image.width * channels)];
    uint8_t* target = &out.pixels[static_cast<size_t>(y * width * channels)];
    for (int64_t x = 0; x < width; ++x) {
      const FixedTaps& tap = taps[static_cast<size_t>(x)];
      for (int64_t c = 0; c < channels; ++c) {
        int32_t sum = 1 << (kWeightBits - 1);
        const uint8_t* pixel = row + tap.first * channels + c;
        for (const int32_t weight : tap.weights) {
          sum += weight * *pixel;
          pixel += channels;
        }
        target[x * channels + c] = to_byte(sum);
      }
    }
  }
  return out;
}

Image8 resize_height(const Image8& image, int64_t height) {
  const auto taps = fixed_taps_of(image.height, height);
  const int64_t row = image.width * image.channels;
  Image8 out{height, image.width, image.channels, std::vector<uint8_t>(static_cast<size_t>(height * row))};
  std::vector<int32_t> sums(static_cast<size_t>(row));
  for (int64_t y = 0; y < height; ++y) {
    const FixedTaps& tap = taps[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 1 << (kWeightBits - 1));
    for (size_t k = 0; k < tap.weights.size(); ++k) {
      const uint8_t* source = &image.pixels[static_cast<size_t>((tap.first + static_cast<int64_t>(k)) * row)];
      for (int64_t x = 0; x < row; ++x) sums[static_cast<size_t>(x)] += tap.weights[k] * source[x];
    }
    uint8_t* target = &out.pixels[static_cast<size_t>(y * row)];
    for (int64_t x = 0; x < row; ++x) target[x] = to_byte(sums[static_cast<size_t>(x)]);
  }
  return out;
}

int64_t scaled(int64_t side, double scale, int64_t stride) {
  // nearbyint rounds half to even, as Python's round does.
  const double pixels = std::nearbyint(static_cast<double>(side) * scale);
  const auto multiple = static_cast<int64_t>(std::nearbyint(pixels / static_cast<double>(stride))) * stride;
  return std::max(stride, multiple);
}

ImageSize scaled(ImageSize size, double scale, int64_t stride) {
  return {scaled(size.height, scale, stride), scaled(size.width, scale, stride)};
}

}  // namespace

ImageSize target_size(ImageSize size, const ResizeRule& rule, int64_t images) {
  SB_CHECK(size.height > 0 && size.width > 0 && images > 0 && rule.stride > 0,
           "an image of at least one pixel");
  const auto as_double = [](int64_t n) { return static_cast<double>(n); };
  double scale = std::min(as_double(rule.max_size) / as_double(std::max(size.height, size.width)), 1.0);
  scale = std::max(scale, as_double(rule.min_size) / as_double(std::min(size.height, size.width)));
  ImageSize out = scaled(size, scale, rule.stride);
  const double budget = as_double(rule.max_pixels) / as_double(images);
  if (as_double(out.height * out.width) > budget) {
    out = scaled(out, budget / as_double(out.height * out.width), rule.stride);
  }
  const int64_t longest = std::max(out.height, out.width);
  if (longest > rule.max_size) out = scaled(out, as_double(rule.max_size) / as_double(longest), rule.stride);
  return out;
}

Image8 resize_bicubic(const Image8& image, ImageSize size) {
  SB_CHECK(size.height > 0 && size.width > 0 && image.height > 0 && image.width > 0,
           "an image of at least one pixel");
  Image8 out = image.width == size.width ? image : resize_width(image, size.width);
  return out.height == size.height ? out : resize_height(out, size.height);
}

std::vector<float> resize_bicubic(std::span<const float> plane, ImageSize from, ImageSize to) {
  SB_CHECK(static_cast<int64_t>(plane.size()) == from.height * from.width, "plane does not match its shape");
  std::vector<double> wide(static_cast<size_t>(from.height * to.width));
  const auto columns = taps_of(from.width, to.width), rows = taps_of(from.height, to.height);
  for (int64_t y = 0; y < from.height; ++y) {
    for (int64_t x = 0; x < to.width; ++x) {
      const Taps& tap = columns[static_cast<size_t>(x)];
      double sum = 0;
      for (size_t k = 0; k < tap.weights.size(); ++k) {
        sum += tap.weights[k] * plane[static_cast<size_t>(y * from.width + tap.first) + k];
      }
      wide[static_cast<size_t>(y * to.width + x)] = sum;
    }
  }
  std::vector<float> out(static_cast<size_t>(to.height * to.width));
  for (int64_t y = 0; y < to.height; ++y) {
    const Taps& tap = rows[static_cast<size_t>(y)];
    for (int64_t x = 0; x < to.width; ++x) {
      double sum = 0;
      for (size_t k = 0; k < tap.weights.size(); ++k) {
        sum += tap.weights[k] * wide[(static_cast<size_t>(tap.first) + k) * static_cast<size_t>(to.width) +
                                     static_cast<size_t>(x)];
      }
      out[static_cast<size_t>(y * to.width + x)] = static_cast<float>(sum);
    }
  }
  return out;
}

ImageTensor transform(const Image8& image, const ResizeRule& rule, int64_t images) {
  const Image8 rgb = to_rgb(image);
  return normalize(resize_bicubic(rgb, target_size({rgb.height, rgb.width}, rule, images)));
}

}  // namespace synerbench::reference
