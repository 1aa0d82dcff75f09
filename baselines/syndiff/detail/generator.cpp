#include "baselines/syndiff/detail/generator.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>

#include "baselines/syndiff/detail/diffusion.h"
#include "harness/core/error.h"

namespace synerbench::syndiff {
namespace {

torch::nn::Conv2d conv3(int64_t input, int64_t output) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(input, output, 3).padding(1));
}

}  // namespace

GeneratorImpl::GeneratorImpl(const GeneratorOptions& options) : options_(options) {
  SB_CHECK(!options.mult.empty() && options.blocks >= 1 && options.nf % 4 == 0 && options.nf >= 4,
           "generator options");
  z_transform_ = register_module("z_transform", torch::nn::ModuleList());
  z_transform_->push_back(torch::nn::Identity());  // the pixel norm's place
  for (int64_t i = 0; i <= options.z_layers; ++i) {
    z_transform_->push_back(
        torch::nn::Linear(i == 0 ? options.nz : options.z_embedding, options.z_embedding));
    z_transform_->push_back(torch::nn::SiLU());
  }

  all_modules_ = register_module("all_modules", torch::nn::ModuleList());
  const int64_t nf = options.nf, time_width = 4 * nf;
  const auto last = static_cast<int64_t>(options.mult.size()) - 1;
  const auto residual = [&](int64_t input, int64_t output, Resample resample = Resample::kNone) {
    all_modules_->push_back(ResidualBlock(input, output, time_width, options.z_embedding, resample));
  };
  const auto has_attention = [&](int64_t level) {
    const auto& wanted = options.attention;
    return std::find(wanted.begin(), wanted.end(), options.image_size >> level) != wanted.end();
  };

  all_modules_->push_back(torch::nn::Linear(nf, time_width));
  all_modules_->push_back(torch::nn::Linear(time_width, time_width));
  all_modules_->push_back(conv3(options.channels, nf));
  std::vector<int64_t> skips{nf};
  int64_t width = nf, pyramid = options.channels;
  for (int64_t level = 0; level <= last; ++level) {
    const int64_t next = nf * options.mult[static_cast<size_t>(level)];
    for (int64_t block = 0; block < options.blocks; ++block) {
      residual(width, next);
      width = next;
      if (has_attention(level)) all_modules_->push_back(Attention(width));
      skips.push_back(width);
    }
    if (level == last) break;
    residual(width, width, Resample::kDown);
    all_modules_->push_back(PyramidDown(pyramid, width));
    pyramid = width;
    skips.push_back(width);
  }
  residual(width, width);
  all_modules_->push_back(Attention(width));
  residual(width, width);
  for (int64_t level = last; level >= 0; --level) {
    const int64_t next = nf * options.mult[static_cast<size_t>(level)];
    for (int64_t block = 0; block <= options.blocks; ++block) {
      residual(width + skips.back(), next);
      skips.pop_back();
      width = next;
    }
    if (has_attention(level)) all_modules_->push_back(Attention(width));
    if (level > 0) residual(width, width, Resample::kUp);
  }
  SB_CHECK(skips.empty(), "every skip is consumed");
  all_modules_->push_back(
      torch::nn::GroupNorm(torch::nn::GroupNormOptions(std::min<int64_t>(width / 4, 32), width).eps(1e-6)));
  all_modules_->push_back(conv3(width, options.channels));
}

at::Tensor GeneratorImpl::embed_z(const at::Tensor& z, const Observer& observe) {
  at::Tensor style = pixel_norm(z);
  if (observe) observe("z_transform.0", style);
  for (int64_t i = 0; i <= options_.z_layers; ++i) {
    const auto place = static_cast<size_t>(2 * i + 1);
    style = z_transform_->at<torch::nn::LinearImpl>(place).forward(style);
    if (observe) observe("z_transform." + std::to_string(place), style);
    style = at::silu(style);
    if (observe && i == 0) observe("act", style);
  }
  return style;
}

