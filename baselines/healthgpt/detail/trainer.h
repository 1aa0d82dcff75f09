// One update of each stage. See Note [HealthGPT stages] in stages.h.
#pragma once

#include "baselines/healthgpt/detail/network.h"
#include "harness/nn/adam.h"

namespace synerbench::healthgpt {

class Trainer {
 public:
  Trainer(const Config& config, Networks& networks);

  /// Which networks the stage moves; the others get no gradients. thaw(): all may, as when they were made.
  void freeze_for(Stage stage);
  void thaw();
  /// What happens once, before the first update of a stage: optimizers begin anew, and before the alignment,
  /// the first stage with pictures, their tokens become the mean word.
  void enter(Stage stage);

  /// One update on slices of a task, [N, 1, H, W] each. Losses: reconstruction, codebook (tokenizer), text
  /// (language), understanding, picture (the rest); 0 where a stage has none.
  Losses step(Stage stage, const Task& task, const at::Tensor& source, const at::Tensor& target,
              Random& random);

  std::vector<nn::Optimizer*> optimizers();
  nn::VqTrainer tokenizer;

 private:
  /// Slices of either side, drawn one by one: images alone, not pairs.
  struct Singles {
    at::Tensor slices;
    std::vector<Modality> modalities;
  };
  Singles draw_singles(const Task& task, const at::Tensor& source, const at::Tensor& target,
                       Random& random) const;
  at::Tensor texts(int64_t count, Random& random) const;
  at::Tensor understanding_loss(Stage stage, const std::string& region, const Singles& singles,
                                Random& random) const;
  at::Tensor picture_loss(Stage stage, const Task& task, const Singles& singles, const at::Tensor& source,
                          const at::Tensor& target, Random& random) const;
  void clip_gradients() const;

  Config config_;
  Networks& networks_;
  nn::Adam language_, projectors_, plug_ins_;
  std::vector<nn::NamedTensor> clipped_;  // what those three move
};

}  // namespace synerbench::healthgpt
