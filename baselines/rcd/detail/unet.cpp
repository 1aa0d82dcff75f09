#include "baselines/rcd/detail/unet.h"

#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>

#include "harness/core/error.h"

namespace synerbench::rcd {
namespace {

constexpr double kSlope = 0.2;

/// A container that holds one convolution at index `place`, as in the published keys; the other places are
/// layers without weights.
ConvNd register_at(torch::nn::Module& parent, const std::string& name, int64_t place, ConvNd conv) {
  auto list = torch::nn::ModuleList();
  for (int64_t i = 0; i < place; ++i) list->push_back(torch::nn::Identity());
  list->push_back(conv);
  parent.register_module(name, list);
  return conv;
}

}  // namespace

std::vector<int64_t> level_strides(int dimensions, int64_t level) {
  if (dimensions == 2) return {2, 2};
  return {level == 1 ? 2 : 1, 2, 2};
}

UnetImpl::UnetImpl(const UnetOptions& options) : options_(options) {
  SB_CHECK(options.halvings >= 1 && options.halvings <= 6 && options.ngf >= 1, "U-Net options");
  const int dimensions = options.dimensions;
  const ConvShape three = ConvShape::cube(dimensions, 3, 1);
  ConvShape stem = ConvShape::cube(dimensions, 5, 2);
  if (dimensions == 3) {
    stem.kernel[0] = 3;
    stem.padding[0] = 1;
  }
  const auto width = [&](int64_t level) { return options.ngf << level; };
  stem_ = register_at(*this, "conv0", 0, ConvNd(options.input_channels, width(0), stem, false));
  for (int64_t level = 1; level <= options.halvings; ++level) {
    down_.push_back(register_at(
        *this, "conv_down" + std::to_string(level), 0,
        ConvNd(width(level - 1), width(level), three.with_stride(level_strides(dimensions, level)), false)));
  }
  up_.assign(down_.size(), nullptr);
  decoder_.assign(down_.size(), nullptr);
  for (int64_t level = options.halvings; level >= 1; --level) {
    const auto i = static_cast<size_t>(level - 1);
    const bool last = level == 1;
    up_[i] = register_at(*this, "convt_up" + std::to_string(level), 1,
                         ConvNd(width(level), width(level - 1), three, false));
    decoder_[i] = register_at(*this, "decoder_conv" + std::to_string(level), 0,
                              ConvNd(2 * width(level - 1), last ? options.output_channels : width(level - 1),
                                     level == 2 ? ConvShape::cube(dimensions, 5, 2) : three, last));
  }
}

at::Tensor UnetImpl::activate(const at::Tensor& x) const {
  return options_.leaky ? at::leaky_relu(x, kSlope) : at::relu(x);
}

at::Tensor UnetImpl::forward(const at::Tensor& x, const Observer& observe, const std::string& key) {
  const auto seen = [&](const std::string& layer, at::Tensor output) {
    if (observe) observe(key + layer, output);
    return output;
  };
  /// Convolution, norm and activation as layers `first`, first + 1, first + 2 of a container.
  const auto stage = [&](const std::string& name, ConvNd& conv, int first, const at::Tensor& input) {
    const auto place = [&](int i) { return name + "." + std::to_string(first + i); };
    const at::Tensor normed = seen(place(1), instance_norm(seen(place(0), conv->forward(input))));
    return seen(place(2), activate(normed));
  };
  std::vector<at::Tensor> levels{stage("conv0", stem_, 0, x)};
  for (size_t i = 0; i < down_.size(); ++i)
    levels.push_back(stage("conv_down" + std::to_string(i + 1), down_[i], 0, levels.back()));
  at::Tensor h = levels.back();
  for (size_t i = up_.size(); i-- > 0;) {
    const std::string number = std::to_string(i + 1);
    const at::Tensor larger =
        seen("convt_up" + number + ".0",
             nearest_up(h, level_strides(options_.dimensions, static_cast<int64_t>(i) + 1)));
    h = at::cat({stage("convt_up" + number, up_[i], 1, larger), levels[i]}, 1);
    if (i > 0) {
      h = stage("decoder_conv" + number, decoder_[i], 0, h);
    } else {
      h = seen("decoder_conv1.1", at::tanh(seen("decoder_conv1.0", decoder_[i]->forward(h))));
    }
  }
  return h;
}

DiscriminatorImpl::DiscriminatorImpl(const DiscriminatorOptions& options) {
  SB_CHECK(options.layers >= 1, "discriminator options");
  auto model = torch::nn::ModuleList();
  const ConvShape shape = ConvShape::cube(options.dimensions, 3, 1);
  const std::vector<int64_t> two(static_cast<size_t>(options.dimensions), 2);
  const auto add = [&](int64_t input, int64_t output, bool halve, bool norm, bool last) {
    ConvNd conv(input, output, halve ? shape.with_stride(two) : shape, true);
    stages_.push_back({conv, static_cast<int64_t>(model->size()), norm, last});
    model->push_back(conv);
    for (int i = 0; i < (last ? 0 : norm ? 2 : 1); ++i) model->push_back(torch::nn::Identity());
  };
  int64_t width = options.ndf;
  add(options.input_channels, width, true, false, false);
  for (int64_t n = 1; n <= options.layers; ++n) {
    const int64_t next = options.ndf * std::min<int64_t>(int64_t{1} << std::min<int64_t>(n, 3), 8);
    add(width, next, n < options.layers, true, false);
    width = next;
  }
  add(width, 1, false, false, true);
  register_module("model", model);
}

at::Tensor DiscriminatorImpl::forward(const at::Tensor& x, const Observer& observe) {
  at::Tensor h = x;
  for (Stage& stage : stages_) {
    int64_t place = stage.place;
    const auto seen = [&] {
      if (observe) observe("model." + std::to_string(place), h);
      ++place;
    };
    h = stage.conv->forward(h);
    seen();
    if (stage.last) break;
    if (stage.norm) {
      h = instance_norm(h);
      seen();
    }
    h = at::leaky_relu(h, kSlope);
    seen();
  }
  return h;
}

}  // namespace synerbench::rcd
