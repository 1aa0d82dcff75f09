#include "reference/stages/batch.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstring>
#include <map>

#include "harness/nn/tensors.h"

namespace synerbench::reference {
namespace {

at::Tensor to_tensor(const ImageTensor& image) {
  at::Tensor tensor = at::empty({3, image.height, image.width}, at::TensorOptions(at::kFloat));
  std::memcpy(tensor.data_ptr<float>(), image.values.data(), image.values.size() * sizeof(float));
  return tensor;
}

}  // namespace

at::Tensor LatentCache::moments(const ImageTensor& image, const std::optional<ImageOrigin>& origin,
                                const Network& network) {
  if (origin) {
    if (const auto found = kept_.find(*origin); found != kept_.end()) return found->second;
  }
  const at::NoGradGuard no_grad;
  const at::Tensor moments = network.vae.moments(to_tensor(image).unsqueeze(0).to(network.device()))[0];
  ++encoded_;
  const auto bytes = static_cast<int64_t>(moments.nbytes());
  if (!origin || bytes > budget_) return moments;
  while (used_ + bytes > budget_) {
    const auto oldest = kept_.find(order_.front());
    used_ -= static_cast<int64_t>(oldest->second.nbytes());
    kept_.erase(oldest);
    order_.pop_front();
  }
  kept_.emplace(*origin, moments);
  order_.push_back(*origin);
  used_ += bytes;
  return moments;
}

PackedInputs make_inputs(const Pack& pack, const Network& network, Random& random, LatentCache* cache) {
  const at::NoGradGuard no_grad;
  const PackedSequence& s = pack.sequence;
  PackedInputs inputs;
  std::vector<at::Tensor> patches;
  for (const int64_t image : s.vit_images)
    patches.push_back(
        latent_tokens(to_tensor(pack.images[static_cast<size_t>(image)]), network.sizes.vit.patch));
  if (!patches.empty()) inputs.patches = at::cat(patches, 0).to(network.device());
  if (s.vae_images.empty()) return inputs;

  std::map<std::pair<int64_t, int64_t>, std::vector<size_t>> by_size;
  for (size_t i = 0; i < s.vae_images.size(); ++i) {
    const ImageTensor& image = pack.images[static_cast<size_t>(s.vae_images[i])];
    by_size[{image.height, image.width}].push_back(i);
  }
  std::vector<at::Tensor> tokens(s.vae_images.size());
  const int64_t d = network.sizes.vae.downsample(), z = network.sizes.vae.latent_channels;
  for (const auto& [size, members] : by_size) {
    std::vector<at::Tensor> images;  // or, with a cache, their moments
    for (const size_t i : members) {
      const auto at = static_cast<size_t>(s.vae_images[i]);
      const ImageTensor& image = pack.images[at];
      images.push_back(cache ? cache->moments(image, pack.origins[at], network) : to_tensor(image));
    }
    const auto count = static_cast<int64_t>(members.size());
    const at::Tensor noise =
        nn::random_normal({count, z, size.first / d, size.second / d}, 0, 1, random, network.device());
    const at::Tensor stacked = at::stack(images).to(network.device());
    const at::Tensor latent =
        network.vae.latent(cache ? stacked : network.vae.moments(stacked), noise).to(at::kFloat);
    for (int64_t k = 0; k < count; ++k)
      tokens[members[static_cast<size_t>(k)]] = latent_tokens(latent[k], network.sizes.latent_patch);
  }
  inputs.latents = at::cat(tokens, 0);
  inputs.noise = nn::random_normal(inputs.latents.sizes(), 0, 1, random, network.device());
  return inputs;
}

PackLoss pack_loss(const ForwardResult& result, const Pack& pack, const StageRecipe& recipe) {
  PackLoss loss;
  std::vector<at::Tensor> parts;
  if (result.ce.defined()) {
    at::Tensor ce;
    if (recipe.ce_reduction == CeReduction::kTokenMean) {
      ce = ce_loss(result);
    } else {
      // Mean over the tokens of each kind, then their sum.
      std::map<InstanceKind, double> counts;
      for (const int64_t sample : pack.sequence.ce_loss_samples)
        ++counts[pack.kinds[static_cast<size_t>(sample)]];
      std::vector<float> weights;
      for (const int64_t sample : pack.sequence.ce_loss_samples) {
        weights.push_back(static_cast<float>(1.0 / counts.at(pack.kinds[static_cast<size_t>(sample)])));
      }
      ce = (result.ce * at::tensor(weights).to(result.ce.device())).sum();
    }
    loss.ce = ce.item<double>();
    parts.push_back(recipe.ce_weight * ce);
  }
  if (result.mse.defined()) {
    const at::Tensor mse = mse_loss(result);
    loss.mse = mse.item<double>();
    parts.push_back(recipe.mse_weight * mse);
  }
  for (const at::Tensor& part : parts) loss.total = loss.total.defined() ? loss.total + part : part;
  return loss;
}

}  // namespace synerbench::reference
