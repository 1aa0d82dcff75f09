#include "harness/nn/vq_autoencoder.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench::nn {
namespace {

constexpr double kNormEps = 1e-6;

std::shared_ptr<Convolution> conv3(int64_t input, int64_t output) {
  return std::make_shared<Convolution>(ConvolutionOptions{.input = input, .output = output});
}
std::shared_ptr<Convolution> conv1(int64_t input, int64_t output) {
  return std::make_shared<Convolution>(
      ConvolutionOptions{.input = input, .output = output, .kernel = 1, .padding = 0});
}
std::shared_ptr<GroupNormalization> norm(int64_t groups, int64_t channels) {
  return std::make_shared<GroupNormalization>(groups, channels, kNormEps);
}

/// x -> y of the same family; the parts an encoder or decoder is a list of.
class Layer : public torch::nn::Module {
 public:
  virtual at::Tensor forward(const at::Tensor& x) const = 0;
};

/// skip(x) + conv(silu(norm(conv(silu(norm(x)))))).
class Residual : public Layer {
 public:
  Residual(int64_t input, int64_t output, int64_t groups) {
    norm1_ = register_module("norm1", norm(groups, input));
    conv1_ = register_module("conv1", conv3(input, output));
    norm2_ = register_module("norm2", norm(groups, output));
    conv2_ = register_module("conv2", conv3(output, output));
    if (input != output) shortcut_ = register_module("nin_shortcut", conv1(input, output));
  }
  at::Tensor forward(const at::Tensor& x) const override {
    const at::Tensor h = conv1_->forward(at::silu(norm1_->forward(x)));
    return (shortcut_ ? shortcut_->forward(x) : x) + conv2_->forward(at::silu(norm2_->forward(h)));
  }

 private:
  std::shared_ptr<GroupNormalization> norm1_, norm2_;
  std::shared_ptr<Convolution> conv1_, conv2_, shortcut_;
};

/// x + attention over all positions, one head.
class Attention : public Layer {
 public:
  Attention(int64_t channels, int64_t groups) {
    norm_ = register_module("norm", norm(groups, channels));
    q_ = register_module("q", conv1(channels, channels));
    k_ = register_module("k", conv1(channels, channels));
    v_ = register_module("v", conv1(channels, channels));
    projection_ = register_module("proj_out", conv1(channels, channels));
  }
  at::Tensor forward(const at::Tensor& x) const override {
    const at::Tensor h = norm_->forward(x);
    const auto flat = [&](const Convolution& conv) {
      return conv.forward(h).reshape({x.size(0), x.size(1), -1});  // [N, C, positions]
    };
    const double scale = 1.0 / std::sqrt(static_cast<double>(x.size(1)));
    const at::Tensor weights = at::softmax(at::bmm(flat(*q_).transpose(1, 2), flat(*k_)) * scale, -1);
    const at::Tensor mixed = at::bmm(flat(*v_), weights.transpose(1, 2)).reshape(x.sizes());
    return x + projection_->forward(mixed);
  }

 private:
  std::shared_ptr<GroupNormalization> norm_;
  std::shared_ptr<Convolution> q_, k_, v_, projection_;
};

/// Half the side: one row and one column of zeros at the right and the bottom only, then a 3x3 convolution
/// with stride 2.
class Downsample : public Layer {
 public:
  explicit Downsample(int64_t channels) {
    conv_ = register_module("conv", std::make_shared<Convolution>(ConvolutionOptions{
                                        .input = channels, .output = channels, .stride = 2, .padding = 0}));
  }
  at::Tensor forward(const at::Tensor& x) const override {
    return conv_->forward(at::constant_pad_nd(x, {0, 1, 0, 1}));
  }

 private:
  std::shared_ptr<Convolution> conv_;
};

/// Twice the side: nearest neighbor, then a 3x3 convolution.
class Upsample : public Layer {
 public:
  explicit Upsample(int64_t channels) { conv_ = register_module("conv", conv3(channels, channels)); }
  at::Tensor forward(const at::Tensor& x) const override {
    return conv_->forward(at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}));
  }

 private:
  std::shared_ptr<Convolution> conv_;
};

}  // namespace

/// Encoder or decoder: conv_in, a list of layers, norm_out, silu, conv_out.
class VqAutoencoderImpl::Stack : public torch::nn::Module {
 public:
  static std::shared_ptr<Stack> encoder(const VqAutoencoderOptions& o) {
    auto stack = std::make_shared<Stack>(o);
    stack->begin(o.image_channels, o.width);
    const auto down = stack->register_module("down", make_holder());
    for (size_t level = 0; level < o.multipliers.size(); ++level) {
      const auto holder = down->register_module(std::to_string(level), make_holder());
      stack->add_blocks(*holder, level, o.blocks);
      if (level + 1 < o.multipliers.size())
        stack->layers_.push_back(
            holder->register_module("downsample", std::make_shared<Downsample>(stack->channels_)));
    }
    stack->add_middle();
    stack->end(o.latent_channels);
    return stack;
  }

