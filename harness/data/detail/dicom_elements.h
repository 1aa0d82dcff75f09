// Elements of a DICOM file, written in explicit VR, little-endian. For harness/data and its tests.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace synerbench::detail {

/// The elements of one level, kept in the order of their tags.
class DicomElements {
 public:
  /// `vr` of two letters; the value is padded to even length, with a byte 0 for UI and OB, else with a space.
  void text(uint32_t tag, std::string_view vr, std::string_view value);
  void whole(uint32_t tag, uint16_t value);                          // US
  void bytes(uint32_t tag, std::string_view vr, std::string value);  // OB, OW
  /// A sequence of one item.
  void item(uint32_t tag, const DicomElements& inside);
  void erase(uint32_t tag) { elements_.erase(tag); }
  std::string encoded() const;

 private:
  std::map<uint32_t, std::string> elements_;  // by tag, encoded
};

/// A whole file: preamble, meta information for this SOP class and instance, elements.
std::string dicom_file(const DicomElements& elements, std::string_view sop_class,
                       std::string_view sop_instance,
                       std::string_view transfer_syntax = "1.2.840.10008.1.2.1");

}  // namespace synerbench::detail
