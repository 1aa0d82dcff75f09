// A buffer of earlier generated images shown to the discriminator (Shrivastava et al. 2017; CycleGAN).
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "harness/nn/tensors.h"

namespace synerbench::nn {

/// Until `capacity` images are stored, every image is stored and returned. After that each image of a batch,
/// one at a time, is with probability 0.5 exchanged for a uniformly chosen stored one, else returned
/// unchanged. Capacity 0 returns everything unchanged.
class ImagePool {
 public:
  explicit ImagePool(int64_t capacity);
  /// [N, C, H, W] in and out; the result carries no gradient. Random numbers are drawn only when the pool is
  /// full: a coin per image, then a slot when coin > 0.5.
  at::Tensor exchange(const at::Tensor& images, Random& random);
  /// The same with given draws: coin() in [0, 1), slot(n) in 0..n-1.
  at::Tensor exchange(const at::Tensor& images, const std::function<double()>& coin,
                      const std::function<int64_t(int64_t n)>& slot);
  /// Stored images, [1, C, H, W] each, in slot order: part of a checkpoint.
  const std::vector<at::Tensor>& images() const { return images_; }
  void set_images(std::vector<at::Tensor> images);

 private:
  size_t capacity_;
  std::vector<at::Tensor> images_;
};

}  // namespace synerbench::nn
