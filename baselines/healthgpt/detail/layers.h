// Layers without bias that language models are made of.
#pragma once

#include "harness/nn/plain_layers.h"

namespace synerbench::healthgpt {

/// weight [output, input], no bias. Fresh: uniform in +-1/sqrt(input) (Kaiming uniform with a = sqrt(5)), or
/// 0.
class Matrix : public nn::PlainLayer {
 public:
  Matrix(int64_t input, int64_t output, bool zeros = false);
  at::Tensor forward(const at::Tensor& x) const;  // [..., input] -> [..., output]
  const at::Tensor& weight() const { return weight_; }
  void reset(Random& random) override;

 private:
  bool zeros_;
  at::Tensor weight_;
};

/// x / sqrt(mean x^2 + 1e-5) * weight over the last axis; weight 1 when fresh.
class RootMeanSquareNorm : public nn::PlainLayer {
 public:
  explicit RootMeanSquareNorm(int64_t width);
  at::Tensor forward(const at::Tensor& x) const;
  void reset(Random& random) override;

 private:
  at::Tensor weight_;
};

/// Layer normalization over the last axis, weight 1 and bias 0 when fresh.
class LayerNormalization : public nn::PlainLayer {
 public:
  explicit LayerNormalization(int64_t width);
  at::Tensor forward(const at::Tensor& x) const;
  void reset(Random& random) override;

 private:
  at::Tensor weight_, bias_;
};

/// softmax(q k^T / sqrt(head width) + mask) v with heads side by side on the last axis: [N, T, width] and [N,
/// S, width]. `mask` is added to the scores [T, S]; undefined: none.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads,
                  const at::Tensor& mask);

}  // namespace synerbench::healthgpt
