// Training of the reconstructed ACDS.
//
// Note [RCD's reconstruction]. Of RCD the registration-guided dual branch is public; the disentanglement
// module is not. From the overview figure: per domain a content encoder, a style encoder fed with a fixed
// domain code, a generator; synthesis through the target's generator; the anatomy of a synthesized image,
// re-encoded, must stay that of its source. From second-hand summaries: self-reconstruction, cycle and
// adversarial losses in both domains. Ours: all layers and sizes, the weights 10, 10 and 1, that a
// synthesized image is re-encoded by the encoder of the domain it now looks like, that the discriminators
// judge single images, and that the alignment terms use ACDS from source to target as their generator.
// Results are reported as a reconstruction.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "baselines/rcd/detail/trainer.h"

namespace synerbench::rcd {
namespace {

AcdsOptions acds_options(const Config& config) {
  return {.dimensions = config.dimensions,
          .n = config.ngf,
          .blocks = config.acds_blocks,
          .style_width = config.style_width,
          .style = config.style,
          .domain_codes = config.domain_codes};
}

DiscriminatorOptions discriminator_options(const Config& config) {
  return {
      .dimensions = config.dimensions, .input_channels = 1, .ndf = config.ndf, .layers = config.n_layers_D};
}

}  // namespace

AcdsSynthesis::AcdsSynthesis(const Config& config)
    : Ec_s(acds_options(config)), Es_t(acds_options(config), 1), G_t(acds_options(config)) {}

AcdsTrainer::AcdsTrainer(const Config& config, const std::string& device)
    : Trainer(config, device),
      synthesis_(config),
      Ec_t_(acds_options(config)),
      Es_s_(acds_options(config), 0),
      G_s_(acds_options(config)),
      R_(config.dimensions, config.ngf, config.halvings, config.integration_steps),
      D_A_(discriminator_options(config)),
      D_B_(discriminator_options(config)) {
  const std::vector<NetworkHandle> all = networks();
  for (const NetworkHandle& handle : all) handle.network->to(at::Device(device));
  add_optimizer("G", {all.begin(), all.begin() + 6});
  for (size_t i = 6; i < all.size(); ++i) add_optimizer(all[i].name, {all[i]});
}

std::vector<NetworkHandle> AcdsTrainer::networks() {
  std::vector<NetworkHandle> all = synthesis_.networks();
  all.insert(all.end(), {{"Ec_t", Ec_t_.get(), false},
                         {"Es_s", Es_s_.get(), false},
                         {"G_s", G_s_.get(), false},
                         {"R", R_.get(), false},
                         {"D_A", D_A_.get(), false},
                         {"D_B", D_B_.get(), false}});
  return all;
}

void AcdsTrainer::initialize(Random& random) {
  for (const NetworkHandle& handle : networks()) {
    if (handle.network == R_.get()) {
      R_->initialize(config_.flow_std, random);
    } else {
      initialize_all(*handle.network, config_.init_std, random);
    }
  }
}

Losses AcdsTrainer::step(const at::Tensor& source, const at::Tensor& target, StepImages* images) {
  ContentEncoder &Ec_s = synthesis_.Ec_s, &Ec_t = Ec_t_;
  StyledGenerator &G_t = synthesis_.G_t, &G_s = G_s_;
  const at::Tensor s_s = Es_s_->forward(), s_t = synthesis_.Es_t->forward();
  const at::Tensor c_s = Ec_s->forward(source), c_t = Ec_t->forward(target);
  const at::Tensor o_t = G_t->forward(c_s, s_t), o_s = G_s->forward(c_t, s_s);
  const at::Tensor again_s = Ec_t->forward(o_t),
                   again_t = Ec_s->forward(o_s);  // anatomy after the translation

  const at::Tensor self =
      (at::l1_loss(G_s->forward(c_s, s_s), source) + at::l1_loss(G_t->forward(c_t, s_t), target)) *
      config_.lambda_self;
  const at::Tensor cycle =
      (at::l1_loss(G_s->forward(again_s, s_s), source) + at::l1_loss(G_t->forward(again_t, s_t), target)) *
      config_.lambda_cycle;
  const at::Tensor anatomy = (at::l1_loss(again_s, c_s) + at::l1_loss(again_t, c_t)) * config_.lambda_anatomy;
  const at::Tensor GAN_t = judged_real(D_B_, o_t), GAN_s = judged_real(D_A_, o_s);

  const Deformation deformation = R_->forward(source, target);
  const at::Tensor o1 = G_t->forward(Ec_s->forward(warp(source, deformation.displacement)), s_t);
  const at::Tensor o2 = warp(o_t, deformation.displacement);
  const at::Tensor SR_1 = at::l1_loss(o1, target) * config_.lambda_align;
  const at::Tensor SR_2 = at::l1_loss(o2, target) * config_.lambda_align;
  const at::Tensor SM = smoothness(deformation.velocity) * config_.lambda_smooth;  // in each branch

  const at::Tensor G = SR_1 + SR_2 + 2 * SM + self + cycle + anatomy + GAN_t + GAN_s;
  optimizer("G").zero_grad();
  optimizer("R").zero_grad();
  G.backward();
  optimizer("G").step();
  optimizer("R").step();

  at::Tensor fake_t, fake_s;
  {
    c10::NoGradGuard no_grad;  // as in the released order: by the updated networks
    fake_t = synthesis_.forward(source);
    fake_s = G_s->forward(Ec_t->forward(target), Es_s_->forward());
  }
  const at::Tensor D_B_loss = step_discriminator(D_B_, "D_B", fake_t, target)[2];
  const at::Tensor D_A_loss = step_discriminator(D_A_, "D_A", fake_s, source)[2];
  if (images) *images = {deformation, o1.detach(), o2.detach(), fake_t};

  c10::NoGradGuard no_grad;
  const at::Tensor moved = deformation.displacement.detach().square().sum(1).sqrt().mean();
  const at::Tensor values =
      at::stack({SR_1, SR_2, SM, self, cycle, anatomy, GAN_t, GAN_s, G, D_B_loss, D_A_loss, moved})
          .detach()
          .to(at::kCPU, at::kDouble);
  const double* v = values.data_ptr<double>();
  return {{"SR_1", v[0]},  {"SR_2", v[1]},    {"SM", v[2]},      {"self", v[3]},
          {"cycle", v[4]}, {"anatomy", v[5]}, {"G_GAN_t", v[6]}, {"G_GAN_s", v[7]},
          {"G", v[8]},     {"D_B", v[9]},     {"D_A", v[10]},    {"displacement", v[11]}};
}

}  // namespace synerbench::rcd
