// SynDiff's building blocks: FIR resampling, uniform fan-average initialization, scaled sums.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "harness/core/random.h"

namespace torch::nn {
class Conv2dImpl;
class LinearImpl;
}  // namespace torch::nn

namespace synerbench::syndiff {

/// Sees the output of a layer under its key. Empty: nobody looks.
using Observer = std::function<void(const std::string& key, const at::Tensor& output)>;

// Resampling by two with the filter [1, 3, 3, 1] along both axes, zeros beyond the border. Made of padding
// and depthwise convolutions, which can be differentiated twice (the R1 penalty needs it). x [N, C, H, W].
at::Tensor fir_up(const at::Tensor& x);    // [N, C, 2H, 2W], gain 1
at::Tensor fir_down(const at::Tensor& x);  // [N, C, H/2, W/2]; H, W even
/// Filter without decimation, then a 3x3 convolution with stride 2 and no padding: [N, Cout, H/2, W/2].
at::Tensor fir_conv_down(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

/// z / sqrt(mean(z^2) + 1e-8) over the channels of [N, C].
at::Tensor pixel_norm(const at::Tensor& z);

/// (x + h) / sqrt(2); reuses the memory of the sum.
at::Tensor scaled_sum(const at::Tensor& x, const at::Tensor& h);

/// Uniform with variance scale / ((fan_in + fan_out) / 2); scale 0 means 1e-10, the "near-zero" layers of the
/// published code. The first two axes of `weight` are the channels, the rest is the kernel.
void initialize_uniform(const at::Tensor& weight, double scale, Random& random);
/// The same, and bias 0.
void initialize_uniform(torch::nn::Conv2dImpl& layer, double scale, Random& random);
void initialize_uniform(torch::nn::LinearImpl& layer, Random& random);

}  // namespace synerbench::syndiff