  static std::shared_ptr<Stack> decoder(const VqAutoencoderOptions& o) {
    auto stack = std::make_shared<Stack>(o);
    stack->begin(o.latent_channels, o.width * o.multipliers.back());
    stack->add_middle();
    const auto up = stack->register_module("up", make_holder());
    for (size_t level = o.multipliers.size(); level-- > 0;) {
      const auto holder = up->register_module(std::to_string(level), make_holder());
      stack->add_blocks(*holder, level, o.blocks + 1);
      if (level > 0)
        stack->layers_.push_back(
            holder->register_module("upsample", std::make_shared<Upsample>(stack->channels_)));
    }
    stack->end(o.image_channels);
    return stack;
  }

  explicit Stack(const VqAutoencoderOptions& options) : options_(options) {}

  at::Tensor forward(const at::Tensor& input) const {
    at::Tensor x = in_->forward(input);
    for (const auto& layer : layers_) x = layer->forward(x);
    return out_->forward(at::silu(norm_->forward(x)));
  }

 private:
  void begin(int64_t input, int64_t channels) {
    channels_ = channels;
    in_ = register_module("conv_in", conv3(input, channels));
  }
  void add_blocks(torch::nn::Module& holder, size_t level, int64_t count) {
    const auto& factors = options_.attention_factors;
    const bool attends = std::find(factors.begin(), factors.end(), int64_t{1} << level) != factors.end();
    const int64_t channels = options_.width * options_.multipliers[level];
    const auto blocks = holder.register_module("block", make_holder());
    const auto attention = attends ? holder.register_module("attn", make_holder()) : nullptr;
    for (int64_t i = 0; i < count; ++i) {
      layers_.push_back(blocks->register_module(
          std::to_string(i), std::make_shared<Residual>(channels_, channels, options_.groups)));
      channels_ = channels;
      if (!attends) continue;
      layers_.push_back(attention->register_module(std::to_string(i),
                                                   std::make_shared<Attention>(channels, options_.groups)));
    }
  }
  void add_middle() {
    const auto middle = register_module("mid", make_holder());
    const auto residual = [&] { return std::make_shared<Residual>(channels_, channels_, options_.groups); };
    layers_.push_back(middle->register_module("block_1", residual()));
    layers_.push_back(
        middle->register_module("attn_1", std::make_shared<Attention>(channels_, options_.groups)));
    layers_.push_back(middle->register_module("block_2", residual()));
  }
  void end(int64_t output) {
    norm_ = register_module("norm_out", norm(options_.groups, channels_));
    out_ = register_module("conv_out", conv3(channels_, output));
  }

  VqAutoencoderOptions options_;
  int64_t channels_ = 0;  // of the last layer added
  std::shared_ptr<Convolution> in_, out_;
  std::shared_ptr<GroupNormalization> norm_;
  std::vector<std::shared_ptr<Layer>> layers_;  // in the order they run
};

std::string trouble_with(const VqAutoencoderOptions& o) {
  if (o.multipliers.empty()) return "there is no level";
  if (o.width % o.groups != 0) return fmt::format("width {} is no multiple of {} groups", o.width, o.groups);
  return "";
}

VqAutoencoderImpl::VqAutoencoderImpl(const VqAutoencoderOptions& options) : options_(options) {
  const std::string trouble = trouble_with(options);
  SB_CHECK(trouble.empty(), trouble);
  encoder_ = register_module("encoder", Stack::encoder(options));
  decoder_ = register_module("decoder", Stack::decoder(options));
  codebook_ = register_module("quantize", make_holder())
                  ->register_module("embedding",
                                    std::make_shared<LookupTable>(options.codes, options.code_channels,
                                                                  1.0 / static_cast<double>(options.codes)));
  to_code_ = register_module("quant_conv", conv1(options.latent_channels, options.code_channels));
  from_code_ = register_module("post_quant_conv", conv1(options.code_channels, options.latent_channels));
}

at::Tensor VqAutoencoderImpl::encode(const at::Tensor& images) const {
  SB_CHECK(images.size(2) % factor() == 0 && images.size(3) % factor() == 0, "sides divide by the factor");
  return to_code_->forward(encoder_->forward(images));
}

Quantized VqAutoencoderImpl::quantize(const at::Tensor& latents) const {
  const int64_t channels = latents.size(1);
  const at::Tensor rows = latents.detach().permute({0, 2, 3, 1}).reshape({-1, channels});
  const at::Tensor table = codebook_->weight().detach();
  // |row - code|^2 without |row|^2, which is the same for all codes.
  const at::Tensor distance = table.square().sum(1).unsqueeze(0) - 2 * at::mm(rows, table.t());
  const at::Tensor indices = distance.argmin(1).reshape({latents.size(0), latents.size(2), latents.size(3)});
  return {codebook_->forward(indices).permute({0, 3, 1, 2}).contiguous(), indices};
}

at::Tensor VqAutoencoderImpl::decode(const at::Tensor& codes) const {
  return decoder_->forward(from_code_->forward(codes));
}

int64_t VqAutoencoderImpl::factor() const { return int64_t{1} << (options_.multipliers.size() - 1); }

std::vector<std::string> VqAutoencoderImpl::parts() const {
  return {"encoder", "decoder", "quantize", "quant_conv", "post_quant_conv"};
}

}  // namespace synerbench::nn
