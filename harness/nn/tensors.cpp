#include "harness/nn/tensors.h"

#include <ATen/ATen.h>

#include <cstring>

#include "harness/core/error.h"

namespace synerbench::nn {
namespace {

DType dtype_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kDouble:
      return DType::kF64;
    case at::kFloat:
      return DType::kF32;
    case at::kHalf:
      return DType::kF16;
    case at::kBFloat16:
      return DType::kBF16;
    case at::kLong:
      return DType::kI64;
    case at::kInt:
      return DType::kI32;
    case at::kShort:
      return DType::kI16;
    case at::kChar:
      return DType::kI8;
    case at::kByte:
      return DType::kU8;
    case at::kBool:
      return DType::kBool;
    default:
      break;
  }
  check_failed("dtype can be written", __FILE__, __LINE__, c10::toString(tensor.scalar_type()));
}

}  // namespace

at::ScalarType scalar_type_of(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return at::kDouble;
    case DType::kF32:
      return at::kFloat;
    case DType::kF16:
      return at::kHalf;
    case DType::kBF16:
      return at::kBFloat16;
    case DType::kI64:
      return at::kLong;
    case DType::kI32:
      return at::kInt;
    case DType::kI16:
      return at::kShort;
    case DType::kI8:
      return at::kChar;
    case DType::kU8:
      return at::kByte;
    case DType::kBool:
      return at::kBool;
  }
  check_failed("known dtype", __FILE__, __LINE__, "");
}

at::Tensor image_batch(std::span<const float> pixels, int64_t n, int64_t height, int64_t width,
                       const at::Device& device) {
  SB_CHECK(static_cast<int64_t>(pixels.size()) == n * height * width,
           "pixels do not match the batch's shape");
  at::Tensor batch = at::empty({n, 1, height, width}, at::kFloat);
  std::memcpy(batch.data_ptr<float>(), pixels.data(), pixels.size_bytes());
  return batch.to(device);
}

void copy_pixels(const at::Tensor& tensor, std::span<float> pixels) {
  const at::Tensor host = tensor.detach().to(at::kCPU).contiguous();
  SB_CHECK(host.scalar_type() == at::kFloat && host.numel() == static_cast<int64_t>(pixels.size()),
           "tensor does not match the pixels' count");
  std::memcpy(pixels.data(), host.data_ptr<float>(), pixels.size_bytes());
}

at::Tensor tensor_from(const TensorView& view) {
  at::Tensor tensor = at::empty(view.shape, scalar_type_of(view.dtype));
  SB_CHECK(static_cast<size_t>(tensor.nbytes()) == view.bytes.size(), "tensor bytes do not match its shape");
  if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor;
}

HostTensors host_tensors(const std::vector<NamedTensor>& tensors) {
  HostTensors host;
  host.tensors.reserve(tensors.size());
  for (const NamedTensor& named : tensors) {
    host.tensors.push_back(named.tensor.detach().to(at::kCPU).contiguous());
    const at::Tensor& tensor = host.tensors.back();
    host.parts.push_back(
        {named.name,
         dtype_of(tensor),
         tensor.sizes().vec(),
         {static_cast<const std::byte*>(tensor.data_ptr()), static_cast<size_t>(tensor.nbytes())}});
  }
  return host;
}

void write_tensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                   const std::map<std::string, std::string>& metadata, std::string* sha256) {
  write_safetensors(path, host_tensors(tensors).parts, metadata, sha256);
}

at::Tensor random_normal(at::IntArrayRef shape, double mean, double std, Random& random,
                         const at::Device& device) {
  at::Tensor values = at::empty(shape, at::kFloat);
  float* out = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = static_cast<float>(mean + std * random.normal());
  return values.to(device);
}

at::Tensor random_dropout_mask(at::IntArrayRef shape, double p, Random& random, const at::Device& device) {
  at::Tensor mask = at::empty(shape, at::kFloat);
  float* out = mask.data_ptr<float>();
  const float scale = static_cast<float>(1.0 / (1.0 - p));
  for (int64_t i = 0; i < mask.numel(); ++i) out[i] = random.uniform() < p ? 0.0f : scale;
  return mask.to(device);
}

}  // namespace synerbench::nn
