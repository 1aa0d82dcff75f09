// DICOM series through ITK and GDCM; a part of read_volume().
#pragma once

#include <filesystem>

#include "harness/data/gate.h"
#include "harness/data/volume.h"

namespace synerbench {

/// As read_volume(), for what is_dicom_place() knows. Every slice is decoded by the gate and by GDCM, and the
/// two have to agree on its grid and on its values. `verified`, which may be null, gets what the gate
/// learned.
Volume read_dicom_volume(const std::filesystem::path& place, VerifiedFile* verified,
                         const GateLimits& limits);

}  // namespace synerbench
