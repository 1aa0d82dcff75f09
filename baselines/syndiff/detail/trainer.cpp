#include "baselines/syndiff/detail/trainer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "harness/core/error.h"
#include "harness/nn/gan_loss.h"
#include "harness/nn/init.h"
#include "harness/nn/state.h"

namespace synerbench::syndiff {
namespace {

constexpr double kCycleInitStd = 0.02;
const nn::LayerContext kPlain{};  // no batch norm, no dropout anywhere

at::Tensor adversarial(const at::Tensor& logits, bool real) {
  return nn::gan_loss(nn::GanObjective::kNonSaturating, logits, real);
}

/// Mean over the batch of |d sum(logits) / d images|^2, itself differentiable.
at::Tensor gradient_penalty(const at::Tensor& logits, const at::Tensor& images) {
  const at::Tensor gradient =
      torch::autograd::grad({logits.sum()}, {images}, {}, /*retain_graph=*/true, /*create_graph=*/true)[0];
  return gradient.flatten(1).pow(2).sum(at::IntArrayRef{1}).mean();
}

at::Tensor first_channel(const at::Tensor& images) { return images.slice(1, 0, 1); }

std::string numbered(const char* before, int modality, const char* after = "") {
  return before + std::to_string(modality + 1) + after;
}

/// Parameters named <network>.<key>, so that moments of two networks never share a name.
std::vector<nn::NamedTensor> named_parameters(torch::nn::Module& network, const std::string& name) {
  std::vector<nn::NamedTensor> parameters = nn::parameters_of(network);
  for (nn::NamedTensor& named : parameters) named.name = name + "." + named.name;
  return parameters;
}

}  // namespace

struct Trainer::Record {
  std::vector<std::pair<std::string, at::Tensor>> scalars;
  void add(std::string name, const at::Tensor& scalar) {
    scalars.emplace_back(std::move(name), scalar.detach());
  }
  Losses losses() const {
    std::vector<at::Tensor> values;
    for (const auto& [name, scalar] : scalars) values.push_back(scalar);
    const at::Tensor all = at::stack(values).to(at::kCPU, at::kDouble);  // one transfer from the device
    Losses losses;
    for (size_t i = 0; i < scalars.size(); ++i)
      losses.emplace_back(scalars[i].first, all.data_ptr<double>()[i]);
    return losses;
  }
  const at::Tensor& get(const std::string& name) const {
    for (const auto& [known, scalar] : scalars)
      if (known == name) return scalar;
    check_failed("loss is known", __FILE__, __LINE__, name);
  }
};

GeneratorOptions generator_options(const Config& config) {
  return {.channels = 2,
          .image_size = config.image_size,
          .nf = config.nf,
          .mult = config.mult,
          .blocks = config.blocks,
          .attention = config.attention,
          .nz = config.nz,
          .z_embedding = config.z_embedding,
          .z_layers = config.z_layers};
}

StepDraws draw_step(const Config& config, at::IntArrayRef shape, Random& random, const at::Device& device) {
  StepDraws step;
  const int64_t n = shape[0];
  for (std::array<Draws, 2>* part : {&step.discriminator, &step.generator}) {
    for (Draws& draws : *part) {
      at::Tensor t = at::empty({n}, at::kLong);
      for (int64_t i = 0; i < n; ++i)
        t.data_ptr<int64_t>()[i] = static_cast<int64_t>(random.below(static_cast<uint64_t>(config.steps)));
      draws.t = t.to(device);
      for (at::Tensor* image : {&draws.eps_t, &draws.eps_next, &draws.noise})
        *image = nn::random_normal(shape, 0, 1, random, device);
      draws.z = nn::random_normal({n, config.nz}, 0, 1, random, device);
    }
  }
  return step;
}

Trainer::Trainer(const Config& config, const std::string& device)
    : generators{nullptr, nullptr},
      discriminators{nullptr, nullptr},
      translators{nullptr, nullptr},
      cycle_discriminators{nullptr, nullptr},
      diffusion(config.steps, config.beta_min, config.beta_max),
      config_(config) {
  const DiscriminatorOptions judge{
      .size = config.large_discriminator ? DiscriminatorSize::kLarge : DiscriminatorSize::kSmall,
      .ngf = config.ngf_D,
      .time_width = config.time_D};
  for (int m = 0; m < 2; ++m) {
    generators[m] = nn::on_device(Generator(generator_options(config)), device);
    discriminators[m] = nn::on_device(Discriminator(judge), device);
    translators[m] = nn::on_device(nn::ResnetGenerator(nn::ResnetGeneratorOptions{
                                       .width = config.cycle_ngf, .blocks = config.cycle_blocks}),
                                   device);
    cycle_discriminators[m] = nn::on_device(nn::PatchGan(nn::PatchGanOptions{.input_channels = 1,
                                                                             .width = config.cycle_ndf,
                                                                             .layers = config.cycle_layers_D,
                                                                             .norm = nn::Norm::kInstance}),
                                            device);
  }
  members_ = {{"gen1", generators[0].get(), true},
              {"gen2", generators[1].get(), true},
              {"cyc12", translators[0].get(), true},
              {"cyc21", translators[1].get(), true},
              {"disc1", discriminators[0].get(), false},
              {"disc2", discriminators[1].get(), false},
              {"dcyc1", cycle_discriminators[0].get(), false},
              {"dcyc2", cycle_discriminators[1].get(), false}};
  for (const Member& member : members_) {
    optimizers_.emplace_back(member.name, named_parameters(*member.network, member.name),
                             nn::Adam::Settings{.lr = member.generator ? config.lr_G : config.lr_D,
                                                .beta1 = config.beta1,
                                                .beta2 = config.beta2,
                                                .eps = 1e-8});
  }
}

nn::Adam& Trainer::optimizer(const std::string& name) {
  for (nn::Adam& optimizer : optimizers_)
    if (optimizer.name() == name) return optimizer;
  check_failed("optimizer is known", __FILE__, __LINE__, name);
}

std::vector<nn::Optimizer*> Trainer::optimizers() {
  std::vector<nn::Optimizer*> all;
  for (nn::Adam& optimizer : optimizers_) all.push_back(&optimizer);
  return all;
}

void Trainer::initialize(Random& random) {
  for (int m = 0; m < 2; ++m) {
    generators[m]->initialize(random);
    discriminators[m]->initialize(random);
    nn::initialize_normal(*translators[m], kCycleInitStd, random);
    nn::initialize_normal(*cycle_discriminators[m], kCycleInitStd, random);
  }
}

Losses Trainer::step(const std::array<at::Tensor, 2>& x, const StepDraws& draws, bool penalize,
                     StepImages* images) {
  // The translators do not move before the generators' part, so their output serves all three parts.
  // translated[m]: modality m.
  const std::array<at::Tensor, 2> translated{translators[1]->forward(x[1], kPlain),
                                             translators[0]->forward(x[0], kPlain)};
  Record record;
  step_discriminators(x, translated, draws.discriminator, penalize, record);
  step_cycle_discriminators(x, translated, record);
  step_generators(x, translated, draws.generator, record, images);
  return record.losses();
}

void Trainer::step_discriminators(const std::array<at::Tensor, 2>& x,
                                  const std::array<at::Tensor, 2>& translated,
                                  const std::array<Draws, 2>& draws, bool penalize, Record& record) {
  std::array<at::Tensor, 2> real_loss, fake_loss, penalty;
  for (int m = 0; m < 2; ++m) {
    const Draws& d = draws[m];
    optimizer(numbered("disc", m)).zero_grad();
    const Diffusion::Pair pair = diffusion.draw(x[m], d.t, d.eps_t, d.eps_next);
    const at::Tensor x_t = pair.x_t.detach().requires_grad_(penalize);
    const at::Tensor real = discriminators[m]->forward(x_t, d.t, pair.x_next);
    real_loss[m] = adversarial(real, true);
    penalty[m] = penalize ? gradient_penalty(real, x_t) : at::zeros_like(real_loss[m].detach());
    at::Tensor fake;
    {
      c10::NoGradGuard no_grad;  // the generators learn in their own part
      const at::Tensor input = at::cat({pair.x_next, translated[1 - m]}, 1);
      fake = diffusion.posterior(first_channel(generators[m]->forward(input, d.t, d.z)), pair.x_next, d.t,
                                 d.noise);
    }
    fake_loss[m] = adversarial(discriminators[m]->forward(fake, d.t, pair.x_next), false);
    at::Tensor total = real_loss[m] + fake_loss[m];
    if (penalize) total = total + penalty[m] * (config_.r1_gamma / 2);
    total.backward();
  }
  for (const char* name : {"disc1", "disc2"}) optimizer(name).step();
  c10::NoGradGuard no_grad;
  record.add("errD1_real", real_loss[0]);
  record.add("errD2_real", real_loss[1]);
  record.add("errD_real", real_loss[0] + real_loss[1]);
  record.add("errD_fake", fake_loss[0] + fake_loss[1]);
  record.add("errD", record.get("errD_real") + record.get("errD_fake"));
  record.add("grad1_penalty", penalty[0]);
  record.add("grad2_penalty", penalty[1]);
  record.add("grad_penalty", (penalty[0] + penalty[1]) * (config_.r1_gamma / 2));
}

void Trainer::step_cycle_discriminators(const std::array<at::Tensor, 2>& x,
                                        const std::array<at::Tensor, 2>& translated, Record& record) {
  at::Tensor sum;
  for (int m = 0; m < 2; ++m) {
    optimizer(numbered("dcyc", m)).zero_grad();
    const at::Tensor real = adversarial(cycle_discriminators[m]->forward(x[m], kPlain), true);
    const at::Tensor fake =
        adversarial(cycle_discriminators[m]->forward(translated[m].detach(), kPlain), false);
    (real + fake).backward();
    record.add(numbered("errD_cycle", m, "_real"), real);
    record.add(numbered("errD_cycle", m, "_fake"), fake);
    sum = sum.defined() ? sum + real.detach() + fake.detach() : real.detach() + fake.detach();
  }
  for (const char* name : {"dcyc1", "dcyc2"}) optimizer(name).step();
  record.add("errD_cycle", sum);
}

// Note [Two backward passes]. The losses of modality m reach the other networks only through translated[1 -
// m], so its graph is cut there: each modality's graph is built, differentiated and freed before the next
// one, which halves the peak of memory. What arrives at the cuts is then carried on through the translators.
// The sums are those of one pass.
void Trainer::step_generators(const std::array<at::Tensor, 2>& x, const std::array<at::Tensor, 2>& translated,
                              const std::array<Draws, 2>& draws, Record& record, StepImages* images) {
  for (const Member& member : members_) {
    if (member.generator) {
      optimizer(member.name).zero_grad();
    } else {
      for (at::Tensor& parameter : member.network->parameters()) parameter.set_requires_grad(false);
    }
  }
  std::array<at::Tensor, 2> guides, adversarial_loss, cycle_adversarial, L1, cycle;
  for (int m = 0; m < 2; ++m) {
    const int other = 1 - m;
    const Draws& d = draws[m];
    guides[m] = translated[other].detach().requires_grad_();
    const Diffusion::Pair pair = diffusion.draw(x[m], d.t, d.eps_t, d.eps_next);
    const at::Tensor predicted = generators[m]->forward(at::cat({pair.x_next, guides[m]}, 1), d.t, d.z);
    const at::Tensor sampled = diffusion.posterior(first_channel(predicted), pair.x_next, d.t, d.noise);
    const at::Tensor cycled = translators[other]->forward(guides[m], kPlain);
    adversarial_loss[m] = adversarial(discriminators[m]->forward(sampled, d.t, pair.x_next), true);
    cycle_adversarial[other] = adversarial(cycle_discriminators[other]->forward(guides[m], kPlain), true);
    L1[m] = at::l1_loss(first_channel(predicted), x[m]);
    cycle[m] = at::l1_loss(cycled, x[m]);
    (adversarial_loss[m] + cycle_adversarial[other] + config_.lambda_L1 * (L1[m] + cycle[m])).backward();
    if (images) {
      images->translated[m] = translated[m].detach();
      images->cycled[m] = cycled.detach();
      images->predicted[m] = predicted.detach();
      images->sampled[m] = sampled.detach();
      images->x_next[m] = pair.x_next;
    }
  }
  torch::autograd::backward({translated[1], translated[0]}, {guides[0].grad(), guides[1].grad()});
  for (const Member& member : members_) {
    if (member.generator) {
      optimizer(member.name).step();
    } else {
      for (at::Tensor& parameter : member.network->parameters()) parameter.set_requires_grad(true);
    }
  }
  c10::NoGradGuard no_grad;
  at::Tensor total = at::zeros_like(L1[0]);
  for (int m = 0; m < 2; ++m) {
    record.add(numbered("errG", m), adversarial_loss[m]);
    record.add(numbered("errG_cycle_adv", m), cycle_adversarial[m]);
    record.add(numbered("errG", m, "_L1"), L1[m]);
    record.add(numbered("errG", m, "_cycle"), cycle[m]);
    total = total + adversarial_loss[m] + cycle_adversarial[m] + config_.lambda_L1 * (L1[m] + cycle[m]);
  }
  record.add("errG", total);
}

}  // namespace synerbench::syndiff
