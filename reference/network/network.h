// The whole model: vision transformer, autoencoder, decoder, and what joins them.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "reference/checkpoint/checkpoint.h"
#include "reference/mot/decoder.h"
#include "reference/mot/parameters.h"
#include "reference/vae/vae.h"
#include "reference/vit/vit.h"

namespace synerbench::reference {

/// All weights and the handles into them. Not movable: the parts point at each other.
struct Network {
  ModelSizes sizes;
  Parameters parameters;      // ema.safetensors
  Parameters vae_parameters;  // ae.safetensors; never trained with the rest
  Decoder decoder;
  Vit vit;
  Vae vae;
  Linear time1, time2;      // time_embedder
  Linear vae2llm, llm2vae;  // latent tokens in and out
  at::Tensor latent_table;  // [latent_grid^2, H]

  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  at::Device device() const { return decoder.embedding.device(); }
  /// Type of the weights and of the residual stream.
  at::ScalarType dtype() const { return decoder.embedding.scalar_type(); }
};

struct NetworkOptions {
  at::ScalarType dtype = at::kFloat;      // of the main weights
  at::ScalarType vae_dtype = at::kFloat;  // of the autoencoder
  at::Device device = at::kCPU;
};
/// Error(kBadInput) unless the checkpoint fits.
std::unique_ptr<Network> load_network(const Checkpoint& checkpoint, const NetworkOptions& options = {});
/// Uninitialized weights of the given sizes, for measurements.
std::unique_ptr<Network> empty_network(const ModelSizes& sizes, const NetworkOptions& options = {});

/// t [n] float32 in [0, 1] -> [n, H]: cosine and sine features in float32, linear, SiLU, linear.
at::Tensor time_embedding(const at::Tensor& t, const Network& network, at::ScalarType compute);

/// Latent tokens [n, C] with their times [n] or [1] and position ids [n] -> rows [n, H] of the decoder's
/// input.
at::Tensor latent_rows(const at::Tensor& tokens, const at::Tensor& time_rows, const at::Tensor& position_ids,
                       const Network& network, at::ScalarType compute);

}  // namespace synerbench::reference