at::Tensor GeneratorImpl::forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& z,
                                  const Observer& observe) {
  const at::Tensor style = embed_z(z, observe);
  // One walk through all_modules in the order of construction; next_* runs the module at `place` and moves
  // on.
  size_t place = 0;
  at::Tensor time;  // SiLU of the time embedding, once it is known
  const auto done = [&](const at::Tensor& output) {
    if (observe) observe("module." + std::to_string(place), output);
    ++place;
    return output;
  };
  const auto key = [&] { return "all_modules." + std::to_string(place); };
  const auto next_plain = [&](const at::Tensor& input) {  // linear, convolution, head's norm
    torch::nn::Module& module = *all_modules_->ptr(place);
    at::Tensor output;
    if (auto* linear = module.as<torch::nn::LinearImpl>()) output = linear->forward(input);
    if (auto* conv = module.as<torch::nn::Conv2dImpl>()) output = conv->forward(input);
    if (auto* norm = module.as<torch::nn::GroupNormImpl>()) output = norm->forward(input);
    SB_CHECK(output.defined(), "module of another kind at " + key());
    if (observe) observe(key(), output);
    return done(output);
  };
  const auto next_residual = [&](const at::Tensor& input) {
    return done(all_modules_->at<ResidualBlockImpl>(place).forward(input, time, style, observe, key()));
  };
  const auto next_attention_if_there = [&](const at::Tensor& input) {
    auto* attention = all_modules_->ptr(place)->as<AttentionImpl>();
    return attention ? done(attention->forward(input, observe, key())) : input;
  };

  time = next_plain(time_embedding(t, options_.nf).to(x.scalar_type()));
  time = at::silu(next_plain(at::silu(time)));
  at::Tensor h = next_plain(x), pyramid = x;
  std::vector<at::Tensor> skips{h};
  const size_t levels = options_.mult.size();
  for (size_t level = 0; level < levels; ++level) {
    for (int64_t block = 0; block < options_.blocks; ++block) {
      h = next_attention_if_there(next_residual(h));
      skips.push_back(h);
    }
    if (level + 1 == levels) break;
    h = next_residual(h);
    pyramid = done(all_modules_->at<PyramidDownImpl>(place).forward(pyramid, observe, key()));
    h = pyramid = scaled_sum(pyramid, h);
    skips.push_back(h);
  }
  h = next_residual(next_attention_if_there(next_residual(h)));
  for (size_t level = levels; level-- > 0;) {
    for (int64_t block = 0; block <= options_.blocks; ++block) {
      h = next_residual(at::cat({h, skips.back()}, 1));
      skips.pop_back();
    }
    h = next_attention_if_there(h);
    if (level > 0) h = next_residual(h);
  }
  h = next_plain(at::silu(next_plain(h)));
  SB_CHECK(place == all_modules_->size(), "every module ran");
  return at::tanh(h);
}

void GeneratorImpl::initialize(Random& random) {
  c10::NoGradGuard no_grad;
  for (const auto& module : *z_transform_) {
    if (auto* linear = module->as<torch::nn::LinearImpl>()) initialize_uniform(*linear, random);
  }
  for (size_t i = 0; i < all_modules_->size(); ++i) {
    torch::nn::Module& module = *all_modules_->ptr(i);
    const bool head = i + 1 == all_modules_->size();
    if (auto* linear = module.as<torch::nn::LinearImpl>()) initialize_uniform(*linear, random);
    if (auto* conv = module.as<torch::nn::Conv2dImpl>()) initialize_uniform(*conv, head ? 0 : 1, random);
    if (auto* block = module.as<ResidualBlockImpl>()) block->initialize(random);
    if (auto* attention = module.as<AttentionImpl>()) attention->initialize(random);
    if (auto* pyramid = module.as<PyramidDownImpl>()) pyramid->initialize(random);
    if (auto* norm = module.as<torch::nn::GroupNormImpl>()) {
      norm->weight.detach().fill_(1.0);
      norm->bias.detach().zero_();
    }
  }
}

}  // namespace synerbench::syndiff
