// Augmentation of a pair: the same transform for source and target. Plain memory.
#pragma once

#include <span>

#include "harness/core/random.h"
#include "harness/train/recipe.h"

namespace synerbench {

/// Bicubic resize (Keys 1981, a = -0.5, half-pixel centers; taps beyond the border are left out and the rest
/// renormalized), as the Pix2Pix family's image loader does for enlarging. Enlarging only: a smaller output
/// is a failed check. Results are clipped to [-1, 1], where an 8-bit image would saturate.
void resize_bicubic(std::span<const float> input, int64_t height, int64_t width, std::span<float> output,
                    int64_t output_height, int64_t output_width);

/// Transforms one pair in place; [height, width] each. `target` may be empty: one image alone. kJitter: size
/// round(286/256 of it), crop position uniform over all integer offsets.
void augment(Augmentation augmentation, std::span<float> source, std::span<float> target, int64_t height,
             int64_t width, Random& random);

}  // namespace synerbench
