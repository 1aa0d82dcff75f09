// One CycleGAN update, and the model around it.
#pragma once

#include <array>

#include "baselines/cyclegan/detail/config.h"
#include "harness/core/model.h"
#include "harness/nn/adam.h"
#include "harness/nn/image_pool.h"
#include "harness/nn/patchgan.h"
#include "harness/nn/resnet_generator.h"

namespace synerbench::cyclegan {

/// Scalars of one update. G is the sum of the six above it, which carry their weights; D_A and D_B are half
/// the sum over real and fake.
struct StepLosses {
  double G_A = 0, G_B = 0;          // adversarial
  double cycle_A = 0, cycle_B = 0;  // |G_B(G_A(A)) - A|, |G_A(G_B(B)) - B|
  double idt_A = 0, idt_B = 0;      // |G_A(B) - B|, |G_B(A) - A|
  double G = 0;
  double D_A = 0, D_B = 0;
};

/// What the generators made in one update.
struct StepImages {
  at::Tensor fake_B, fake_A, rec_A, rec_B;
  at::Tensor idt_A, idt_B;  // undefined without identity loss
};

/// Networks, optimizers and pools of one training.
class Trainer {
 public:
  Trainer(const Config& config, const std::string& device);

  /// The published update: generators first, with frozen discriminators; then the discriminators, on the
  /// fakes made before the generators moved, exchanged through the pools. A and B: [N, 1, H, W], one shape.
  /// Gradients stay in place until the next call.
  StepLosses step(const at::Tensor& A, const at::Tensor& B, Random& random, StepImages* images = nullptr);

  nn::ResnetGenerator G_A, G_B;  // A -> B, B -> A
  nn::PatchGan D_A, D_B;         // judge images of B, of A
  nn::Adam optimizer_G, optimizer_D;
  nn::ImagePool fakes_of_B, fakes_of_A;  // what D_A and D_B are shown
  /// Values of one feature map up to which several inputs travel as one batch: see Note [CycleGAN batching].
  int64_t largest_batched = int64_t{1} << 18;

 private:
  /// One generator in an update: it makes an image of the other domain from `real`, `back` undoes that, and
  /// it should leave `other` as it is.
  struct Side {
    nn::ResnetGenerator &there, &back;
    nn::PatchGan& judge;
    const at::Tensor &real, &other;
    double lambda_real, lambda_other;
  };
  /// Its images and its losses, which carry their weights.
  struct Half {
    at::Tensor fake, rec, idt;
    at::Tensor adversarial, cycle, identity;
  };
  /// G_A's half and G_B's, without a graph; the gradients of both generators are left in place.
  std::array<Half, 2> generate(const std::array<Side, 2>& sides);
  void together(const std::array<Side, 2>& sides, std::array<Half, 2>& halves);
  void in_turn(const Side& side, Half& half);
  /// Both fill in losses of a half whose images are there, and return their sum.
  at::Tensor cycle_losses(const Side& side, Half& half) const;
  at::Tensor identity_loss(const Side& side, Half& half) const;
  bool batched(const at::Tensor& image) const { return image.numel() * config_.ngf <= largest_batched; }

  Config config_;
};

nn::ResnetGeneratorOptions generator_options(const Config& config);

/// The model that is scored: both generators on `device`, in training or trained.
class BothWays final : public Synthesizer {
 public:
  BothWays(const Config& config, std::string device, nn::ResnetGenerator G_A, nn::ResnetGenerator G_B,
           std::string weights_sha256 = "")
      : config_(config),
        device_(std::move(device)),
        G_A_(std::move(G_A)),
        G_B_(std::move(G_B)),
        sha256_(std::move(weights_sha256)) {}
  ModelInfo info() const override;
  void prepare(const Task& task, const PairSource& training) override;
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override;

 private:
  Config config_;
  std::string device_;
  mutable nn::ResnetGenerator G_A_, G_B_;  // LibTorch's look-ups are not const
  std::string sha256_;
};

}  // namespace synerbench::cyclegan
