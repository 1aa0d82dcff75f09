// Parts that several models have, as rows of a table of fields, under the same names in every model that has
// them.
#pragma once

#include "harness/core/schema.h"
#include "harness/nn/adm_unet.h"
#include "harness/nn/vq_autoencoder.h"

namespace synerbench::nn {

/// width, multipliers, blocks, attention_factors, head_width and gn_groups. Refuses sizes that cannot be
/// built.
const Schema<AdmUnetOptions>& adm_unet_fields();

/// width, multipliers, blocks, attention_factors, latent_channels, code_channels, codes and gn_groups;
/// likewise.
const Schema<VqAutoencoderOptions>& vq_autoencoder_fields();

}  // namespace synerbench::nn
