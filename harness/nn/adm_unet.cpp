#include "harness/nn/adm_unet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/nn/layers.h"

namespace synerbench::nn {
namespace {

constexpr double kNormEps = 1e-5;

using ModulePtr = std::shared_ptr<torch::nn::Module>;

/// `x` after showing it to the observer, whose key is only put together when somebody looks.
const at::Tensor& seen(const Observer& observe, const std::string& key, const char* leaf,
                       const at::Tensor& x) {
  if (observe) observe(join_key(key, leaf), x);
  return x;
}

bool contains(const std::vector<int64_t>& values, int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

std::string trouble_with(const AdmUnetOptions& o) {
  if (o.multipliers.empty()) return "there is no level";
  if (o.width % 2 != 0) return fmt::format("width {} is odd", o.width);
  if (o.width % o.groups != 0) return fmt::format("width {} is no multiple of {} groups", o.width, o.groups);
  for (size_t level = 0; level < o.multipliers.size(); ++level) {
    const int64_t channels = o.width * o.multipliers[level];
    const bool attends =
        level + 1 == o.multipliers.size() || contains(o.attention_factors, int64_t{1} << level);
    if (attends && channels % o.head_width != 0) {
      return fmt::format("{} channels do not divide into attention heads of {}", channels, o.head_width);
    }
  }
  return "";
}

at::Tensor time_embedding(const at::Tensor& t, int64_t width) {
  const int64_t half = width / 2;
  const at::Tensor frequencies = at::exp(at::arange(half, at::TensorOptions(at::kFloat).device(t.device())) *
                                         (-std::log(10000.0) / static_cast<double>(half)));
  const at::Tensor angles = t.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  return at::cat({at::cos(angles), at::sin(angles)}, 1);
}

AdmResidualBlock::AdmResidualBlock(int64_t input, int64_t output, int64_t embedding, int64_t groups,
                                   Resample resample)
    : resample_(resample) {
  const auto in_layers = register_module("in_layers", make_holder());
  in_norm_ = in_layers->register_module("0", std::make_shared<GroupNormalization>(groups, input, kNormEps));
  in_conv_ = in_layers->register_module(
      "2", std::make_shared<Convolution>(ConvolutionOptions{.input = input, .output = output}));
  embedding_ = register_module("emb_layers", make_holder())
                   ->register_module("1", std::make_shared<Dense>(embedding, 2 * output));
  const auto out_layers = register_module("out_layers", make_holder());
  out_norm_ =
      out_layers->register_module("0", std::make_shared<GroupNormalization>(groups, output, kNormEps));
  out_conv_ = out_layers->register_module("3", std::make_shared<Convolution>(ConvolutionOptions{
                                                   .input = output, .output = output, .zeros = true}));
  if (input != output) {
    skip_ =
        register_module("skip_connection", std::make_shared<Convolution>(ConvolutionOptions{
                                               .input = input, .output = output, .kernel = 1, .padding = 0}));
  }
}

at::Tensor AdmResidualBlock::resampled(const at::Tensor& x) const {
  switch (resample_) {
    case Resample::kNone:
      break;
    case Resample::kUp:
      return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
    case Resample::kDown:
      return at::avg_pool2d(x, 2);
  }
  return x;
}

at::Tensor AdmResidualBlock::forward(const at::Tensor& input, const at::Tensor& embedding,
                                     const Observer& observe, const std::string& key) const {
  at::Tensor x = input;
  at::Tensor h = seen(observe, key, "in_layers.0", in_norm_->forward(x));
  h = seen(observe, key, "in_layers.1", at::silu(h));
  if (resample_ != Resample::kNone) {
    const bool up = resample_ == Resample::kUp;
    h = seen(observe, key, up ? "h_upd" : "h_upd.op", resampled(h));
    x = seen(observe, key, up ? "x_upd" : "x_upd.op", resampled(x));
  }
  h = seen(observe, key, "in_layers.2", in_conv_->forward(h));
  const at::Tensor active = seen(observe, key, "emb_layers.0", at::silu(embedding));
  const at::Tensor film = seen(observe, key, "emb_layers.1", embedding_->forward(active));
  const at::Tensor scale = film.narrow(1, 0, h.size(1)).unsqueeze(2).unsqueeze(3);
  const at::Tensor shift = film.narrow(1, h.size(1), h.size(1)).unsqueeze(2).unsqueeze(3);
  h = seen(observe, key, "out_layers.0", out_norm_->forward(h));
  h = seen(observe, key, "out_layers.1", at::silu(h * (1 + scale) + shift));
  seen(observe, key, "out_layers.2", h);  // dropout, rate 0 in every published configuration
  h = seen(observe, key, "out_layers.3", out_conv_->forward(h));
  return seen(observe, key, "skip_connection", skip_ ? skip_->forward(x) : x) + h;
}

AdmAttention::AdmAttention(int64_t channels, int64_t head_width, int64_t groups)
    : heads_(channels / head_width) {
  SB_CHECK(channels % head_width == 0, "heads divide the channels");
  norm_ = register_module("norm", std::make_shared<GroupNormalization>(groups, channels, kNormEps));
  const auto pointwise = [&](int64_t output, bool zeros) {
    return std::make_shared<Convolution>(ConvolutionOptions{
        .input = channels, .output = output, .kernel = 1, .padding = 0, .axes = 1, .zeros = zeros});
  };
  qkv_ = register_module("qkv", pointwise(3 * channels, false));
  projection_ = register_module("proj_out", pointwise(channels, true));
}

at::Tensor AdmAttention::forward(const at::Tensor& input, const Observer& observe,
                                 const std::string& key) const {
  const int64_t n = input.size(0), channels = input.size(1);
  const at::Tensor x = input.reshape({n, channels, -1});
  const int64_t positions = x.size(2), head = channels / heads_;
  const at::Tensor normed = seen(observe, key, "norm", norm_->forward(x));
  const at::Tensor qkv =
      seen(observe, key, "qkv", qkv_->forward(normed)).reshape({n * heads_, 3 * head, positions});
  const double scale = 1.0 / std::sqrt(std::sqrt(static_cast<double>(head)));
  const at::Tensor q = qkv.narrow(1, 0, head) * scale, k = qkv.narrow(1, head, head) * scale;
  const at::Tensor weights = at::softmax(at::bmm(q.transpose(1, 2), k), -1);  // [n * heads, from, to]
  const at::Tensor mixed =
      at::bmm(qkv.narrow(1, 2 * head, head), weights.transpose(1, 2)).reshape({n, channels, positions});
  seen(observe, key, "attention", mixed);
  return (x + seen(observe, key, "proj_out", projection_->forward(mixed))).reshape(input.sizes());
}

AdmUnetImpl::Stage AdmUnetImpl::new_stage(torch::nn::Module& parent, const std::string& parent_key,
                                          size_t index, std::vector<ModulePtr> layers) {
  const auto holder = parent.register_module(std::to_string(index), make_holder());
  for (size_t i = 0; i < layers.size(); ++i) holder->register_module(std::to_string(i), layers[i]);
  return {join_key(parent_key, std::to_string(index)), std::move(layers)};
}

AdmUnetImpl::AdmUnetImpl(const AdmUnetOptions& options) : options_(options) {
  const std::string trouble = trouble_with(options);
  SB_CHECK(trouble.empty(), trouble);
  using Resample = AdmResidualBlock::Resample;
  const int64_t width = options.width, embedding = 4 * width, groups = options.groups;
  const auto time = register_module("time_embed", make_holder());
  time_in_ = time->register_module("0", std::make_shared<Dense>(width, embedding));
  time_out_ = time->register_module("2", std::make_shared<Dense>(embedding, embedding));
  if (options.labels > 0)
    labels_ = register_module("label_emb", std::make_shared<LookupTable>(options.labels, embedding));

  int64_t channels = width;
  const auto block = [&](int64_t extra, int64_t output, Resample resample) -> ModulePtr {
    auto made = std::make_shared<AdmResidualBlock>(channels + extra, output, embedding, groups, resample);
    channels = output;
    return made;
  };
  const auto attention = [&]() -> ModulePtr {
    return std::make_shared<AdmAttention>(channels, options.head_width, groups);
  };
  const auto block_of = [&](int64_t extra, size_t level) {
    std::vector<ModulePtr> layers;
    layers.reserve(3);  // a block, perhaps attention, perhaps a resampling block
    layers.push_back(block(extra, width * options.multipliers[level], Resample::kNone));
    if (contains(options.attention_factors, int64_t{1} << level)) layers.push_back(attention());
    return layers;
  };

  const auto inputs = register_module("input_blocks", make_holder());
  std::vector<int64_t> skips{channels};
  const auto add_input = [&](std::vector<ModulePtr> layers) {
    input_.push_back(new_stage(*inputs, "input_blocks", input_.size(), std::move(layers)));
  };
  add_input({std::make_shared<Convolution>(
      ConvolutionOptions{.input = options.input_channels, .output = channels})});
  const size_t levels = options.multipliers.size();
  for (size_t level = 0; level < levels; ++level) {
    for (int64_t i = 0; i < options.blocks; ++i) {
      add_input(block_of(0, level));
      skips.push_back(channels);
    }
    if (level + 1 == levels) break;
    add_input({block(0, channels, Resample::kDown)});
    skips.push_back(channels);
  }

  const auto middle = register_module("middle_block", make_holder());
  middle_.key = "middle_block";
  middle_.layers = {block(0, channels, Resample::kNone), attention(), block(0, channels, Resample::kNone)};
  for (size_t i = 0; i < 3; ++i) middle->register_module(std::to_string(i), middle_.layers[i]);

  const auto outputs = register_module("output_blocks", make_holder());
  for (size_t level = levels; level-- > 0;) {
    for (int64_t i = 0; i <= options.blocks; ++i) {
      std::vector<ModulePtr> layers = block_of(skips.back(), level);
      skips.pop_back();
      if (level > 0 && i == options.blocks) layers.push_back(block(0, channels, Resample::kUp));
      output_.push_back(new_stage(*outputs, "output_blocks", output_.size(), std::move(layers)));
    }
  }

  const auto out = register_module("out", make_holder());
  out_norm_ = out->register_module("0", std::make_shared<GroupNormalization>(groups, channels, kNormEps));
  out_conv_ =
      out->register_module("2", std::make_shared<Convolution>(ConvolutionOptions{
                                    .input = width, .output = options.output_channels, .zeros = true}));
}

int64_t AdmUnetImpl::side_multiple() const { return int64_t{1} << (options_.multipliers.size() - 1); }

at::Tensor AdmUnetImpl::run(const Stage& stage, const at::Tensor& input, const at::Tensor& embedding,
                            const Observer& observe) const {
  at::Tensor x = input;
  for (size_t i = 0; i < stage.layers.size(); ++i) {
    const std::string key = observe ? join_key(stage.key, std::to_string(i)) : std::string();
    torch::nn::Module* layer = stage.layers[i].get();
    if (auto* block = dynamic_cast<AdmResidualBlock*>(layer)) {
      x = block->forward(x, embedding, observe, key);
    } else if (auto* attention = dynamic_cast<AdmAttention*>(layer)) {
      x = attention->forward(x, observe, key);
    } else {
      x = dynamic_cast<Convolution&>(*layer).forward(x);
      if (observe) observe(key, x);
    }
  }
  return x;
}

at::Tensor AdmUnetImpl::forward(const at::Tensor& input, const at::Tensor& t, const at::Tensor& labels,
                                const Observer& observe) const {
  SB_CHECK(input.size(2) % side_multiple() == 0 && input.size(3) % side_multiple() == 0,
           "sides divide by the levels");
  SB_CHECK(labels.defined() == (labels_ != nullptr), "labels are given exactly when there is a table");
  at::Tensor embedding =
      seen(observe, "time_embed", "0", time_in_->forward(time_embedding(t, options_.width)));
  embedding = seen(observe, "time_embed", "1", at::silu(embedding));
  embedding = seen(observe, "time_embed", "2", time_out_->forward(embedding));
  if (labels_) embedding = embedding + labels_->forward(labels);

  at::Tensor h = input;
  std::vector<at::Tensor> skips;
  for (const Stage& stage : input_) {
    h = run(stage, h, embedding, observe);
    skips.push_back(h);
  }
  h = run(middle_, h, embedding, observe);
  for (const Stage& stage : output_) {
    h = run(stage, at::cat({h, skips.back()}, 1), embedding, observe);
    skips.pop_back();
  }
  h = seen(observe, "out", "0", out_norm_->forward(h));
  h = seen(observe, "out", "1", at::silu(h));
  return seen(observe, "out", "2", out_conv_->forward(h));
}

}  // namespace synerbench::nn
