// SynDiff's eight networks and one update of them.
#pragma once

#include <array>
#include <functional>

#include "baselines/syndiff/detail/config.h"
#include "baselines/syndiff/detail/diffusion.h"
#include "baselines/syndiff/detail/discriminator.h"
#include "baselines/syndiff/detail/generator.h"
#include "harness/nn/adam.h"
#include "harness/nn/patchgan.h"
#include "harness/nn/resnet_generator.h"
#include "harness/train/trainable.h"

namespace synerbench::syndiff {

/// What one diffusion of one modality draws in one part of an update.
struct Draws {
  at::Tensor t;                // [N] int64, 0..K-1
  at::Tensor eps_t, eps_next;  // [N, 1, H, W], N(0, 1): x_t from x_0, x_{t+1} from x_t
  at::Tensor z;                // [N, nz], N(0, 1)
  at::Tensor noise;            // [N, 1, H, W], N(0, 1): of the posterior
};
/// Modality 1 has index 0.
struct StepDraws {
  std::array<Draws, 2> discriminator, generator;
};
StepDraws draw_step(const Config& config, at::IntArrayRef shape, Random& random, const at::Device& device);

/// Images of the generator part, for tests. translated[m]: modality 1 + m made from the other by the cycle.
struct StepImages {
  std::array<at::Tensor, 2> translated, cycled, predicted, sampled, x_next;
};

/// Networks and optimizers of one training. Index m stands for modality m + 1.
///
/// Note [SynDiff's pairing]. generators[m] makes modality m from a guide of the other modality. In training
/// the guide is the cycle's translation of the very slice that is to be made, never a real image of the other
/// modality; so no loss sees a pair.
class Trainer {
 public:
  Trainer(const Config& config, const std::string& device);

  /// The published update on x1, x2 [N, 1, H, W]: diffusive discriminators (with the R1 penalty when
  /// `penalize`), cycle discriminators, all four generators. Gradients stay in place until the next call.
  /// Losses have the published names; errD and errD_fake leave R1 out, cycle losses are without their weight,
  /// grad_penalty is 0 when not penalized.
  Losses step(const std::array<at::Tensor, 2>& x, const StepDraws& draws, bool penalize,
              StepImages* images = nullptr);

  std::array<Generator, 2> generators;               // gen1, gen2
  std::array<Discriminator, 2> discriminators;       // disc1, disc2
  std::array<nn::ResnetGenerator, 2> translators;    // cyc12 (from modality 1), cyc21
  std::array<nn::PatchGan, 2> cycle_discriminators;  // dcyc1 (judges modality 1), dcyc2
  const Diffusion diffusion;

  struct Member {
    std::string name;  // "gen1", ...: of file, optimizer, moments
    torch::nn::Module* network;
    bool generator;
  };
  const std::vector<Member>& members() const { return members_; }
  nn::Adam& optimizer(const std::string& name);
  std::vector<nn::Optimizer*> optimizers();
  /// Fresh weights as published: uniform fan-average in the diffusive networks, N(0, 0.02) in the cycle.
  void initialize(Random& random);

 private:
  struct Record;  // names and scalars of the losses
  void step_discriminators(const std::array<at::Tensor, 2>& x, const std::array<at::Tensor, 2>& translated,
                           const std::array<Draws, 2>& draws, bool penalize, Record& record);
  void step_cycle_discriminators(const std::array<at::Tensor, 2>& x,
                                 const std::array<at::Tensor, 2>& translated, Record& record);
  void step_generators(const std::array<at::Tensor, 2>& x, const std::array<at::Tensor, 2>& translated,
                       const std::array<Draws, 2>& draws, Record& record, StepImages* images);

  Config config_;
  std::vector<Member> members_;
  std::vector<nn::Adam> optimizers_;  // in the order of members_
};

GeneratorOptions generator_options(const Config& config);

}  // namespace synerbench::syndiff
