// The vision tower, of the kind of CLIP's ViT, with the two taps of hierarchical visual perception.
#pragma once

#include <vector>

#include "baselines/healthgpt/detail/config.h"
#include "baselines/healthgpt/detail/layers.h"

namespace synerbench::healthgpt {

/// Hidden states are counted from 0, the input of the first block.
enum class Tap {
  kConcrete,  // state 1, behind the first block: for generation
  kAbstract,  // the second-to-last state: for understanding
};

class VisionBlock;

/// Patches, a class token and learned positions, a norm, pre-norm blocks with quick GELU. The last block is
/// not built: no tap is behind it.
class VisionTowerImpl : public torch::nn::Module {
 public:
  explicit VisionTowerImpl(const VisionOptions& options);
  /// Slices [N, 1, H, W] of any size -> [N, tokens, width]; the class token is dropped.
  at::Tensor forward(const at::Tensor& slices, Tap tap) const;

 private:
  VisionOptions options_;
  std::shared_ptr<nn::Convolution> patches_;
  std::shared_ptr<nn::LookupTable> class_token_, positions_;
  std::shared_ptr<LayerNormalization> norm_;
  std::vector<std::shared_ptr<VisionBlock>> blocks_;
};
TORCH_MODULE(VisionTower);

}  // namespace synerbench::healthgpt
