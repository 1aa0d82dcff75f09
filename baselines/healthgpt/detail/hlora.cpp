#include "baselines/healthgpt/detail/hlora.h"

#include <ATen/ATen.h>

namespace synerbench::healthgpt {

HLora::HLora(int64_t input, int64_t output, const PlugInOptions& options) : options_(options) {
  a_ = register_module("lora_A", std::make_shared<Matrix>(input, options.rank));
  b_ = register_module("lora_B", std::make_shared<Matrix>(options.rank, output, /*zeros=*/true));
  route_ = register_module("lora_route", std::make_shared<Matrix>(input, options.experts));
}

at::Tensor HLora::delta(const at::Tensor& x) const {
  const at::Tensor u = a_->forward(x) * options_.scale();
  const at::Tensor route = at::softmax(route_->forward(x), -1).unsqueeze(-1);  // [..., k, 1]
  std::vector<int64_t> by_expert = u.sizes().vec();
  by_expert.back() = options_.experts;
  by_expert.push_back(options_.rank / options_.experts);
  return b_->forward((u.reshape(by_expert) * route).reshape(u.sizes()));
}

PlugInImpl::PlugInImpl(const LanguageOptions& language, int64_t vision_width, const PlugInOptions& options) {
  const int64_t width = language.width;
  const auto model = register_module("base_model", nn::make_holder())
                         ->register_module("model", nn::make_holder())
                         ->register_module("model", nn::make_holder());
  adapters_ = model->register_module("layers", nn::make_holder());
  for (int64_t i = 0; i < language.layers; ++i) {
    const auto layer = adapters_->register_module(std::to_string(i), nn::make_holder());
    const auto attention = layer->register_module("self_attn", nn::make_holder());
    const auto mlp = layer->register_module("mlp", nn::make_holder());
    const auto add = [&](torch::nn::Module& parent, const char* name, int64_t input, int64_t output) {
      return parent.register_module(name, std::make_shared<HLora>(input, output, options));
    };
    BlockPlugIn block;
    block.qkv = add(*attention, "qkv_proj", width, 3 * width);
    block.output = add(*attention, "o_proj", width, width);
    block.gate_up = add(*mlp, "gate_up_proj", width, 2 * language.mlp);
    block.down = add(*mlp, "down_proj", language.mlp, width);
    blocks_.push_back(block);
  }
  projector_ = model->register_module("mm_projector", nn::make_holder());
  first_ = projector_->register_module("0", std::make_shared<nn::Dense>(vision_width, width));
  second_ = projector_->register_module("2", std::make_shared<nn::Dense>(width, width));
}

at::Tensor PlugInImpl::project(const at::Tensor& features) const {
  return second_->forward(at::gelu(first_->forward(features)));
}

}  // namespace synerbench::healthgpt
