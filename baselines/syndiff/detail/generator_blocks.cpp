// The blocks of generator.h.
#include <ATen/ATen.h>

#include <cmath>

#include "baselines/syndiff/detail/generator.h"

namespace synerbench::syndiff {
namespace {

constexpr double kNormEps = 1e-6;

int64_t norm_groups(int64_t channels) { return std::min<int64_t>(channels / 4, 32); }

torch::nn::Conv2d conv(int64_t input, int64_t output, int64_t size) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(input, output, size).padding(size / 2));
}

void watch(const Observer& observe, const std::string& key, const char* name, const at::Tensor& output) {
  if (observe) observe(key + "." + name, output);
}

}  // namespace

AdaGroupNormImpl::AdaGroupNormImpl(int64_t channels, int64_t z_embedding) {
  style_ = register_module("style", torch::nn::Linear(z_embedding, 2 * channels));
}

at::Tensor AdaGroupNormImpl::forward(const at::Tensor& x, const at::Tensor& z, const Observer& observe,
                                     const std::string& key) {
  const int64_t n = x.size(0), channels = x.size(1), groups = norm_groups(channels);
  const at::Tensor style = style_->forward(z);
  if (observe) {
    watch(observe, key, "style", style);
    watch(observe, key, "norm", at::group_norm(x, groups, {}, {}, kNormEps));
  }
  // The batch laid out as channels of one sample: then each sample's gamma and beta are the norm's own
  // weights, and normalizing, scaling and shifting are one pass over memory.
  const at::Tensor gamma = style.slice(1, 0, channels).reshape({-1}),
                   beta = style.slice(1, channels).reshape({-1});
  return at::group_norm(x.reshape({1, n * channels, x.size(2), x.size(3)}), n * groups, gamma, beta, kNormEps)
      .view(x.sizes());
}

void AdaGroupNormImpl::initialize(Random& random) {
  initialize_uniform(*style_, random);
  style_->bias.detach().slice(0, 0, style_->bias.size(0) / 2).fill_(1.0);  // gamma
}

ResidualBlockImpl::ResidualBlockImpl(int64_t input, int64_t output, int64_t time_width, int64_t z_embedding,
                                     Resample resample)
    : resample_(resample) {
  norm_0_ = register_module("GroupNorm_0", AdaGroupNorm(input, z_embedding));
  conv_0_ = register_module("Conv_0", conv(input, output, 3));
  dense_ = register_module("Dense_0", torch::nn::Linear(time_width, output));
  norm_1_ = register_module("GroupNorm_1", AdaGroupNorm(output, z_embedding));
  conv_1_ = register_module("Conv_1", conv(output, output, 3));
  if (input != output || resample != Resample::kNone)
    shortcut_ = register_module("Conv_2", conv(input, output, 1));
}

at::Tensor ResidualBlockImpl::forward(const at::Tensor& x, const at::Tensor& active_time, const at::Tensor& z,
                                      const Observer& observe, const std::string& key) {
  const auto resampled = [&](const at::Tensor& image) {
    switch (resample_) {
      case Resample::kUp:
        return fir_up(image);
      case Resample::kDown:
        return fir_down(image);
      case Resample::kNone:
        break;
    }
    return image;
  };
  at::Tensor h = resampled(at::silu(norm_0_->forward(x, z, observe, key + ".GroupNorm_0")));
  h = conv_0_->forward(h);
  watch(observe, key, "Conv_0", h);
  const at::Tensor time = dense_->forward(active_time);
  watch(observe, key, "Dense_0", time);
  h = h.add(time.unsqueeze(-1).unsqueeze(-1));
  h = at::silu(norm_1_->forward(h, z, observe, key + ".GroupNorm_1"));
  watch(observe, key, "Dropout_0", h);  // rate 0 in every published configuration
  h = conv_1_->forward(h);
  watch(observe, key, "Conv_1", h);
  at::Tensor shortcut = resampled(x);
  if (shortcut_) {
    shortcut = shortcut_->forward(shortcut);
    watch(observe, key, "Conv_2", shortcut);
  }
  return scaled_sum(shortcut, h);
}

void ResidualBlockImpl::initialize(Random& random) {
  norm_0_->initialize(random);
  initialize_uniform(*conv_0_, 1, random);
  initialize_uniform(*dense_, random);
  norm_1_->initialize(random);
  initialize_uniform(*conv_1_, 0, random);
  if (shortcut_) initialize_uniform(*shortcut_, 1, random);
}

ChannelMixImpl::ChannelMixImpl(int64_t channels) {
  W_ = register_parameter("W", at::zeros({channels, channels}));
  b_ = register_parameter("b", at::zeros({channels}));
}

at::Tensor ChannelMixImpl::forward(const at::Tensor& x) { return at::matmul(W_.t(), x) + b_.unsqueeze(-1); }

void ChannelMixImpl::initialize(double scale, Random& random) {
  initialize_uniform(W_, scale, random);
  b_.detach().zero_();
}

AttentionImpl::AttentionImpl(int64_t channels) {
  norm_ = register_module(
      "GroupNorm_0",
      torch::nn::GroupNorm(torch::nn::GroupNormOptions(norm_groups(channels), channels).eps(kNormEps)));
  query_ = register_module("NIN_0", ChannelMix(channels));
  key_ = register_module("NIN_1", ChannelMix(channels));
  value_ = register_module("NIN_2", ChannelMix(channels));
  out_ = register_module("NIN_3", ChannelMix(channels));
}

at::Tensor AttentionImpl::forward(const at::Tensor& x, const Observer& observe, const std::string& key) {
  const at::Tensor normed = norm_->forward(x);
  watch(observe, key, "GroupNorm_0", normed);
  const at::Tensor pixels = normed.flatten(2);  // [N, C, L]
  const at::Tensor q = query_->forward(pixels), k = key_->forward(pixels), v = value_->forward(pixels);
  const double scale = 1.0 / std::sqrt(static_cast<double>(x.size(1)));
  const at::Tensor weights = at::softmax(at::matmul(q.transpose(1, 2), k) * scale, -1);  // [N, query, key]
  const at::Tensor h = out_->forward(at::matmul(v, weights.transpose(1, 2)));
  watch(observe, key, "NIN_0", q);
  watch(observe, key, "NIN_1", k);
  watch(observe, key, "NIN_2", v);
  watch(observe, key, "NIN_3", h);
  return scaled_sum(x, h.view(x.sizes()));
}

void AttentionImpl::initialize(Random& random) {
  norm_->weight.detach().fill_(1.0);
  norm_->bias.detach().zero_();
  for (ChannelMix* mix : {&query_, &key_, &value_}) (*mix)->initialize(0.1, random);
  out_->initialize(0, random);
}

PyramidDownImpl::PyramidDownImpl(int64_t input, int64_t output) {
  conv_ =
      register_module("Conv2d_0", torch::nn::Conv2d(torch::nn::Conv2dOptions(input, output, 3).stride(2)));
}

at::Tensor PyramidDownImpl::forward(const at::Tensor& x, const Observer& observe, const std::string& key) {
  at::Tensor y = fir_conv_down(x, conv_->weight, conv_->bias);
  watch(observe, key, "Conv2d_0", y);
  return y;
}

void PyramidDownImpl::initialize(Random& random) { initialize_uniform(*conv_, 1, random); }

}  // namespace synerbench::syndiff
