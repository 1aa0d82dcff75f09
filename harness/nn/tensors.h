// Between plain memory and tensors; and random tensors that are the same on every machine and LibTorch
// version.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>
#include <vector>

#include "harness/core/random.h"
#include "harness/core/safetensors.h"

namespace synerbench::nn {

/// A tensor and its key. The tensor is a handle: it shares its values with the network or optimizer it came
/// from.
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// [n, 1, height, width] float32 on `device`, copied from row-major pixels.
at::Tensor image_batch(std::span<const float> pixels, int64_t n, int64_t height, int64_t width,
                       const at::Device& device);
/// The values of a float32 tensor, row-major; pixels.size() == tensor.numel().
void copy_pixels(const at::Tensor& tensor, std::span<float> pixels);

at::ScalarType scalar_type_of(DType dtype);

/// A new CPU tensor with the values of a tensor in a file; its dtype is kept.
at::Tensor tensor_from(const TensorView& view);
/// Tensors as they are written. float64, float32, int64, int32, uint8 and bool, any device.
struct HostTensors {
  std::vector<at::Tensor> tensors;   // keep the bytes alive
  std::vector<TensorToWrite> parts;  // in the given order
};
HostTensors host_tensors(const std::vector<NamedTensor>& tensors);
/// Writes tensors in the given order, whole or not at all; `sha256`: see write_safetensors().
void write_tensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                   const std::map<std::string, std::string>& metadata = {}, std::string* sha256 = nullptr);

/// N(mean, std) and 0-or-scale masks drawn from `random`, element by element in row-major order, then moved
/// to `device`. LibTorch's generator is not used anywhere: its numbers differ with instruction set and
/// version.
at::Tensor random_normal(at::IntArrayRef shape, double mean, double std, Random& random,
                         const at::Device& device);
/// 0 with probability p, else 1 / (1 - p): multiplies what dropout is applied to.
at::Tensor random_dropout_mask(at::IntArrayRef shape, double p, Random& random, const at::Device& device);

}  // namespace synerbench::nn
