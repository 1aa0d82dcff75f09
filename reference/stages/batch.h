// From a pack to tensors.
#pragma once

#include "reference/network/forward.h"
#include "reference/network/network.h"
#include "reference/stages/pack_stream.h"

namespace synerbench::reference {

/// Patches of the ViT images; latents of the VAE images (sampled) and flow noise, from `random`. Images of one size are encoded
/// together, so no image is changed by another's padding.
PackedInputs make_inputs(const Pack& pack, const Network& network, Random& random);

/// The loss of a pack under a recipe, and its parts for the log.
struct PackLoss {
  at::Tensor total;
  double ce = 0, mse = 0;
};
PackLoss pack_loss(const ForwardResult& result, const Pack& pack, const StageRecipe& recipe);

}  // namespace synerbench::reference
