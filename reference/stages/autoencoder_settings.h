// How the autoencoder of a new model is trained. No LibTorch.
#pragma once

#include <cstdint>

#include "harness/core/schema.h"

namespace synerbench::reference {

struct AutoencoderSettings {
  double share = 0.25;     // of all updates of a training that begins with a new model
  int64_t batch = 4;       // crops per update
  int64_t side = 64;       // pixels of the random square crops; a multiple of the downsampling
  int64_t slice_side = 0;  // slices are first resized to this many pixels a side; 0: as they are
  double pictures = 0;     // share of the crops that are procedural pictures; 1: it never sees a scan
  double lr = 1e-3;
  double kl_weight = 1e-6;
};
const Schema<AutoencoderSettings>& autoencoder_schema();

}  // namespace synerbench::reference
