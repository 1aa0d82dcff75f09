#include "harness/nn/plain_layers.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "harness/core/error.h"
#include "harness/nn/tensors.h"

namespace synerbench::nn {
namespace {

at::Tensor unfilled(at::IntArrayRef shape) { return at::empty(shape, at::TensorOptions(at::kFloat)); }

void fill_uniform(const at::Tensor& tensor, double bound, Random& random) {
  at::Tensor values = unfilled(tensor.sizes());
  float* out = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = static_cast<float>(random.uniform(-bound, bound));
  tensor.detach().copy_(values);
}

void fill_normal(const at::Tensor& tensor, double std, Random& random) {
  tensor.detach().copy_(random_normal(tensor.sizes(), 0.0, std, random, at::kCPU));
}

double bound_of(const at::Tensor& weight) {
  return 1.0 / std::sqrt(static_cast<double>(weight.numel() / weight.size(0)));
}

}  // namespace

void PlainLayer::redraw(double, Random&) {}

Convolution::Convolution(const ConvolutionOptions& options) : options_(options) {
  SB_CHECK(options.input >= 1 && options.output >= 1 && (options.axes == 1 || options.axes == 2),
           "convolution options");
  std::vector<int64_t> shape{options.output, options.input, options.kernel};
  if (options.axes == 2) shape.push_back(options.kernel);
  weight_ = register_parameter("weight", unfilled(shape));
  bias_ = register_parameter("bias", unfilled({options.output}));
}

at::Tensor Convolution::forward(const at::Tensor& x) const {
  return options_.axes == 2 ? at::conv2d(x, weight_, bias_, options_.stride, options_.padding)
                            : at::conv1d(x, weight_, bias_, options_.stride, options_.padding);
}

void Convolution::reset(Random& random) {
  if (options_.zeros) {
    weight_.detach().zero_();
    bias_.detach().zero_();
    return;
  }
  fill_uniform(weight_, bound_of(weight_), random);
  fill_uniform(bias_, bound_of(weight_), random);
}

void Convolution::redraw(double std, Random& random) {
  if (options_.axes == 2) fill_normal(weight_, std, random);
}

Dense::Dense(int64_t input, int64_t output) {
  weight_ = register_parameter("weight", unfilled({output, input}));
  bias_ = register_parameter("bias", unfilled({output}));
}

at::Tensor Dense::forward(const at::Tensor& x) const { return at::linear(x, weight_, bias_); }

void Dense::reset(Random& random) {
  fill_uniform(weight_, bound_of(weight_), random);
  fill_uniform(bias_, bound_of(weight_), random);
}

void Dense::redraw(double std, Random& random) { fill_normal(weight_, std, random); }

GroupNormalization::GroupNormalization(int64_t groups, int64_t channels, double eps)
    : groups_(groups), eps_(eps) {
  SB_CHECK(groups >= 1 && channels % groups == 0, "groups divide the channels");
  weight_ = register_parameter("weight", unfilled({channels}));
  bias_ = register_parameter("bias", unfilled({channels}));
}

at::Tensor GroupNormalization::forward(const at::Tensor& x) const {
  return at::group_norm(x, groups_, weight_, bias_, eps_);
}

void GroupNormalization::reset(Random&) {
  weight_.detach().fill_(1.0);
  bias_.detach().zero_();
}

LookupTable::LookupTable(int64_t entries, int64_t width, double bound) : bound_(bound) {
  SB_CHECK(entries >= 1 && width >= 1, "lookup table sizes");
  weight_ = register_parameter("weight", unfilled({entries, width}));
}

at::Tensor LookupTable::forward(const at::Tensor& indices) const { return at::embedding(weight_, indices); }

void LookupTable::reset(Random& random) {
  if (bound_ > 0) {
    fill_uniform(weight_, bound_, random);
  } else {
    fill_normal(weight_, 1.0, random);
  }
}

void reset_layers(torch::nn::Module& network, Random& random) {
  c10::NoGradGuard no_grad;
  for (const auto& module : network.modules()) {
    if (auto* layer = dynamic_cast<PlainLayer*>(module.get())) layer->reset(random);
  }
}

void redraw_layers(torch::nn::Module& network, double std, Random& random) {
  c10::NoGradGuard no_grad;
  for (const auto& module : network.modules()) {
    if (auto* layer = dynamic_cast<PlainLayer*>(module.get())) layer->redraw(std, random);
  }
}

}  // namespace synerbench::nn
