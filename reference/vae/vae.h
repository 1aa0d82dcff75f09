// The latent autoencoder (FLUX shape).
#pragma once

#include <ATen/core/Tensor.h>

#include "reference/mot/decoder.h"
#include "reference/mot/parameters.h"
#include "reference/shape/sizes.h"

namespace synerbench::reference {

/// Handles to the autoencoder's weights. The type of the weights is the type it computes in.
class Vae {
 public:
  Vae() = default;
  Vae(const Parameters* parameters, const VaeSizes& sizes) : parameters_(parameters), sizes_(sizes) {}
  const VaeSizes& sizes() const { return sizes_; }

  /// images [n, 3, h, w] in [-1, 1] -> mean and log variance [n, 2Z, h/D, w/D]. `observe` sees "conv_in",
  /// "down.<level>" (after the last block of a level), "mid".
  at::Tensor moments(const at::Tensor& images, const Observer& observe = {}) const;
  /// scale * (mean + exp(0.5 * logvar) * noise - shift); `noise` [n, Z, h/D, w/D], undefined: the mean is
  /// taken.
  at::Tensor latent(const at::Tensor& moments, const at::Tensor& noise) const;
  /// latents [n, Z, h, w] -> pixels [n, 3, h*D, w*D], unclamped. `observe` sees "conv_in", "mid",
  /// "up.<level>".
  at::Tensor decode(const at::Tensor& latents, const Observer& observe = {}) const;

 private:
  at::Tensor weight(const std::string& name) const;
  at::Tensor convolution(const at::Tensor& x, const std::string& name, int64_t padding,
                         int64_t stride = 1) const;
  at::Tensor norm(const at::Tensor& x, const std::string& name) const;
  at::Tensor residual(const at::Tensor& x, const std::string& name) const;
  at::Tensor attention(const at::Tensor& x, const std::string& name) const;
  at::Tensor middle(const at::Tensor& x, const std::string& side) const;

  const Parameters* parameters_ = nullptr;  // outlives this object
  VaeSizes sizes_;
};

/// [Z, rows*p, columns*p] -> [rows*columns, p*p*Z]; inside a token sub-row, sub-column, channel.
at::Tensor latent_tokens(const at::Tensor& latent, int64_t p);
/// The inverse.
at::Tensor latent_from_tokens(const at::Tensor& tokens, int64_t rows, int64_t columns, int64_t p);

}  // namespace synerbench::reference
