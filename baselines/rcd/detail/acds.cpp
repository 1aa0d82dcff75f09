#include "baselines/rcd/detail/acds.h"

#include <ATen/ATen.h>

#include "baselines/rcd/detail/unet.h"

namespace synerbench::rcd {
namespace {

ConvNd unpadded(int dimensions, int64_t input, int64_t output, int64_t kernel) {
  return ConvNd(input, output, ConvShape::cube(dimensions, kernel, 0), true);
}

/// Kernel 4, padding 1 halves an axis; an axis that keeps its length has kernel 3.
ConvNd halving(int dimensions, int64_t input, int64_t output, int64_t level) {
  ConvShape shape = ConvShape::cube(dimensions, 4, 1).with_stride(level_strides(dimensions, level));
  for (size_t axis = 0; axis < shape.kernel.size(); ++axis)
    if (shape.stride[axis] == 1) shape.kernel[axis] = 3;
  return ConvNd(input, output, shape, true);
}

std::vector<std::pair<ConvNd, ConvNd>> register_blocks(torch::nn::Module& parent,
                                                       const AcdsOptions& options) {
  std::vector<std::pair<ConvNd, ConvNd>> blocks;
  for (int64_t i = 0; i < options.blocks; ++i) {
    const std::string name = "block" + std::to_string(i);
    const auto conv = [&] { return unpadded(options.dimensions, 4 * options.n, 4 * options.n, 3); };
    blocks.emplace_back(parent.register_module(name + "_conv0", conv()),
                        parent.register_module(name + "_conv1", conv()));
  }
  return blocks;
}

}  // namespace

ContentEncoderImpl::ContentEncoderImpl(const AcdsOptions& options) {
  const int64_t n = options.n;
  stem_ = register_module("stem", unpadded(options.dimensions, 1, n, 7));
  down1_ = register_module("down1", halving(options.dimensions, n, 2 * n, 1));
  down2_ = register_module("down2", halving(options.dimensions, 2 * n, 4 * n, 2));
  blocks_ = register_blocks(*this, options);
}

at::Tensor ContentEncoderImpl::forward(const at::Tensor& image) {
  at::Tensor h = at::relu(instance_norm(stem_->forward(reflection_pad(image, 3))));
  h = at::relu(instance_norm(down1_->forward(h)));
  h = at::relu(instance_norm(down2_->forward(h)));
  for (auto& [first, second] : blocks_) {
    const at::Tensor inner = at::relu(instance_norm(first->forward(reflection_pad(h, 1))));
    h = h + instance_norm(second->forward(reflection_pad(inner, 1)));
  }
  return h;
}

StyleEncoderImpl::StyleEncoderImpl(const AcdsOptions& options, int64_t domain)
    : codes_(options.domain_codes), domain_(domain) {
  first_ = register_module("first", torch::nn::Linear(codes_, options.style_width));
  second_ = register_module("second", torch::nn::Linear(options.style_width, options.style_width));
  last_ = register_module("last", torch::nn::Linear(options.style_width, options.style));
}

at::Tensor StyleEncoderImpl::forward() {
  at::Tensor code = at::zeros({1, codes_}, first_->weight.options().requires_grad(false));
  code.slice(1, domain_, domain_ + 1).fill_(1.0);
  return last_->forward(at::relu(second_->forward(at::relu(first_->forward(code)))));
}

StyledGeneratorImpl::StyledGeneratorImpl(const AcdsOptions& options) : options_(options) {
  const int64_t n = options.n, width = options.style_width;
  first_ = register_module("style_first", torch::nn::Linear(options.style, width));
  second_ = register_module("style_second", torch::nn::Linear(width, width));
  last_ = register_module("style_last", torch::nn::Linear(width, options.blocks * 2 * 2 * 4 * n));
  blocks_ = register_blocks(*this, options);
  const ConvShape five = ConvShape::cube(options.dimensions, 5, 2);
  up1_ = register_module("up1", ConvNd(4 * n, 2 * n, five, true));
  norm1_ = register_module("norm1", LayerNormNd(2 * n));
  up2_ = register_module("up2", ConvNd(2 * n, n, five, true));
  norm2_ = register_module("norm2", LayerNormNd(n));
  image_ = register_module("image", unpadded(options.dimensions, n, 1, 7));
}

at::Tensor StyledGeneratorImpl::forward(const at::Tensor& content, const at::Tensor& style) {
  const at::Tensor modulation = last_->forward(
      at::relu(second_->forward(at::relu(first_->forward(style)))));  // [1, blocks * 2 * 2 * C]
  const int64_t channels = 4 * options_.n;
  int64_t place = 0;
  std::vector<int64_t> shape(static_cast<size_t>(content.dim()), 1);
  shape[1] = channels;
  const auto next = [&] {
    const at::Tensor values = modulation.slice(1, place, place + channels).view(shape);
    place += channels;
    return values;
  };
  const auto adaptive = [&](const at::Tensor& x) {
    const at::Tensor gamma = next() + 1.0, beta = next();
    return at::addcmul(beta, gamma, instance_norm(x));
  };
  at::Tensor h = content;
  for (auto& [first, second] : blocks_) {
    const at::Tensor inner = at::relu(adaptive(first->forward(reflection_pad(h, 1))));
    h = h + adaptive(second->forward(reflection_pad(inner, 1)));
  }
  h = at::relu(norm1_->forward(up1_->forward(nearest_up(h, level_strides(options_.dimensions, 2)))));
  h = at::relu(norm2_->forward(up2_->forward(nearest_up(h, level_strides(options_.dimensions, 1)))));
  return at::tanh(image_->forward(reflection_pad(h, 3)));
}

}  // namespace synerbench::rcd
