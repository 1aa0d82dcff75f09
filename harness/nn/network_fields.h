// The sizes of shared networks as fields of a configuration, under the same names in every model that has them.
#pragma once

#include "harness/core/json_fields.h"
#include "harness/nn/adm_unet.h"
#include "harness/nn/vq_autoencoder.h"

namespace synerbench::nn {

/// width, multipliers, blocks, attention_factors, head_width and gn_groups; fields that are left out keep their value. Error(kUsage) for sizes
/// that cannot be built.
void read_fields(JsonObject& object, AdmUnetOptions& options);
Json fields_of(const AdmUnetOptions& options);

/// width, multipliers, blocks, attention_factors, latent_channels, code_channels, codes and gn_groups; likewise.
void read_fields(JsonObject& object, VqAutoencoderOptions& options);
Json fields_of(const VqAutoencoderOptions& options);

}  // namespace synerbench::nn
