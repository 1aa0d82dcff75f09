// Images to rows of pixels and latents to tokens; both with the channel fastest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace synerbench::reference {

/// Planar [channels, height, width] -> rows [(height/side)*(width/side), side*side*channels]: patches
/// row-major, inside a patch row, column, channel. Sides must be multiples of `side`.
std::vector<float> patchify(std::span<const float> planar, int64_t channels, int64_t height, int64_t width,
                            int64_t side);

/// The inverse.
std::vector<float> unpatchify(std::span<const float> rows, int64_t channels, int64_t height, int64_t width,
                              int64_t side);

}  // namespace synerbench::reference
