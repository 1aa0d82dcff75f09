// What a DICOM file says, element by element, before anything is made of it. For harness/data and its tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/core/error.h"

namespace synerbench::detail {

/// Group and element: 0x00280010 is (0028,0010).
using DicomTag = uint32_t;
inline constexpr DicomTag kMediaClass = 0x00020002;

/// The values of a file by tag. Numbers and texts are parsed when asked for.
struct DicomHeader {
  std::string place;
  /// Those of the first level outside sequences that are short, and the tracer's.
  std::map<DicomTag, std::vector<std::byte>> values;
  bool has_pixels = false, packed_pixels = false, has_table = false;  // of gray values (a look-up table)
  size_t pixels_at = 0, pixel_bytes = 0;                              // in the file

  bool has(DicomTag tag) const { return values.contains(tag) && !values.at(tag).empty(); }
  /// Empty when the file does not say it.
  std::string text(DicomTag tag) const;
  /// An unsigned number of two bytes. Error(kBadInput) when it is missing.
  int64_t whole(DicomTag tag, const char* name) const;
  /// `count` decimal numbers between backslashes. Error(kBadInput) when they are others or fewer.
  std::vector<double> numbers(DicomTag tag, const char* name, size_t count) const;
};

/// What to do about pixels that are compressed.
inline constexpr const char* kUnpackHint =
    "write it without compression first: gdcmconv --raw IN OUT, or dcmdjpeg, dcmdjpls, dcmdrle IN OUT";

/// Whether "DICM" stands behind the first 128 bytes.
bool begins_like_dicom(std::span<const std::byte> bytes);

/// Of the bytes of a whole file that begins_like_dicom(). Error(kBadInput) when they are cut off or damaged,
/// compressed, deflated or big-endian. `place` names the file in messages.
DicomHeader read_dicom_header(std::span<const std::byte> bytes, const std::string& place);

/// Error(kBadInput) of a file that ends too early.
Error dicom_cut_off(const std::string& place, const std::string& problem);

}  // namespace synerbench::detail
