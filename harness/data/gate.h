// The integrity gate: nothing reaches an image library before it passed here.
// See Note [Why a gate] in gate.cpp: ITK 5.2 reads damaged files as if they were fine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/data/volume.h"

namespace synerbench {

struct GateLimits {
  int64_t max_voxels = int64_t{1} << 31;  // refuse headers that promise more
};

/// What the voxels hold, values after slope and intercept. Enough to notice a reader that changed, moved or
/// reinterpreted them: the weights of weighted_sum differ from voxel to voxel.
struct ValueSummary {
  int64_t count = 0;
  int64_t not_finite = 0;                              // NaN and infinite values
  int64_t first_not_finite = -1;                       // index of the first, i fastest; -1: none
  double minimum = 0, maximum = 0;                     // of the finite values; 0 when there is none
  double sum = 0, absolute_sum = 0, weighted_sum = 0;  // of the finite values
};

/// What the gate learned; enough to check what the image library made of the file afterwards.
struct VerifiedFile {
  std::filesystem::path path;
  std::string format;  // "nifti-1", "nifti-2", "metaimage", "dicom"
  bool compressed = false;
  bool big_endian = false;
  std::string stored_type;  // "int16", "uint8", "float32", "float64", ...
  std::string sha256;       // of the file's bytes
  int64_t file_bytes = 0;
  Geometry geometry;                // of the (first and only) volume, after the qform/sform policy, LPS
  double slope = 1, intercept = 0;  // value = stored * slope + intercept
  /// NIfTI: beside a slope of 0 or NaN, which means no scaling, stands an intercept; it counts for nothing.
  bool idle_intercept = false;
  // which header field gave the geometry: "sform", "qform", "pixdim", "metaimage", "dicom"
  std::string frame;
  int axes = 3;  // axes that the file has; 2: one slice, placed by a third axis that is made up
  ValueSummary values;
  // Of a DICOM series (dicom.h) only: the header's modality ("CT"), what was done to the values beside slope
  // and intercept, and what was left out.
  std::string modality, conversion;
  std::vector<std::string> remarks;
};

/// Reads the whole file once. Holds one buffer of it, or all of a compressed file of usual size (see
/// detail/byte_source.h for the limits). Checks header, dimensions, byte counts, the whole gzip or zlib
/// stream with its checksums, finite slope and spacing, a rectangular frame. Reads .nii, .nii.gz (NIfTI-1 and
/// -2, either byte order, 3-D or more axes with one volume, or 2-D as one slice) and .mha (zlib or raw). NaN
/// and infinite voxels are counted, not refused. Throws Error(kBadInput) with file, place, seen, wanted, next
/// step. Thread-safe.
///
/// qform/sform policy: sform when its code > 0; else qform when its code > 0; else pixdim without rotation
/// (axes L, P, S, origin 0). When both codes are > 0 and the two frames disagree by more than
/// kSameGridTolerance voxels, the file is refused; so it is when the sform's voxel size contradicts pixdim.
VerifiedFile verify_image_file(const std::filesystem::path& path, const GateLimits& limits = {});

/// The grid that the header promises, checked like verify_image_file() checks headers; no voxel is read. For
/// whoever wants one grid and no other: a small compressed file may hold gigabytes of zeros.
Geometry read_image_grid(const std::filesystem::path& path, const GateLimits& limits = {});

/// What the writer has noted in the header: aux_file of a NIfTI, Comment of a MetaImage; mostly "". Any
/// bytes. Errors as read_image_grid().
std::string read_image_note(const std::filesystem::path& path, const GateLimits& limits = {});

}  // namespace synerbench
