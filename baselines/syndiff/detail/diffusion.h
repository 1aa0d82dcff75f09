// SynDiff's few large diffusion steps: coefficient tables, forward draws, posterior.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace synerbench::syndiff {

/// Variance-preserving noise beta(t) = beta_min + t (beta_max - beta_min), cut into K steps at t_i = 0.001 +
/// 0.999 i / K. All tables are float32, in the arithmetic of the published code.
///
/// Note [SynDiff in float32]. beta_0 = 1e-8 is lost in 1 - beta_0, so a[0] = 1, A[0] = 1 and Sigma[0] = 0
/// exactly: at t = 0 the less noisy image of a training pair is the clean one. sigma[0] stays 1e-4, but no
/// step uses it.
struct Diffusion {
  Diffusion(int64_t steps, double beta_min, double beta_max);
  int64_t steps;  // K

  // One more entry than steps, index 0 is the clean end.
  std::vector<float> a, sigma;  // sqrt(1 - beta_i), sqrt(beta_i): from x_{i-1} to x_i
  std::vector<float> A, Sigma;  // prod a_0..a_i, sqrt(1 - A_i^2): from x_0 to x_i
  // Of the step from x_{t+1} back to x_t, t = 0..K-1.
  std::vector<float> beta, variance, log_variance;  // log of the variance, clipped at 1e-20
  std::vector<float> c1, c2;                        // posterior mean = c1 x_0 + c2 x_{t+1}

  struct Pair {
    at::Tensor x_t, x_next;  // x_t and x_{t+1}
  };
  /// x_t = A_t x0 + Sigma_t eps_t, x_{t+1} = a_{t+1} x_t + sigma_{t+1} eps_next. x0 [N, 1, H, W]; t [N] int64
  /// in 0..K-1.
  Pair draw(const at::Tensor& x0, const at::Tensor& t, const at::Tensor& eps_t,
            const at::Tensor& eps_next) const;
  /// A draw from q(x_t | x_{t+1}, x0); at t = 0 it is c1 x0 + c2 x_{t+1} = x0, without noise.
  at::Tensor posterior(const at::Tensor& x0, const at::Tensor& x_next, const at::Tensor& t,
                       const at::Tensor& noise) const;
};

/// [N, dim] from t [N]: sines, then cosines of t exp(-ln(10000) i / (dim/2 - 1)), i = 0..dim/2-1. dim even,
/// >= 4.
at::Tensor time_embedding(const at::Tensor& t, int64_t dim);

}  // namespace synerbench::syndiff
