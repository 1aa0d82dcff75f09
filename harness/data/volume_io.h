// Image files <-> volumes. Declared here, implemented in harness/data/itk (target synerbench::volume_io), so
// that nobody else sees ITK.
#pragma once

#include <filesystem>
#include <string>

#include "harness/data/gate.h"
#include "harness/data/volume.h"

namespace synerbench {

enum class PixelType { kUInt8, kInt16, kFloat32 };

/// Passes the gate, reads through ITK, checks ITK's geometry and values against the gate's (sound files that
/// ITK cannot read are decoded by the gate: Note [What ITK cannot read]), refuses NaN and infinity (counts
/// them and names the first). Values after slope and intercept, as the nearest float. The geometry is the
/// gate's. A folder, or a .zip, is a DICOM series: see dicom.h. Thread-safe.
Volume read_volume(const std::filesystem::path& path, VerifiedFile* verified = nullptr,
                   const GateLimits& limits = {});

/// Writes .nii, .nii.gz or .mha (zlib) by the name's ending, whole or not at all. Integer types round half to
/// even and refuse values outside their range; NaN and infinity are refused always. NIfTI gets both frames,
/// with codes 1 and 1; its header keeps floats, so the grid comes back to about 2e-4 voxels (.mha: exactly).
/// The file passes the gate before it gets its name. Equal input gives equal bytes (no time stamps).
/// `note`, at most kMostNoteBytes of text on one line, goes into the header: see read_image_note().
/// Error(kBadInput).
void write_volume(const std::filesystem::path& path, const Volume& volume, PixelType type,
                  const std::string& note = "");
inline constexpr size_t kMostNoteBytes = 23;  // of NIfTI's aux_file; ITK 5.2 does not write its descrip

/// Trilinear resampling onto `grid` (ITK). A sample point within kSameGridTolerance voxels of the input's
/// center-to-center box is clamped into it; beyond, it gets `outside`.
Volume resample_linear(const Volume& volume, const Geometry& grid, float outside);
/// Nearest neighbor, for masks.
Volume resample_nearest(const Volume& volume, const Geometry& grid, float outside);

}  // namespace synerbench
