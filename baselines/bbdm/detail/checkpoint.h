// Published BBDM checkpoints: where in a file the parts of the model are.
#pragma once

#include <filesystem>

#include "harness/nn/adm_unet.h"
#include "harness/nn/vq_autoencoder.h"

namespace synerbench::bbdm {

/// Loads the denoiser of a converted checkpoint. A published one holds `model` (denoise_fn.*, vqgan.*,
/// schedule tables) and `ema` (the averaged parameters, which validation and sampling use). Accepted, in this
/// order, each behind any number of "module.":
///
///     ema.denoise_fn.<key>   model.denoise_fn.<key>   denoise_fn.<key>   <key>
///
/// Schedule tables follow from the configuration and are not read. Error(kBadInput) lists keys that are
/// missing, unknown or of another shape.
void load_denoiser(nn::AdmUnet& denoiser, const std::filesystem::path& path);

/// The same for the autoencoder: model.vqgan.<key>, vqgan.<key>, or the bare keys of a file with the
/// autoencoder alone, where keys outside VqAutoencoder::parts() (its training losses) are skipped.
void load_autoencoder(nn::VqAutoencoder& autoencoder, const std::filesystem::path& path);

}  // namespace synerbench::bbdm
