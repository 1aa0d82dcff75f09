#include "baselines/syndiff/detail/discriminator.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/modulelist.h>

#include "baselines/syndiff/detail/diffusion.h"

namespace synerbench::syndiff {
namespace {

constexpr double kSlope = 0.2;
constexpr double kDeviationEps = 1e-8;

torch::nn::Conv2d conv(int64_t input, int64_t output, int64_t size, bool bias = true) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(input, output, size).padding(size / 2).bias(bias));
}

/// A list that holds one layer at index 0, as in the published keys ("conv1.0").
template <class Layer>
Layer wrapped(torch::nn::Module& parent, const std::string& name, Layer layer) {
  auto list = torch::nn::ModuleList();
  list->push_back(layer);
  parent.register_module(name, list);
  return layer;
}

}  // namespace

DownBlockImpl::DownBlockImpl(int64_t input, int64_t output, int64_t time_width, bool down) : down_(down) {
  conv1_ = wrapped(*this, "conv1", conv(input, output, 3));
  conv2_ = wrapped(*this, "conv2", conv(output, output, 3));
  dense_ = register_module("dense_t1", torch::nn::Linear(time_width, output));
  skip_ = wrapped(*this, "skip", conv(input, output, 1, /*bias=*/false));
}

at::Tensor DownBlockImpl::forward(const at::Tensor& x, const at::Tensor& time, const Observer& observe,
                                  const std::string& key) {
  at::Tensor h = conv1_->forward(at::leaky_relu(x, kSlope));
  if (observe) observe(key + ".conv1.0", h);
  const at::Tensor shift = dense_->forward(time);
  if (observe) observe(key + ".dense_t1", shift);
  h = at::leaky_relu(h + shift.unsqueeze(-1).unsqueeze(-1), kSlope);
  h = conv2_->forward(down_ ? fir_down(h) : h);
  if (observe) observe(key + ".conv2.0", h);
  const at::Tensor skip = skip_->forward(down_ ? fir_down(x) : x);
  if (observe) observe(key + ".skip.0", skip);
  return scaled_sum(skip, h);
}

void DownBlockImpl::initialize(Random& random) {
  initialize_uniform(*conv1_, 1, random);
  initialize_uniform(*conv2_, 0, random);
  initialize_uniform(*dense_, random);
  initialize_uniform(*skip_, 1, random);
}

at::Tensor with_minibatch_deviation(const at::Tensor& x) {
  const int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  int64_t group = std::min<int64_t>(n, 4);
  while (n % group != 0) --group;
  const at::Tensor samples = x.reshape({group, n / group, c, h, w});
  const at::Tensor variance = at::var(samples, at::IntArrayRef{0}, /*unbiased=*/false);
  const at::Tensor deviation = at::sqrt(variance + kDeviationEps)
                                   .mean(at::IntArrayRef{1, 2, 3}, /*keepdim=*/true);  // [n / group, 1, 1, 1]
  return at::cat({x, deviation.repeat({group, 1, h, w})}, 1);
}

DiscriminatorImpl::DiscriminatorImpl(const DiscriminatorOptions& options) : options_(options) {
  const int64_t ngf = options.ngf, time = options.time_width;
  auto embedding = std::make_shared<torch::nn::Module>("TimestepEmbedding");
  auto main = torch::nn::ModuleList();
  time_0_ = torch::nn::Linear(time, time);
  time_2_ = torch::nn::Linear(time, time);
  main->push_back(time_0_);
  main->push_back(torch::nn::LeakyReLU());
  main->push_back(time_2_);
  embedding->register_module("main", main);
  register_module("t_embed", embedding);
  start_ = register_module("start_conv", conv(2, 2 * ngf, 1));
  const bool small = options.size == DiscriminatorSize::kSmall;
  const std::vector<int64_t> widths =
      small ? std::vector<int64_t>{2, 4, 8, 8} : std::vector<int64_t>{4, 8, 8, 8, 8, 8};
  int64_t width = 2 * ngf;
  for (size_t i = 0; i < widths.size(); ++i) {
    blocks_.push_back(register_module("conv" + std::to_string(i + 1),
                                      DownBlock(width, widths[i] * ngf, time, /*down=*/!small || i > 0)));
    width = widths[i] * ngf;
  }
  final_ = register_module("final_conv", conv(width + 1, width, 3));
  end_ = register_module("end_linear", torch::nn::Linear(width, 1));
}

at::Tensor DiscriminatorImpl::forward(const at::Tensor& x_t, const at::Tensor& t, const at::Tensor& x_next,
                                      const Observer& observe) {
  const auto seen = [&](const char* key, at::Tensor output) {
    if (observe) observe(key, output);
    return output;
  };
  at::Tensor time =
      seen("t_embed.main.0", time_0_->forward(time_embedding(t, options_.time_width).to(x_t.scalar_type())));
  time = seen("act", at::leaky_relu(time, kSlope));
  time = at::leaky_relu(seen("t_embed.main.2", time_2_->forward(time)), kSlope);
  at::Tensor h = seen("start_conv", start_->forward(at::cat({x_t, x_next}, 1)));
  for (size_t i = 0; i < blocks_.size(); ++i)
    h = blocks_[i]->forward(h, time, observe, "conv" + std::to_string(i + 1));
  h = seen("final_conv", final_->forward(with_minibatch_deviation(h)));
  return seen("end_linear", end_->forward(at::leaky_relu(h, kSlope).sum(at::IntArrayRef{2, 3})));
}

void DiscriminatorImpl::initialize(Random& random) {
  c10::NoGradGuard no_grad;
  for (torch::nn::Linear* layer : {&time_0_, &time_2_, &end_}) initialize_uniform(**layer, random);
  initialize_uniform(*start_, 1, random);
  for (DownBlock& block : blocks_) block->initialize(random);
  initialize_uniform(*final_, options_.size == DiscriminatorSize::kSmall ? 0 : 1, random);
}

}  // namespace synerbench::syndiff
