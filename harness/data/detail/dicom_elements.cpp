#include "harness/data/detail/dicom_elements.h"

namespace synerbench::detail {
namespace {

void put(std::string& out, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::string begin_of(uint32_t tag, std::string_view vr, size_t length) {
  std::string out;
  put(out, tag >> 16, 2);
  put(out, tag & 0xFFFF, 2);
  out += vr;
  const bool wide = vr == "OB" || vr == "OW" || vr == "SQ" || vr == "UN" || vr == "UT";
  if (wide) put(out, 0, 2);
  put(out, length, wide ? 4 : 2);
  return out;
}

}  // namespace

void DicomElements::text(uint32_t tag, std::string_view vr, std::string_view value) {
  std::string padded(value);
  if (padded.size() % 2 != 0) padded += vr == "UI" ? '\0' : ' ';
  elements_[tag] = begin_of(tag, vr, padded.size()) + padded;
}

void DicomElements::whole(uint32_t tag, uint16_t value) {
  std::string out = begin_of(tag, "US", 2);
  put(out, value, 2);
  elements_[tag] = out;
}

void DicomElements::bytes(uint32_t tag, std::string_view vr, std::string value) {
  if (value.size() % 2 != 0) value += '\0';
  elements_[tag] = begin_of(tag, vr, value.size()) + value;
}

void DicomElements::item(uint32_t tag, const DicomElements& inside) {
  const std::string content = inside.encoded();
  std::string item;
  put(item, 0xFFFE, 2);
  put(item, 0xE000, 2);
  put(item, content.size(), 4);
  elements_[tag] = begin_of(tag, "SQ", item.size() + content.size()) + item + content;
}

std::string DicomElements::encoded() const {
  std::string out;
  for (const auto& [tag, element] : elements_) out += element;
  return out;
}

std::string dicom_file(const DicomElements& elements, std::string_view sop_class,
                       std::string_view sop_instance, std::string_view transfer_syntax) {
  DicomElements meta;
  meta.bytes(0x00020001, "OB", std::string("\0\1", 2));
  meta.text(0x00020002, "UI", sop_class);
  meta.text(0x00020003, "UI", sop_instance);
  meta.text(0x00020010, "UI", transfer_syntax);
  meta.text(0x00020012, "UI", "2.25.230519681134204873498271");  // of the program that wrote it
  const std::string body = meta.encoded();
  std::string length = begin_of(0x00020000, "UL", 4);
  put(length, body.size(), 4);
  return std::string(128, '\0') + "DICM" + length + body + elements.encoded();
}

}  // namespace synerbench::detail
