// Slices of a DICOM series as one stack. For harness/data.
#pragma once

#include <string>
#include <vector>

#include "harness/data/dicom.h"

namespace synerbench::detail {

/// Error(kBadInput), naming two files, when they are of several series or differ in size, spacing, direction,
/// modality or frame of reference. At least one slice.
void check_alike(const std::vector<DicomSlice>& slices, const std::string& place);

/// Sorts the slices along the normal and finds the grid they lie on. Error(kBadInput), naming files, when
/// slices are missing, stand twice, are unevenly spaced or at an angle to their stack. At least one slice.
Geometry grid_of(std::vector<DicomSlice>& slices, const std::string& place);

}  // namespace synerbench::detail
