// One image of a DICOM series from its file's header. For harness/data.
#pragma once

#include <filesystem>
#include <string>

#include "harness/data/detail/dicom_header.h"
#include "harness/data/dicom.h"

namespace synerbench::detail {

/// Error(kBadInput) when the file's pixels are none that are read (see dicom.h) or not as many as it says,
/// and when its place in the patient is not said. Of a localizer only the names are filled.
DicomSlice dicom_slice(const DicomHeader& header, const std::filesystem::path& path, const std::string& name);

/// No value of the slice, after slope and intercept, is farther from 0.
double largest_value(const DicomSlice& slice);

}  // namespace synerbench::detail
