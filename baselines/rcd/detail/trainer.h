// RCD's networks and one update of them, with either core.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "baselines/rcd/detail/acds.h"
#include "baselines/rcd/detail/config.h"
#include "baselines/rcd/detail/registration.h"
#include "baselines/rcd/detail/unet.h"
#include "harness/nn/adam.h"
#include "harness/train/trainable.h"

namespace synerbench::rcd {

/// What makes a target image from a source image: the networks needed to synthesize, and the pass through
/// them.
class Synthesis {
 public:
  virtual ~Synthesis() = default;
  virtual at::Tensor forward(const at::Tensor& source) = 0;  // [N, 1, (D,) H, W] -> same, in (-1, 1)
  virtual std::vector<NetworkHandle> networks() = 0;
};

/// The released generator alone ("G").
class UnetSynthesis final : public Synthesis {
 public:
  explicit UnetSynthesis(const Config& config);
  at::Tensor forward(const at::Tensor& source) override { return G->forward(source); }
  std::vector<NetworkHandle> networks() override { return {{"G", G.get(), true}}; }
  Unet G{nullptr};
};

/// ACDS from source to target: G_t(Ec_s(source), Es_t()). RECONSTRUCTION.
class AcdsSynthesis final : public Synthesis {
 public:
  explicit AcdsSynthesis(const Config& config);
  at::Tensor forward(const at::Tensor& source) override {
    return G_t->forward(Ec_s->forward(source), Es_t->forward());
  }
  std::vector<NetworkHandle> networks() override {
    return {{"Ec_s", Ec_s.get(), true}, {"Es_t", Es_t.get(), true}, {"G_t", G_t.get(), true}};
  }
  ContentEncoder Ec_s{nullptr};
  StyleEncoder Es_t{nullptr};
  StyledGenerator G_t{nullptr};
};

std::unique_ptr<Synthesis> make_synthesis(const Config& config);

/// Images of one update, for tests.
struct StepImages {
  Deformation deformation;
  at::Tensor o1, o2;             // synthesis of the registered source; registered synthesis
  at::Tensor fake_after_update;  // what the discriminator was shown
};

/// One training: G and R in one backward pass with an Adam each, then D with an image made by the updated G.
class Trainer {
 public:
  Trainer(const Config& config, const std::string& device) : config_(config), device_(device) {}
  virtual ~Trainer() = default;

  /// source and target [N, 1, (D,) H, W].
  virtual Losses step(const at::Tensor& source, const at::Tensor& target, StepImages* images = nullptr) = 0;
  /// Shares the networks with the trainer.
  virtual std::shared_ptr<Synthesis> synthesis() const = 0;
  virtual std::vector<NetworkHandle> networks() = 0;
  virtual void initialize(Random& random) = 0;
  std::vector<nn::Optimizer*> optimizers();

 protected:
  /// Moves a network to the device, and gives it an optimizer of its own.
  template <class Network>
  void adopt(Network& network, const std::string& name) {
    network->to(at::Device(device_));
    add_optimizer(name, {{name, network.get(), true}});
  }
  /// One optimizer for several networks.
  void add_optimizer(const std::string& name, const std::vector<NetworkHandle>& networks);
  nn::Adam& optimizer(const std::string& name);

  /// Half the sum of judging `fake` and `real`; updates the networks of optimizer `name`. Returns {fake,
  /// real, loss}.
  std::array<at::Tensor, 3> step_discriminator(Discriminator& D, const std::string& name,
                                               const at::Tensor& fake, const at::Tensor& real);
  at::Tensor judged_real(Discriminator& D, const at::Tensor& images);

  Config config_;
  std::string device_;

 private:
  std::vector<nn::Adam> optimizers_;
};

/// The released dual branch with its U-Net: every tensor as published.
class ReleasedTrainer final : public Trainer {
 public:
  ReleasedTrainer(const Config& config, const std::string& device);
  Losses step(const at::Tensor& source, const at::Tensor& target, StepImages* images) override;
  std::shared_ptr<Synthesis> synthesis() const override {
    return std::make_shared<UnetSynthesis>(synthesis_);
  }
  std::vector<NetworkHandle> networks() override;
  void initialize(Random& random) override;

  UnetSynthesis synthesis_;
  Registration R{nullptr};
  Discriminator D{nullptr};  // judges [source, image]
};

/// The dual branch around the reconstructed ACDS. RECONSTRUCTION: see Note [RCD's reconstruction] in
/// acds_trainer.cpp.
class AcdsTrainer final : public Trainer {
 public:
  AcdsTrainer(const Config& config, const std::string& device);
  Losses step(const at::Tensor& source, const at::Tensor& target, StepImages* images) override;
  std::shared_ptr<Synthesis> synthesis() const override {
    return std::make_shared<AcdsSynthesis>(synthesis_);
  }
  std::vector<NetworkHandle> networks() override;
  void initialize(Random& random) override;

 private:
  AcdsSynthesis synthesis_;
  ContentEncoder Ec_t_{nullptr};
  StyleEncoder Es_s_{nullptr};
  StyledGenerator G_s_{nullptr};
  Registration R_{nullptr};
  Discriminator D_A_{nullptr}, D_B_{nullptr};  // judge one image of the source, of the target domain
};

std::unique_ptr<Trainer> make_trainer(const Config& config, const std::string& device);

}  // namespace synerbench::rcd
