// From a pack to tensors.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "reference/network/forward.h"
#include "reference/network/network.h"
#include "reference/stages/pack_stream.h"

namespace synerbench::reference {

/// Encoded images: mean and log variance by the slice they are, the oldest go first. The autoencoder does not
/// train while a stage does, and a stage prepares all images by one rule, so what is found here equals what
/// would be computed: a training gives the same bytes with a warm and with an empty cache.
class LatentCache {
 public:
  explicit LatentCache(int64_t bytes) : budget_(bytes) {}
  /// [2Z, h/D, w/D]; encoded alone when it is not here. An image without an origin is encoded and not kept.
  at::Tensor moments(const ImageTensor& image, const std::optional<ImageOrigin>& origin,
                     const Network& network);
  int64_t encoded() const { return encoded_; }  // images that had to be

 private:
  int64_t budget_, used_ = 0, encoded_ = 0;
  std::map<ImageOrigin, at::Tensor> kept_;
  std::deque<ImageOrigin> order_;
};

/// Patches of the ViT images; latents of the VAE images (sampled) and flow noise, from `random`. Images of
/// one size are encoded together, so no image is changed by another's padding; with a cache each alone.
PackedInputs make_inputs(const Pack& pack, const Network& network, Random& random,
                         LatentCache* cache = nullptr);

/// The loss of a pack under a recipe, and its parts for the log.
struct PackLoss {
  at::Tensor total;
  double ce = 0, mse = 0;
};
PackLoss pack_loss(const ForwardResult& result, const Pack& pack, const StageRecipe& recipe);

}  // namespace synerbench::reference
