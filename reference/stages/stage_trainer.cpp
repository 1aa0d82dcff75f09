#include "reference/stages/stage_trainer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

OptimizerSettings optimizer_settings(const StageRecipe& r) {
  return {.lr = r.lr,
          .beta1 = r.beta1,
          .beta2 = r.beta2,
          .eps = r.eps,
          .weight_decay = r.weight_decay,
          .clip = r.clip,
          .ema_decay = r.ema_decay};
}

/// The parts of the recipe train, the autoencoder does not.
Parameters& thawed(Network& network, const StageRecipe& recipe) {
  network.vae_parameters.require_gradients([](Part) { return false; });
  network.parameters.require_gradients([&](Part part) { return recipe.trains(part); });
  return network.parameters;
}

}  // namespace

StageTrainer::StageTrainer(Network& network, const SpecialTokens& special, const StageRecipe& recipe,
                           SampleSource source, uint64_t seed)
    : network_(network),
      recipe_(recipe),
      stream_(std::move(source), network.sizes, special, recipe, seed),
      optimizer_("adamw", thawed(network, recipe), optimizer_settings(recipe)),
      forward_{{at::kFloat}} {
  forward_.decoder.compute = recipe.compute == "bf16" ? at::kBFloat16 : at::kFloat;
  forward_.decoder.freeze_understanding = recipe.freeze_understanding;
  forward_.decoder.checkpoint_layers = recipe.recompute_layers;
  forward_.timestep_shift = recipe.timestep_shift;
  if (recipe.latent_cache > 0) latents_.emplace(recipe.latent_cache << 20);
}

Losses StageTrainer::step(Random& random) {
  const auto packs = static_cast<double>(recipe_.accumulation);
  double ce = 0, mse = 0;
  int64_t tokens = 0;
  for (int64_t i = 0; i < recipe_.accumulation; ++i) {
    const Pack pack = stream_.next();
    const PackedInputs inputs = make_inputs(pack, network_, random, latents_ ? &*latents_ : nullptr);
    const PackLoss loss =
        pack_loss(training_forward(pack.sequence, inputs, network_, forward_), pack, recipe_);
    // A pack whose every learned part was left out has nothing to teach.
    if (loss.total.defined() && loss.total.requires_grad()) (loss.total / packs).backward();
    ce += loss.ce / packs;
    mse += loss.mse / packs;
    tokens += pack.sequence.length();
    samples_ += samples_in(pack);
  }
  const double norm = optimizer_.gradient_norm();
  if (std::isfinite(norm)) optimizer_.step(norm);
  return {{"ce", ce}, {"mse", mse}, {"grad_norm", norm}, {"tokens", static_cast<double>(tokens)}};
}

std::vector<int64_t> StageTrainer::position() const {
  const PackStream::State state = stream_.state();
  std::vector<int64_t> numbers{samples_, state.next_draw};
  numbers.insert(numbers.end(), state.waiting.begin(), state.waiting.end());
  return numbers;
}

void StageTrainer::restore(const std::vector<int64_t>& position) {
  SB_CHECK(position.size() >= 2, "the position of a stage");
  samples_ = position[0];
  stream_.restore({position[1], {position.begin() + 2, position.end()}});
}

int64_t samples_in(const Pack& pack) {
  return std::count_if(pack.kinds.begin(), pack.kinds.end(),
                       [](InstanceKind kind) { return kind != InstanceKind::kText; });
}

}  // namespace synerbench::reference
