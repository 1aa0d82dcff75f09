#include "harness/nn/vq_training.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "harness/core/error.h"
#include "harness/nn/state.h"

namespace synerbench::nn {

at::Tensor gradient_difference(const at::Tensor& a, const at::Tensor& b) {
  constexpr int kScales = 3;
  SB_CHECK(a.sizes() == b.sizes() && a.size(2) % 4 == 0 && a.size(3) % 4 == 0 && a.size(2) >= 8,
           "images to compare");
  const auto slope = [](const at::Tensor& x, int64_t axis) {
    const int64_t n = x.size(axis);
    return x.narrow(axis, 1, n - 1) - x.narrow(axis, 0, n - 1);
  };
  at::Tensor difference = a - b, sum;  // differences are linear: one image is enough
  for (int scale = 0; scale < kScales; ++scale) {
    if (scale > 0) difference = at::avg_pool2d(difference, 2);
    const at::Tensor here = slope(difference, 2).abs().mean() + slope(difference, 3).abs().mean();
    sum = sum.defined() ? sum + here : here;
  }
  return sum / (2.0 * kScales);
}

VqTrainer::VqTrainer(const VqTrainingOptions& options, VqAutoencoder autoencoder)
    : optimizer("vqgan", parameters_of(*autoencoder, "vqgan"),
                {.lr = options.lr, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}),
      uses(at::zeros({autoencoder->options().codes + 1}, at::TensorOptions(at::kLong))),
      options_(options),
      autoencoder_(autoencoder) {}

VqLosses VqTrainer::step(const at::Tensor& images, Random& random) {
  const at::Tensor latents = autoencoder_->encode(images);
  const Quantized codes = autoencoder_->quantize(latents);
  const at::Tensor straight = latents + (codes.values - latents).detach();
  const at::Tensor decoded = autoencoder_->decode(straight);
  const at::Tensor reconstruction = at::l1_loss(decoded, images);
  const at::Tensor codebook = at::mse_loss(codes.values, latents.detach()) +
                              options_.commitment * at::mse_loss(latents, codes.values.detach());
  at::Tensor total = reconstruction + codebook;
  VqLosses losses{reconstruction.item<double>(), codebook.item<double>(), 0};
  if (options_.gradients > 0) {
    const at::Tensor gradients = gradient_difference(decoded, images);
    losses.gradients = gradients.item<double>();
    total = total + options_.gradients * gradients;
  }
  optimizer.zero_grad();
  total.backward();
  optimizer.step();
  revive(latents, codes.indices, random);
  return losses;
}

void VqTrainer::revive(const at::Tensor& latents, const at::Tensor& indices, Random& random) {
  c10::NoGradGuard no_grad;
  const int64_t count = autoencoder_->options().codes;
  uses.narrow(0, 0, count).add_(at::bincount(indices.reshape({-1}).to(at::kCPU), /*weights=*/{}, count));
  int64_t* counts = uses.data_ptr<int64_t>();
  if (++counts[count] % kReviveEvery != 0) return;
  const at::Tensor rows = latents.detach().permute({0, 2, 3, 1}).reshape({-1, latents.size(1)});
  for (int64_t code = 0; code < count; ++code) {
    if (counts[code] > 0) continue;
    const auto row = static_cast<int64_t>(random.below(static_cast<uint64_t>(rows.size(0))));
    autoencoder_->codebook().detach()[code].copy_(rows[row]);
  }
  uses.narrow(0, 0, count).zero_();
}

}  // namespace synerbench::nn
