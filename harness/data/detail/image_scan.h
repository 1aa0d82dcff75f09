// One pass over an image file: header, every voxel, end of stream. The gate looks, readers may also keep the
// values. For harness/data only.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "harness/data/gate.h"

namespace synerbench::detail {

enum class FileFormat { kNifti, kNiftiGz, kMetaImage };
/// By the name's ending; Error(kBadInput) for any other.
FileFormat format_of_name(const std::filesystem::path& path);

/// Collects a ValueSummary. Order matters: voxel after voxel, i fastest.
class ValueCollector {
 public:
  void add(double value);
  ValueSummary summary() const { return summary_; }

 private:
  ValueSummary summary_;
};

/// Gets values (after slope and intercept) of voxels [first, first + values.size()), in order.
using VoxelSink = std::function<void(int64_t first, std::span<const double> values)>;

/// As verify_image_file; `sink` may be empty. What the sink got counts only when this returns.
VerifiedFile scan_image_file(const std::filesystem::path& path, const GateLimits& limits,
                             const VoxelSink& sink);

}  // namespace synerbench::detail
