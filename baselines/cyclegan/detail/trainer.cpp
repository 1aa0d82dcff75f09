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

nn::ResnetGenerator make_generator(const Config& config, const std::string& device) {
  nn::ResnetGenerator generator(generator_options(config));
  generator->to(at::Device(device));
  return generator;
}

nn::PatchGan make_discriminator(const Config& config, const std::string& device) {
  nn::PatchGan discriminator(nn::PatchGanOptions{
      .input_channels = 1, .width = config.ndf, .layers = config.n_layers_D, .norm = nn::Norm::kInstance});
  discriminator->to(at::Device(device));
  return discriminator;
}

template <class Network>
std::vector<nn::NamedTensor> parameters_of_both(Network& first, const std::string& first_name,
                                                Network& second, const std::string& second_name) {
  std::vector<nn::NamedTensor> all = nn::parameters_of(*first, first_name);
  for (nn::NamedTensor& named : nn::parameters_of(*second, second_name)) all.push_back(std::move(named));
  return all;
}

const nn::LayerContext kPlain;  // instance norm has no modes, and there is no dropout

}  // namespace

nn::ResnetGeneratorOptions generator_options(const Config& config) {
  return {.input_channels = 1,
          .output_channels = 1,
          .width = config.ngf,
          .blocks = config.n_blocks,
          .norm = nn::Norm::kInstance};
}

Trainer::Trainer(const Config& config, const std::string& device)
    : G_A(make_generator(config, device)),
      G_B(make_generator(config, device)),
      D_A(make_discriminator(config, device)),
      D_B(make_discriminator(config, device)),
      optimizer_G("G", parameters_of_both(G_A, "G_A", G_B, "G_B"), adam_settings(config)),
      optimizer_D("D", parameters_of_both(D_A, "D_A", D_B, "D_B"), adam_settings(config)),
      fakes_of_B(config.pool_size),
      fakes_of_A(config.pool_size),
      config_(config) {}

// Note [CycleGAN batching]. Instance norm treats every image by itself, so several inputs of one network may travel as one batch
// with the result of one after the other: three generator passes, G_A(A, B), G_B(B, fake_B, A), G_A(fake_A), instead of the published
// six. That pays while the images are small and the work is dominated by calls (1.4 times as fast at 64 x 64, width 8); large ones
// gain nothing in the kernels and lose in the allocator (6 % at 256 x 256, width 64).
std::vector<at::Tensor> Trainer::evaluate(const std::function<at::Tensor(const at::Tensor&)>& network,
                                          const std::vector<at::Tensor>& inputs) const {
  std::vector<at::Tensor> outputs;
  if (inputs.front().numel() * config_.ngf <= largest_batched) {
    outputs = network(at::cat(inputs, 0)).chunk(static_cast<int64_t>(inputs.size()), 0);
  } else {
    for (const at::Tensor& input : inputs) outputs.push_back(network(input));
  }
  return outputs;
}

StepLosses Trainer::step(const at::Tensor& A, const at::Tensor& B, Random& random, StepImages* images) {
  const bool identity = config_.lambda_identity > 0;
  const auto through = [](auto& network) {
    return [&network](const at::Tensor& input) { return network->forward(input, kPlain); };
  };

  nn::set_requires_grad(*D_A, false);
  nn::set_requires_grad(*D_B, false);
  optimizer_G.zero_grad();
  const auto from_A = evaluate(through(G_A), identity ? std::vector{A, B} : std::vector{A});
  const at::Tensor fake_B = from_A[0];
  const auto from_B = evaluate(through(G_B), identity ? std::vector{B, fake_B, A} : std::vector{B, fake_B});
  const at::Tensor fake_A = from_B[0], rec_A = from_B[1];
  const at::Tensor rec_B = G_A->forward(fake_A, kPlain);

  const at::Tensor adversarial_A = nn::gan_loss(config_.gan, D_A->forward(fake_B, kPlain), true);
  const at::Tensor adversarial_B = nn::gan_loss(config_.gan, D_B->forward(fake_A, kPlain), true);
  const at::Tensor cycle_A = at::l1_loss(rec_A, A) * config_.lambda_A;
  const at::Tensor cycle_B = at::l1_loss(rec_B, B) * config_.lambda_B;
  at::Tensor idt_A = at::zeros_like(cycle_A), idt_B = idt_A;
  if (identity) {
    // Each identity loss has the weight of its own domain: that of G_A is an image of B.
    idt_A = at::l1_loss(from_A[1], B) * (config_.lambda_B * config_.lambda_identity);
    idt_B = at::l1_loss(from_B[2], A) * (config_.lambda_A * config_.lambda_identity);
  }
  const at::Tensor G = adversarial_A + adversarial_B + cycle_A + cycle_B + idt_A + idt_B;
  G.backward();
  optimizer_G.step();
  if (images) {
    *images = {fake_B.detach(), fake_A.detach(), rec_A.detach(), rec_B.detach(), {}, {}};
    if (identity) images->idt_A = from_A[1].detach(), images->idt_B = from_B[2].detach();
  }

  nn::set_requires_grad(*D_A, true);
  nn::set_requires_grad(*D_B, true);
  optimizer_D.zero_grad();
  const auto judge = [&](nn::PatchGan& discriminator, const at::Tensor& real, const at::Tensor& fake,
                         nn::ImagePool& pool) {
    const auto logits = evaluate(through(discriminator), {real, pool.exchange(fake, random)});
    const at::Tensor loss =
        (nn::gan_loss(config_.gan, logits[0], true) + nn::gan_loss(config_.gan, logits[1], false)) * 0.5;
    loss.backward();
    return loss;
  };
  const at::Tensor loss_D_A = judge(D_A, B, fake_B, fakes_of_B);
  const at::Tensor loss_D_B = judge(D_B, A, fake_A, fakes_of_A);
  optimizer_D.step();

  // One transfer from the device for all nine.
  const at::Tensor values =
      at::stack({adversarial_A, adversarial_B, cycle_A, cycle_B, idt_A, idt_B, G, loss_D_A, loss_D_B})
          .detach()
          .to(at::kCPU, at::kDouble);
  const double* v = values.data_ptr<double>();
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]};
}

void synthesize_slices(nn::ResnetGenerator& generator, const std::string& device, const SliceBatch& source,
                       std::span<const uint64_t> seeds, std::span<float> prediction) {
  nn::require_multiple_of(source, 4, "cyclegan", "(two stride-2 layers)");
  nn::for_each_slice(source, seeds, prediction, device,
                     [&](const at::Tensor& slice, Random&) { return generator->forward(slice, kPlain); });
}

ModelInfo describe(nn::ResnetGenerator& generator, const Config& config, const std::string& weights_sha256) {
  ModelInfo info;
  info.name = "cyclegan";
  info.label = "CycleGAN";
  info.parameters = nn::parameter_count(*generator);
  info.network_evaluations = 1;
  info.weights_sha256 = weights_sha256;
  info.switches = {{"preset", config.preset},
                   {"n_blocks", config.n_blocks},
                   {"ngf", config.ngf},
                   {"lambda_identity", config.lambda_identity},
                   {"direction", name_of(config.direction)}};
  return info;
}

}  // namespace synerbench::cyclegan
