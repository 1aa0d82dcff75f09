// A volume as a DICOM series of its own.
#pragma once

#include <filesystem>
#include <string>

#include "harness/core/modality.h"
#include "harness/data/dicom.h"
#include "harness/data/volume.h"

namespace synerbench {

/// What is written into the headers of a series that was computed.
struct DerivedSeries {
  // CT, CBCT: CT images in whole HU; PET: PET images in SUV (GML); else MR
  Modality modality = Modality::kCT;
  std::string description;  // SeriesDescription: "synthetic CT (pix2pix)"; at most 64 characters are kept
  std::string derivation;   // DerivationDescription: what was computed from what
  /// The series it was computed from: its patient, its study and its frame of reference are kept. nullptr:
  /// the patient has no name, and study and frame are new.
  const DicomSeries* source = nullptr;
};

/// Error(kUsage): the folder is there already and not empty. For whoever works long before writing.
void require_free_for_series(const std::filesystem::path& folder);

/// Writes a file for each slice along k: 0001.dcm, ... ImageType says DERIVED\SECONDARY. UIDs are new; they
/// are made from what the series holds, so equal input gives equal bytes and other input other UIDs. CT is
/// rounded to whole HU, the others to 1/32767 of their largest value. `folder` appears whole or not at all.
/// Error(kUsage): it is there already and not empty. Error(kBadInput): a value that is not finite or no 16
/// bits hold.
void write_dicom_series(const std::filesystem::path& folder, const Volume& volume, const DerivedSeries& what);

}  // namespace synerbench
