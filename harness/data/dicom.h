// DICOM series: the integrity gate for them, and what their headers say about a volume.
//
// A series is a folder, or a zip of one. Every file in it is read to its last byte before an image library
// sees it (see Note [Why a gate] in gate.cpp). The gate decodes the pixels itself; readers of volumes compare
// what the image library made of each slice with that.
//
// Read are single-frame images with unpacked pixels (implicit and explicit VR, little-endian), which is what
// archives of CT, MR and PET hold. Refused, with what to do: packed pixels, several frames in a file, color,
// look-up tables, slices that lie at an angle to their stack.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/data/gate.h"
#include "harness/data/volume.h"

namespace synerbench {

/// An element as it stands in a file.
struct DicomText {
  std::string vr, text;
};

/// One image of a series: a file that was read to its end and is sound by itself.
struct DicomSlice {
  std::filesystem::path path;
  std::string name;                                         // path below the series' folder
  std::string sha256;                                       // of the file's bytes
  std::string modality, series, frame_of_reference, study;  // "CT"; UIDs
  int64_t columns = 0, rows = 0;
  std::array<double, 2> spacing{};   // mm: between columns, between rows
  std::array<double, 9> axes{};      // columns: along i, along j, their normal; as Geometry::direction
  std::array<double, 3> position{};  // LPS mm of the first pixel's center
  double thickness = 0;              // mm; 0: not said
  int bits = 16, stored_bits = 16;   // allocated, stored
  bool is_signed = false;
  double slope = 1, intercept = 0;
  int64_t pixels_at = 0;  // offset of the pixels in the file
  bool localizer = false;
  std::map<std::string, std::string> texts;  // what the conversion to SUV reads, by name of the attribute
  std::map<uint32_t, DicomText> kept;        // what says whose and of which study it is, by tag
  /// "int16": as VerifiedFile::stored_type.
  std::string stored_type() const;
};

struct DicomSeries {
  std::vector<DicomSlice> slices;  // in the order of their places along the normal; at least one
  Geometry geometry;
  std::string modality;  // of the header: "CT", "MR", "PT"
  /// Values are multiplied by this after slope and intercept: of a PET, to SUV by body weight.
  double factor = 1;
  std::map<uint32_t, DicomText> kept;  // patient, study and frame of reference, as in the first file
  std::string conversion;              // how the factor was found; empty: it is 1 and nothing was converted
  std::vector<std::string> remarks;    // what in the folder is no slice and was left out, ...
  std::string sha256;                  // sha256_of_image() of the series
};

/// A folder, or a file whose name ends in .zip: what read_volume() takes for a DICOM series.
bool is_dicom_place(const std::filesystem::path& path);

/// Whether a file is DICOM by its name: .dcm, .dicom, .ima, DICOMDIR. Many slices have no such name.
bool is_dicom_name(const std::string& name);

/// The series in the folder. Error(kBadInput), naming files, when a file is damaged, when it holds several
/// series, when slices are missing, stand twice, are not evenly spaced or differ in size, spacing or axes,
/// and when a PET's header does not say what SUV needs. Left out with a remark are localizers, objects
/// without an image, DICOMDIR, and files beside the images that is_companion() knows. `place` names the
/// series in messages.
DicomSeries read_dicom_series(const std::filesystem::path& folder, const std::string& place,
                              const GateLimits& limits = {});

/// The pixels of a slice after slope and intercept, j rows of i columns. Error(kBadInput) when the file
/// changed.
std::vector<double> pixels_of(const DicomSlice& slice);

/// SHA-256 of what an image is read from: of the file's bytes; of a folder, of its files' names and SHA-256.
std::string sha256_of_image(const std::filesystem::path& path);

}  // namespace synerbench
