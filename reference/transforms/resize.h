// Target sizes, and resampling exactly as Pillow does it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reference/transforms/image.h"

namespace synerbench::reference {

struct ImageSize {
  int64_t height = 0, width = 0;
  bool operator==(const ImageSize&) const = default;
};

/// How large an image is made before it is cut into patches.
struct ResizeRule {
  int64_t max_size = 1024;       // of the longer side, pixels
  int64_t min_size = 512;        // of the shorter side, pixels
  int64_t stride = 16;           // both sides become multiples of it
  int64_t max_pixels = 1806336;  // 14*14*9*1024
  bool operator==(const ResizeRule&) const = default;
};

/// The settings found in the official entry points; docs/reference-model.md says where each is used.
namespace resize_rules {
inline constexpr ResizeRule kVae{1024, 512, 16, 1806336};
inline constexpr ResizeRule kVitEditTraining{518, 224, 14, 1806336};
inline constexpr ResizeRule kVitUnderstanding{980, 378, 14, 2007040};
inline constexpr ResizeRule kVitApp{980, 224, 14, 1806336};
inline constexpr ResizeRule kVitBenchmark{980, 378, 14, 1806336};
inline constexpr ResizeRule kUniMedVae{1024, 32, 16, 1806336};
inline constexpr ResizeRule kUniMedVit{980, 387, 14, 1806336};
}  // namespace resize_rules

/// Size after the rule. `images` shares max_pixels between the images of one sample. Rounding is half to
/// even. The official code uses the ratio of areas as a ratio of sides when an image has too many pixels; so
/// does this.
ImageSize target_size(ImageSize size, const ResizeRule& rule, int64_t images = 1);

/// Bicubic (a = -0.5) with antialiasing, as Pillow resamples 8-bit images: horizontal then vertical, each
/// pass rounded to 8 bits, 22-bit fixed-point weights, a pass is skipped when its side is unchanged.
/// Bit-exact with Pillow 9.4.
Image8 resize_bicubic(const Image8& image, ImageSize size);

/// The same filter in float for one plane [height, width]: no 8-bit steps. Used on the way out, where
/// rounding would be an error in the score.
std::vector<float> resize_bicubic(std::span<const float> plane, ImageSize from, ImageSize to);

/// to_rgb, resize by `rule`, normalize.
ImageTensor transform(const Image8& image, const ResizeRule& rule, int64_t images = 1);

}  // namespace synerbench::reference
