#include "baselines/healthgpt/detail/vision.h"

#include <ATen/ATen.h>

namespace synerbench::healthgpt {

constexpr double kPositionBound = 0.05;  // of fresh class token and positions

class VisionBlock : public torch::nn::Module {
 public:
  explicit VisionBlock(const VisionOptions& o) : heads_(o.heads) {
    const auto dense = [](int64_t input, int64_t output) {
      return std::make_shared<nn::Dense>(input, output);
    };
    norm1_ = register_module("layer_norm1", std::make_shared<LayerNormalization>(o.width));
    const auto attention = register_module("self_attn", nn::make_holder());
    q_ = attention->register_module("q_proj", dense(o.width, o.width));
    k_ = attention->register_module("k_proj", dense(o.width, o.width));
    v_ = attention->register_module("v_proj", dense(o.width, o.width));
    output_ = attention->register_module("out_proj", dense(o.width, o.width));
    norm2_ = register_module("layer_norm2", std::make_shared<LayerNormalization>(o.width));
    const auto mlp = register_module("mlp", nn::make_holder());
    fc1_ = mlp->register_module("fc1", dense(o.width, 4 * o.width));
    fc2_ = mlp->register_module("fc2", dense(4 * o.width, o.width));
  }
  at::Tensor forward(const at::Tensor& input) const {
    const at::Tensor h = norm1_->forward(input);
    const at::Tensor x =
        input + output_->forward(attend(q_->forward(h), k_->forward(h), v_->forward(h), heads_, {}));
    const at::Tensor wide = fc1_->forward(norm2_->forward(x));
    return x + fc2_->forward(wide * at::sigmoid(1.702 * wide));
  }

 private:
  int64_t heads_;
  std::shared_ptr<LayerNormalization> norm1_, norm2_;
  std::shared_ptr<nn::Dense> q_, k_, v_, output_, fc1_, fc2_;
};

VisionTowerImpl::VisionTowerImpl(const VisionOptions& o) : options_(o) {
  const auto model = register_module("vision_model", nn::make_holder());
  const auto embeddings = model->register_module("embeddings", nn::make_holder());
  class_token_ = embeddings->register_module("class_embedding",
                                             std::make_shared<nn::LookupTable>(1, o.width, kPositionBound));
  patches_ = embeddings->register_module(
      "patch_embedding",
      std::make_shared<nn::Convolution>(nn::ConvolutionOptions{
          .input = o.channels, .output = o.width, .kernel = o.patch, .stride = o.patch, .padding = 0}));
  positions_ = embeddings->register_module(
      "position_embedding", std::make_shared<nn::LookupTable>(o.tokens() + 1, o.width, kPositionBound));
  norm_ = model->register_module("pre_layrnorm", std::make_shared<LayerNormalization>(o.width));
  const auto layers =
      model->register_module("encoder", nn::make_holder())->register_module("layers", nn::make_holder());
  for (int64_t i = 0; i + 1 < o.layers; ++i)
    blocks_.push_back(layers->register_module(std::to_string(i), std::make_shared<VisionBlock>(o)));
}

at::Tensor VisionTowerImpl::forward(const at::Tensor& slices, Tap tap) const {
  const int64_t n = slices.size(0);
  at::Tensor images = slices.expand({n, options_.channels, slices.size(2), slices.size(3)});
  if (images.size(2) != options_.size || images.size(3) != options_.size)
    images = at::upsample_bilinear2d(images, {options_.size, options_.size}, /*align_corners=*/false);
  const at::Tensor patches = patches_->forward(images).flatten(2).transpose(1, 2);
  const at::Tensor first = class_token_->weight().unsqueeze(0).expand({n, 1, options_.width});
  at::Tensor x = norm_->forward(at::cat({first, patches}, 1) + positions_->weight());
  const size_t depth = tap == Tap::kConcrete ? 1 : blocks_.size();
  for (size_t i = 0; i < depth; ++i) x = blocks_[i]->forward(x);
  return x.narrow(1, 1, options_.tokens());
}

}  // namespace synerbench::healthgpt
