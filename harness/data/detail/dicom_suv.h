// From what a PET's DICOM headers say to SUV by body weight. For harness/data.
#pragma once

#include <string>

#include "harness/data/dicom.h"

namespace synerbench::detail {

/// Sets `factor`, `conversion` and remarks of a series of at least one slice. Error(kBadInput) when its
/// headers do not say what SUV needs.
void convert_to_suv(DicomSeries& series, const std::string& place);

}  // namespace synerbench::detail
