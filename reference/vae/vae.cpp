#include "reference/vae/vae.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "reference/mot/attention.h"

namespace synerbench::reference {
namespace {

constexpr double kNormEps = 1e-6;

}  // namespace

at::Tensor Vae::weight(const std::string& name) const { return parameters_->leaf(name); }

at::Tensor Vae::convolution(const at::Tensor& x, const std::string& name, int64_t padding,
                            int64_t stride) const {
  return at::conv2d(x, weight(name + ".weight"), weight(name + ".bias"), stride, padding);
}

at::Tensor Vae::norm(const at::Tensor& x, const std::string& name) const {
  return at::group_norm(x, kNormGroups, weight(name + ".weight"), weight(name + ".bias"), kNormEps);
}

at::Tensor Vae::residual(const at::Tensor& x, const std::string& name) const {
  at::Tensor h = convolution(at::silu(norm(x, name + ".norm1")), name + ".conv1", 1);
  h = convolution(at::silu(norm(h, name + ".norm2")), name + ".conv2", 1);
  const bool shortcut = parameters_->has_leaf(name + ".nin_shortcut.weight");
  return (shortcut ? convolution(x, name + ".nin_shortcut", 0) : x) + h;
}

at::Tensor Vae::attention(const at::Tensor& x, const std::string& name) const {
  const at::Tensor h = norm(x, name + ".norm");
  const int64_t n = x.size(0), c = x.size(1), area = x.size(2) * x.size(3);
  const auto rows = [&](const char* part) {
    return convolution(h, fmt::format("{}.{}", name, part), 0)
        .view({n, c, area})
        .transpose(1, 2)
        .contiguous();
  };
  const at::Tensor q = rows("q"), k = rows("k"), v = rows("v");
  std::vector<at::Tensor> parts;  // one head per image; an image sees itself only
  for (int64_t i = 0; i < n; ++i) {
    parts.push_back(attend_block(q.narrow(0, i, 1), k.narrow(0, i, 1), v.narrow(0, i, 1), false));
  }
  const at::Tensor attended = at::cat(parts, 0).transpose(1, 2).reshape(x.sizes());
  return x + convolution(attended, name + ".proj_out", 0);
}

at::Tensor Vae::middle(const at::Tensor& x, const std::string& side) const {
  return residual(attention(residual(x, side + ".mid.block_1"), side + ".mid.attn_1"), side + ".mid.block_2");
}

at::Tensor Vae::moments(const at::Tensor& images, const Observer& observe) const {
  const auto see = [&](const std::string& name, const at::Tensor& value) {
    if (observe) observe(name, value);
  };
  const auto levels = static_cast<int64_t>(sizes_.multipliers.size());
  at::Tensor h = convolution(images.to(weight("encoder.conv_in.weight").scalar_type()), "encoder.conv_in", 1);
  see("conv_in", h);
  for (int64_t level = 0; level < levels; ++level) {
    for (int64_t block = 0; block < sizes_.blocks; ++block)
      h = residual(h, fmt::format("encoder.down.{}.block.{}", level, block));
    see(fmt::format("down.{}", level), h);
    if (level + 1 < levels) {
      // One zero row below and one zero column to the right, not the symmetric padding of a convolution.
      h = convolution(at::constant_pad_nd(h, {0, 1, 0, 1}),
                      fmt::format("encoder.down.{}.downsample.conv", level), 0, 2);
    }
  }
  h = middle(h, "encoder");
  see("mid", h);
  return convolution(at::silu(norm(h, "encoder.norm_out")), "encoder.conv_out", 1);
}

at::Tensor Vae::latent(const at::Tensor& moments, const at::Tensor& noise) const {
  const int64_t z = sizes_.latent_channels;
  at::Tensor sample = moments.narrow(1, 0, z);
  if (noise.defined()) sample = sample + at::exp(0.5 * moments.narrow(1, z, z)) * noise.to(moments.options());
  return sizes_.scale * (sample - sizes_.shift);
}

at::Tensor Vae::decode(const at::Tensor& latents, const Observer& observe) const {
  const auto see = [&](const std::string& name, const at::Tensor& value) {
    if (observe) observe(name, value);
  };
  const auto levels = static_cast<int64_t>(sizes_.multipliers.size());
  const at::Tensor z =
      latents.to(weight("decoder.conv_in.weight").scalar_type()) / sizes_.scale + sizes_.shift;
  at::Tensor h = convolution(z, "decoder.conv_in", 1);
  see("conv_in", h);
  h = middle(h, "decoder");
  see("mid", h);
  for (int64_t level = levels - 1; level >= 0; --level) {
    for (int64_t block = 0; block <= sizes_.blocks; ++block)
      h = residual(h, fmt::format("decoder.up.{}.block.{}", level, block));
    see(fmt::format("up.{}", level), h);
    if (level > 0) {
      const at::Tensor large = at::upsample_nearest2d(h, {2 * h.size(2), 2 * h.size(3)});
      h = convolution(large, fmt::format("decoder.up.{}.upsample.conv", level), 1);
    }
  }
  return convolution(at::silu(norm(h, "decoder.norm_out")), "decoder.conv_out", 1);
}

at::Tensor latent_tokens(const at::Tensor& latent, int64_t p) {
  const int64_t z = latent.size(0), rows = latent.size(1) / p, columns = latent.size(2) / p;
  return latent.reshape({z, rows, p, columns, p})
      .permute({1, 3, 2, 4, 0})
      .reshape({rows * columns, p * p * z});
}

at::Tensor latent_from_tokens(const at::Tensor& tokens, int64_t rows, int64_t columns, int64_t p) {
  const int64_t z = tokens.size(1) / (p * p);
  SB_CHECK(tokens.size(0) == rows * columns, "tokens match the image's shape");
  return tokens.reshape({rows, columns, p, p, z})
      .permute({4, 0, 2, 1, 3})
      .reshape({z, rows * p, columns * p});
}

}  // namespace synerbench::reference
