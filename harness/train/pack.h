// Weights as they are handed on: only what synthesis needs, in 16-bit floats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/safetensors.h"

namespace synerbench {

struct PackOptions {
  DType dtype = DType::kF16;  // of every floating tensor: kF16, kBF16, kF32
};

struct PackedFolder {
  std::filesystem::path folder;  // relative to what was packed; "." for a single weights folder
  int64_t bytes_before = 0;      // of everything in the folder, logs and networks of the training included
  int64_t bytes = 0;
  double worst = 0;    // largest rounding error of a value, relative to the largest value of its tensor
  std::string sha256;  // names the packed weights, as in results
};

/// Copies a weights folder, or a folder with one per task (FROM/<task>/config.json), to `to`, which must not
/// exist or be empty. Left out are networks that only training needs, logs and checkpoints. config.json
/// stays what it was but for its networks, places in its configuration, of which the last part is kept, and a
/// field "packed": {"dtype", "sha256" of the weights before}.
/// The same weights make the same bytes.
///
/// Error(kBadInput): not a weights folder, a damaged file, a value that the type cannot hold (a weight above
/// 65504 in fp16), a training that is not finished. Error(kUsage): `to` holds something, or another process
/// is making it. Nothing is left at `to` then.
std::vector<PackedFolder> pack_weights(const std::filesystem::path& from, const std::filesystem::path& to,
                                       const PackOptions& options = {});

}  // namespace synerbench
