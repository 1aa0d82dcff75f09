#include "harness/nn/conditional_gan.h"

#include <ATen/ATen.h>

#include "harness/nn/state.h"

namespace synerbench::nn {

ConditionalGanLosses ConditionalGan::step(const at::Tensor& source, const at::Tensor& target,
                                          const std::function<at::Tensor()>& generate, at::Tensor* fake_out) {
  const auto judge = [&](const at::Tensor& image, bool as_real) {
    const LayerContext training{.norm = NormMode::kTraining, .dropout = {}, .observe = {}};
    return gan_loss(weights.gan, discriminator->forward(at::cat({source, image}, 1), training), as_real);
  };
  optimizer_G.zero_grad();  // before the forward pass, whose memory it makes room for
  const at::Tensor fake = generate();
  if (fake_out) *fake_out = fake.detach();

  optimizer_D.zero_grad();
  const at::Tensor D_fake = judge(fake.detach(), false), D_real = judge(target, true);
  const at::Tensor D = (D_fake + D_real) * (0.5 * weights.adversarial);
  D.backward();
  optimizer_D.step();

  set_requires_grad(*discriminator, false);
  const at::Tensor G_GAN = judge(fake, true) * weights.adversarial;
  const at::Tensor G_L1 = at::l1_loss(fake, target) * weights.l1;
  const at::Tensor G = G_GAN + G_L1;
  G.backward();
  optimizer_G.step();
  set_requires_grad(*discriminator, true);

  // One transfer from the device for all six.
  const at::Tensor values = at::stack({D_fake, D_real, D, G_GAN, G_L1, G}).detach().to(at::kCPU, at::kDouble);
  const double* v = values.data_ptr<double>();
  return {v[0], v[1], v[2], v[3], v[4], v[5]};
}

}  // namespace synerbench::nn
