// What both trainers share, and the released one.
#include "baselines/rcd/detail/trainer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "harness/core/error.h"
#include "harness/nn/state.h"

namespace synerbench::rcd {
namespace {

void set_requires_grad(torch::nn::Module& network, bool required) {
  for (at::Tensor& parameter : network.parameters()) parameter.set_requires_grad(required);
}

DiscriminatorOptions discriminator_options(const Config& config, int64_t channels) {
  return {.dimensions = config.dimensions,
          .input_channels = channels,
          .ndf = config.ndf,
          .layers = config.n_layers_D};
}

}  // namespace

UnetSynthesis::UnetSynthesis(const Config& config)
    : G(UnetOptions{.dimensions = config.dimensions, .ngf = config.ngf, .halvings = config.halvings}) {}

std::unique_ptr<Synthesis> make_synthesis(const Config& config) {
  if (config.core == Core::kUnet) return std::make_unique<UnetSynthesis>(config);
  return std::make_unique<AcdsSynthesis>(config);
}

std::unique_ptr<Trainer> make_trainer(const Config& config, const std::string& device) {
  if (config.core == Core::kUnet) return std::make_unique<ReleasedTrainer>(config, device);
  return std::make_unique<AcdsTrainer>(config, device);
}

std::vector<nn::Optimizer*> Trainer::optimizers() {
  std::vector<nn::Optimizer*> all;
  for (nn::Adam& optimizer : optimizers_) all.push_back(&optimizer);
  return all;
}

void Trainer::add_optimizer(const std::string& name, const std::vector<NetworkHandle>& networks) {
  std::vector<nn::NamedTensor> parameters;
  for (const NetworkHandle& handle : networks) {
    for (nn::NamedTensor& named : nn::parameters_of(*handle.network))
      parameters.push_back({handle.name + "." + named.name, named.tensor});
  }
  optimizers_.emplace_back(
      name, std::move(parameters),
      nn::Adam::Settings{.lr = config_.lr, .beta1 = config_.beta1, .beta2 = config_.beta2, .eps = 1e-8});
}

nn::Adam& Trainer::optimizer(const std::string& name) {
  for (nn::Adam& optimizer : optimizers_)
    if (optimizer.name() == name) return optimizer;
  check_failed("optimizer is known", __FILE__, __LINE__, name);
}

std::array<at::Tensor, 3> Trainer::step_discriminator(Discriminator& D, const std::string& name,
                                                      const at::Tensor& fake, const at::Tensor& real) {
  optimizer(name).zero_grad();
  const at::Tensor fake_loss = nn::gan_loss(config_.gan, D->forward(fake), false);
  const at::Tensor real_loss = nn::gan_loss(config_.gan, D->forward(real), true);
  const at::Tensor loss = (fake_loss + real_loss) * 0.5;
  loss.backward();
  optimizer(name).step();
  return {fake_loss.detach(), real_loss.detach(), loss.detach()};
}

at::Tensor Trainer::judged_real(Discriminator& D, const at::Tensor& images) {
  // The published code lets gradients flow into D here and throws them away; not making them is the same.
  set_requires_grad(*D, false);
  const at::Tensor loss = nn::gan_loss(config_.gan, D->forward(images), true) * config_.lambda_gan;
  set_requires_grad(*D, true);
  return loss;
}

ReleasedTrainer::ReleasedTrainer(const Config& config, const std::string& device)
    : Trainer(config, device),
      synthesis_(config),
      R(config.dimensions, config.ngf, config.halvings, config.integration_steps),
      D(discriminator_options(config, 2)) {
  adopt(synthesis_.G, "G");
  adopt(R, "R");
  adopt(D, "D");
}

std::vector<NetworkHandle> ReleasedTrainer::networks() {
  return {{"G", synthesis_.G.get(), true}, {"R", R.get(), false}, {"D", D.get(), false}};
}

void ReleasedTrainer::initialize(Random& random) {
  initialize_all(*synthesis_.G, config_.init_std, random);
  R->initialize(config_.flow_std, random);
  initialize_all(*D, config_.init_std, random);
}

Losses ReleasedTrainer::step(const at::Tensor& source, const at::Tensor& target, StepImages* images) {
  const Deformation deformation = R->forward(source, target);
  const at::Tensor o1 = synthesis_.G->forward(warp(source, deformation.displacement));
  const at::Tensor o2 = warp(synthesis_.G->forward(source), deformation.displacement);
  const at::Tensor SR_1 = at::l1_loss(o1, target) * config_.lambda_align;
  const at::Tensor SR_2 = at::l1_loss(o2, target) * config_.lambda_align;
  const at::Tensor SM =
      smoothness(deformation.velocity) * config_.lambda_smooth;  // the same in both branches
  const at::Tensor GAN_1 = judged_real(D, at::cat({source, o1}, 1));
  const at::Tensor GAN_2 = judged_real(D, at::cat({source, o2}, 1));
  const at::Tensor G = SR_1 + SR_2 + 2 * SM + GAN_1 + GAN_2;
  optimizer("G").zero_grad();
  optimizer("R").zero_grad();
  G.backward();
  optimizer("G").step();
  optimizer("R").step();

  at::Tensor fake;
  {
    c10::NoGradGuard no_grad;
    fake = synthesis_.G->forward(source);
  }
  const auto [D_fake, D_real, D_loss] =
      step_discriminator(D, "D", at::cat({source, fake}, 1), at::cat({source, target}, 1));
  if (images) *images = {deformation, o1.detach(), o2.detach(), fake};

  c10::NoGradGuard no_grad;
  const at::Tensor moved = deformation.displacement.detach().square().sum(1).sqrt().mean();
  const at::Tensor values = at::stack({SR_1, SM, GAN_1, SR_2, SM, GAN_2, G, D_fake, D_real, D_loss, moved})
                                .detach()
                                .to(at::kCPU, at::kDouble);
  const double* v = values.data_ptr<double>();
  return {{"SR_1", v[0]},         {"SM_1", v[1]}, {"G_GAN_1", v[2]}, {"SR_2", v[3]},   {"SM_2", v[4]},
          {"G_GAN_2", v[5]},      {"G", v[6]},    {"D_fake", v[7]},  {"D_real", v[8]}, {"D_loss", v[9]},
          {"displacement", v[10]}};
}

}  // namespace synerbench::rcd
