#include "baselines/cyclegan/detail/trainer.h"

#include <ATen/ATen.h>

#include "harness/core/error.h"
#include "harness/nn/slices.h"
#include "harness/nn/state.h"

namespace synerbench::cyclegan {
namespace {

nn::Adam::Settings adam_settings(const Config& config) {
  return {.lr = config.lr, .beta1 = config.beta1, .beta2 = config.beta2, .eps = 1e-8};
}

nn::PatchGanOptions discriminator_options(const Config& config) {
  return {.input_channels = 1, .width = config.ndf, .layers = config.n_layers_D, .norm = nn::Norm::kInstance};
}

template <class Network>
std::vector<nn::NamedTensor> parameters_of_both(Network& first, const std::string& first_name,
                                                Network& second, const std::string& second_name) {
  std::vector<nn::NamedTensor> all = nn::parameters_of(*first, first_name);
  for (nn::NamedTensor& named : nn::parameters_of(*second, second_name)) all.push_back(std::move(named));
  return all;
}

const nn::LayerContext kPlain;  // instance norm has no modes, and there is no dropout

/// Several images through a network as one batch.
template <class Network>
std::vector<at::Tensor> pass(Network& network, const std::vector<at::Tensor>& inputs) {
  return network->forward(at::cat(inputs, 0), kPlain).chunk(static_cast<int64_t>(inputs.size()), 0);
}

}  // namespace

nn::ResnetGeneratorOptions generator_options(const Config& config) {
  return {.input_channels = 1,
          .output_channels = 1,
          .width = config.ngf,
          .blocks = config.n_blocks,
          .norm = nn::Norm::kInstance};
}

Trainer::Trainer(const Config& config, const std::string& device)
    : G_A(nn::on_device(nn::ResnetGenerator(generator_options(config)), device)),
      G_B(nn::on_device(nn::ResnetGenerator(generator_options(config)), device)),
      D_A(nn::on_device(nn::PatchGan(discriminator_options(config)), device)),
      D_B(nn::on_device(nn::PatchGan(discriminator_options(config)), device)),
      optimizer_G("G", parameters_of_both(G_A, "G_A", G_B, "G_B"), adam_settings(config)),
      optimizer_D("D", parameters_of_both(D_A, "D_A", D_B, "D_B"), adam_settings(config)),
      fakes_of_B(config.pool_size),
      fakes_of_A(config.pool_size),
      config_(config) {}

// Note [CycleGAN batching]. Instance norm treats every image by itself, so several inputs of one network may
// travel as one batch with the result of one after the other: three generator passes, G_A(A, B), G_B(B,
// fake_B, A), G_A(fake_A), instead of the published six. That pays while the images are small and the work is
// dominated by calls (1.4 times as fast at 64 x 64, width 8); large ones gain nothing in the kernels and lose
// in the allocator (6 % at 256 x 256, width 64). So large images go one by one, and as the two cycles and the
// two identity losses share weights but no image, each of the four goes back before the next goes forward:
// the memory of one cycle instead of that of all four, for the same gradients in another order of summation.
std::array<Trainer::Half, 2> Trainer::generate(const std::array<Side, 2>& sides) {
  std::array<Half, 2> halves;
  if (batched(sides[0].real)) {
    together(sides, halves);
  } else {
    for (size_t i = 0; i < 2; ++i) in_turn(sides[i], halves[i]);
  }
  for (Half& half : halves) {
    if (!half.idt.defined()) half.identity = at::zeros_like(half.cycle);
    for (at::Tensor* kept :
         {&half.fake, &half.rec, &half.idt, &half.adversarial, &half.cycle, &half.identity})
      if (kept->defined()) *kept = kept->detach();
  }
  return halves;
}

void Trainer::together(const std::array<Side, 2>& sides, std::array<Half, 2>& halves) {
  const bool identity = config_.lambda_identity > 0;
  const auto& [a, b] = sides;
  auto& [half_a, half_b] = halves;
  const auto from_a = pass(a.there, identity ? std::vector{a.real, a.other} : std::vector{a.real});
  half_a.fake = from_a[0];
  const auto from_b =
      pass(b.there, identity ? std::vector{b.real, half_a.fake, b.other} : std::vector{b.real, half_a.fake});
  half_b.fake = from_b[0];
  half_a.rec = from_b[1];
  half_b.rec = b.back->forward(half_b.fake, kPlain);
  at::Tensor sum = cycle_losses(a, half_a) + cycle_losses(b, half_b);
  if (identity) {
    half_a.idt = from_a[1];
    half_b.idt = from_b[2];
    sum = sum + identity_loss(a, half_a) + identity_loss(b, half_b);
  }
  sum.backward();
}

void Trainer::in_turn(const Side& side, Half& half) {
  half.fake = side.there->forward(side.real, kPlain);
  half.rec = side.back->forward(half.fake, kPlain);
  cycle_losses(side, half).backward();
  if (config_.lambda_identity > 0) {
    half.idt = side.there->forward(side.other, kPlain);
    identity_loss(side, half).backward();
  }
}

at::Tensor Trainer::cycle_losses(const Side& side, Half& half) const {
  half.adversarial = nn::gan_loss(config_.gan, side.judge->forward(half.fake, kPlain), true);
  half.cycle = at::l1_loss(half.rec, side.real) * side.lambda_real;
  return half.adversarial + half.cycle;
}

at::Tensor Trainer::identity_loss(const Side& side, Half& half) const {
  return half.identity = at::l1_loss(half.idt, side.other) * (side.lambda_other * config_.lambda_identity);
}

StepLosses Trainer::step(const at::Tensor& A, const at::Tensor& B, Random& random, StepImages* images) {
  nn::set_requires_grad(*D_A, false);
  nn::set_requires_grad(*D_B, false);
  optimizer_G.zero_grad();
  const auto [a, b] = generate({Side{G_A, G_B, D_A, A, B, config_.lambda_A, config_.lambda_B},
                                Side{G_B, G_A, D_B, B, A, config_.lambda_B, config_.lambda_A}});
  const at::Tensor G = a.adversarial + b.adversarial + a.cycle + b.cycle + a.identity + b.identity;
  optimizer_G.step();
  if (images) *images = {a.fake, b.fake, a.rec, b.rec, a.idt, b.idt};

  nn::set_requires_grad(*D_A, true);
  nn::set_requires_grad(*D_B, true);
  optimizer_D.zero_grad();
  const auto judge = [&](nn::PatchGan& discriminator, const at::Tensor& real, const at::Tensor& fake,
                         nn::ImagePool& pool) {
    std::vector<at::Tensor> logits;
    const at::Tensor shown = pool.exchange(fake, random);
    if (batched(real)) {
      logits = pass(discriminator, {real, shown});
    } else {
      logits = {discriminator->forward(real, kPlain), discriminator->forward(shown, kPlain)};
    }
    const at::Tensor loss =
        (nn::gan_loss(config_.gan, logits[0], true) + nn::gan_loss(config_.gan, logits[1], false)) * 0.5;
    loss.backward();
    return loss;
  };
  const at::Tensor loss_D_A = judge(D_A, B, a.fake, fakes_of_B);
  const at::Tensor loss_D_B = judge(D_B, A, b.fake, fakes_of_A);
  optimizer_D.step();

  // One transfer from the device for all nine.
  const at::Tensor values = at::stack({a.adversarial, b.adversarial, a.cycle, b.cycle, a.identity, b.identity,
                                       G, loss_D_A, loss_D_B})
                                .detach()
                                .to(at::kCPU, at::kDouble);
  const double* v = values.data_ptr<double>();
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]};
}

void BothWays::prepare(const Task& task, const PairSource&) { goes_forward(config_, task); }

void BothWays::synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                          std::span<float> prediction) {
  nn::ResnetGenerator& generator = goes_forward(config_, task) ? G_A_ : G_B_;
  nn::require_multiple_of(source, 4, "cyclegan", "(two stride-2 layers)");
  nn::for_each_slice(source, seeds, prediction, device_,
                     [&](const at::Tensor& slice, Random&) { return generator->forward(slice, kPlain); });
}

ModelInfo BothWays::info() const {
  ModelInfo info;
  info.name = "cyclegan";
  info.label = "CycleGAN";
  info.parameters = nn::parameter_count(*G_A_);  // both are of one size
  info.network_evaluations = 1;
  info.weights_sha256 = sha256_;
  info.switches = {{"preset", config_.preset},
                   {"n_blocks", config_.n_blocks},
                   {"ngf", config_.ngf},
                   {"lambda_identity", config_.lambda_identity},
                   {"direction", name_of(config_.direction)}};
  return info;
}

}  // namespace synerbench::cyclegan
