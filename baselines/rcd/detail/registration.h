// RCD's registration: a network that predicts a stationary velocity, its integration, the warp, the
// smoothness penalty.
#pragma once

#include "baselines/rcd/detail/unet.h"

namespace synerbench::rcd {

/// Note [RCD's axis order]. Velocities and displacements are [N, dims, (D,) H, W] in voxels of their own
/// grid, channels in the order of the axes: (y, x), or (z, y, x). Sampling wants (x, y[, z]) in [-1, 1] with
/// the corners at -1 and 1; warp() turns them round.

/// image(p + displacement(p)), bilinear, zero beyond the border. image [N, C, ...] and displacement of one
/// size.
at::Tensor warp(const at::Tensor& image, const at::Tensor& displacement);

/// The displacement that flows along `velocity` for unit time: velocity / 2^steps, doubled `steps` times by
/// composition with itself. `observe_first`: receives the first warped field.
at::Tensor integrate(const at::Tensor& velocity, int64_t steps, at::Tensor* observe_first = nullptr);

/// Linear resampling with aligned corners to half and to double the size; the values, being in voxels, are
/// halved and doubled too.
at::Tensor half_size(const at::Tensor& field);
at::Tensor double_size(const at::Tensor& field);

/// Twice the mean over the axes of the mean squared forward difference.
at::Tensor smoothness(const at::Tensor& velocity);

struct Deformation {
  at::Tensor velocity;      // before integration, at half the size
  at::Tensor displacement;  // at full size
};

/// R(A, B): U-Net on [A, B] with LeakyReLU and ngf output channels, then a convolution to the velocity. Keys:
/// unet_model.*, flow.
class RegistrationImpl : public torch::nn::Module {
 public:
  RegistrationImpl(int dimensions, int64_t ngf, int64_t halvings, int64_t integration_steps);
  Deformation forward(const at::Tensor& source, const at::Tensor& target, const Observer& observe = {});
  /// The library's fresh weights as published, but for the flow: N(0, flow_std), bias 0. So the first
  /// displacements are almost none.
  void initialize(double flow_std, Random& random);

 private:
  int64_t integration_steps_;
  Unet unet_{nullptr};
  ConvNd flow_{nullptr};
};
TORCH_MODULE(Registration);

}  // namespace synerbench::rcd
