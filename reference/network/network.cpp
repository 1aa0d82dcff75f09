#include "reference/network/network.h"

#include <ATen/ATen.h>

#include <cmath>

namespace synerbench::reference {
namespace {

Linear bind_linear(const Parameters& p, const std::string& name) {
  return {p.leaf(name + ".weight"), p.leaf(name + ".bias")};
}

void bind(Network& n) {
  n.decoder = bind_decoder(n.parameters, n.sizes.llm);
  n.vit = bind_vit(n.parameters, n.sizes.vit);
  n.vae = Vae(&n.vae_parameters, n.sizes.vae);
  n.time1 = bind_linear(n.parameters, "time_embedder.mlp.0");
  n.time2 = bind_linear(n.parameters, "time_embedder.mlp.2");
  n.vae2llm = bind_linear(n.parameters, "vae2llm");
  n.llm2vae = bind_linear(n.parameters, "llm2vae");
  n.latent_table = n.parameters.leaf(kLatentTableKey);
}

}  // namespace

std::unique_ptr<Network> load_network(const Checkpoint& checkpoint, const NetworkOptions& options) {
  auto network = std::make_unique<Network>();
  network->sizes = checkpoint.sizes();
  network->parameters = load_model_parameters(checkpoint, options.dtype, options.device);
  network->vae_parameters = load_vae_parameters(checkpoint, options.vae_dtype, options.device);
  bind(*network);
  return network;
}

std::unique_ptr<Network> empty_network(const ModelSizes& sizes, const NetworkOptions& options) {
  auto network = std::make_unique<Network>();
  network->sizes = sizes;
  network->parameters = Parameters(model_tensors(sizes), true, options.dtype, options.device);
  network->vae_parameters = Parameters(vae_tensors(sizes.vae), false, options.vae_dtype, options.device);
  bind(*network);
  return network;
}

at::Tensor time_embedding(const at::Tensor& t, const Network& network, at::ScalarType compute) {
  constexpr int64_t kHalf = kTimeFeatures / 2;
  const at::Tensor k = at::arange(kHalf, t.options().dtype(at::kFloat));
  const at::Tensor frequencies = at::exp(k * -std::log(10000.0) / static_cast<double>(kHalf));
  const at::Tensor angles = t.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  // Cosine first, unlike the position tables.
  const at::Tensor features = at::cat({angles.cos(), angles.sin()}, 1).to(network.dtype());
  return network.time2(at::silu(network.time1(features, compute)), compute);
}

at::Tensor latent_rows(const at::Tensor& tokens, const at::Tensor& time_rows, const at::Tensor& position_ids,
                       const Network& network, at::ScalarType compute) {
  return network.vae2llm(tokens, compute) + time_rows + network.latent_table.index_select(0, position_ids);
}

}  // namespace synerbench::reference
