#include "reference/stages/autoencoder_settings.h"

#include <limits>

namespace synerbench::reference {

const Schema<AutoencoderSettings>& autoencoder_schema() {
  static const Schema<AutoencoderSettings> table = [] {
    using S = AutoencoderSettings;
    constexpr int64_t kAny = std::numeric_limits<int64_t>::max();
    Schema<S> s;
    s.number("share", &S::share, {0, 1, true, true}, "of the training's updates, of a new model");
    s.integer("batch", &S::batch, 1, kAny, "crops per update");
    s.integer("side", &S::side, 1, kAny, "pixels of a crop's side");
    s.integer("slice_side", &S::slice_side, 0, kAny,
              "slices are first resized to so many pixels a side; 0: not");
    s.number("pictures", &S::pictures, kShare,
             "share of the crops that are procedural pictures instead of slices");
    s.number("lr", &S::lr, kPositive, "its learning rate");
    s.number("kl_weight", &S::kl_weight, kNotNegative, "of the pull of the latents toward N(0, 1)");
    return s;
  }();
  return table;
}

}  // namespace synerbench::reference
