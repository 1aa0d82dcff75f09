// What can befall the slices of a DICOM series, and archives.
#include <cstdint>

#include "tests/app/damage/edit.h"
#include "tests/app/damage/kinds.h"
#include "tests/data/image_builder.h"

namespace synerbench::damage {
namespace {

using testing::raw_bytes;

std::string tag_bytes(uint32_t tag) {
  return raw_bytes(static_cast<uint16_t>(tag >> 16)) + raw_bytes(static_cast<uint16_t>(tag & 0xFFFF));
}

/// Where an element of explicit VR with a length of two bytes begins.
size_t element_at(const std::string& bytes, uint32_t tag, const std::string& vr) {
  return bytes.find(tag_bytes(tag) + vr);
}

/// The element with another value; none when the file has no such element.
Variants with_value(const std::string& bytes, uint32_t tag, const std::string& vr, std::string value) {
  const size_t at = element_at(bytes, tag, vr);
  if (at == std::string::npos) return {};
  if (value.size() % 2 != 0) value += vr == "UI" ? '\0' : ' ';
  const size_t length = static_cast<unsigned char>(bytes[at + 6]) |
                        static_cast<size_t>(static_cast<unsigned char>(bytes[at + 7])) << 8;
  std::string out = bytes;
  return {out.replace(at + 6, 2 + length, raw_bytes(static_cast<uint16_t>(value.size())) + value)};
}

Damage dicom_value(const std::string& name, uint32_t tag, const std::string& vr,
                   const std::vector<std::string>& values, unsigned needs = kDicom) {
  return {"DICOM: " + name, needs, [=](const std::string& bytes, const Subject&, Random&) {
            Variants out;
            for (const std::string& value : values) {
              for (std::string& one : with_value(bytes, tag, vr, value)) out.push_back(std::move(one));
            }
            return out;
          }};
}

Damage without_element(const std::string& name, uint32_t tag, const std::string& vr,
                       unsigned needs = kDicom) {
  return {"DICOM: " + name, needs, [=](const std::string& bytes, const Subject&, Random&) {
            const size_t at = element_at(bytes, tag, vr);
            if (at == std::string::npos) return Variants{};
            const size_t length = static_cast<unsigned char>(bytes[at + 6]) |
                                  static_cast<size_t>(static_cast<unsigned char>(bytes[at + 7])) << 8;
            std::string out = bytes;
            return Variants{out.erase(at, 8 + length)};
          }};
}

std::string two(uint16_t value) { return raw_bytes(value); }

/// Every entry of the archive changed at `in_header` of its local header and at `in_directory` of the central
/// one.
Damage zip_field(const std::string& name, size_t in_header, size_t in_directory, const std::string& value) {
  return {"zip: " + name, kZip, [=](const std::string& bytes, const Subject&, Random&) {
            const auto at = [&](const char* mark) { return bytes.find(mark); };
            const size_t directory = at("PK\x01\x02");
            if (directory == std::string::npos) return Variants{};
            const std::string second = over(bytes, directory + in_directory, value);
            return Variants{second, over(second, in_header, value), over(bytes, in_header, value)};
          }};
}

}  // namespace

std::vector<Damage> damages_of_dicom() {
  using S = const std::string&;
  return {
      {"DICOM: no mark", kDicom, [](S b, const Subject&, Random&) { return Variants{over(b, 128, "XICM")}; }},
      dicom_value("compressed", 0x00020010, "UI", {"1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.1.99"}),
      dicom_value("big-endian", 0x00020010, "UI", {"1.2.840.10008.1.2.2"}),
      dicom_value("implicit said of explicit", 0x00020010, "UI", {"1.2.840.10008.1.2"}),
      without_element("no transfer syntax", 0x00020010, "UI"),
      {"DICOM: a VR of no letters", kDicom,
       [](S b, const Subject&, Random&) {
         return Variants{over(b, element_at(b, 0x00280010, "US") + 4, std::string("\0\1", 2))};
       }},
      dicom_value("no rows", 0x00280010, "US", {two(0)}),
      dicom_value("65535 columns", 0x00280011, "US", {two(65535)}),
      dicom_value("other bits", 0x00280100, "US", {two(8), two(12), two(32)}),
      dicom_value("stored bits", 0x00280101, "US", {two(0), two(17), two(12)}),
      dicom_value("color", 0x00280002, "US", {two(3)}),
      dicom_value("inverted gray", 0x00280004, "CS", {"MONOCHROME1"}),
      dicom_value("spacing", 0x00280030, "DS", {"0\\1", "-1\\1", "1e30\\1e30", "nan\\1", "1"}),
      dicom_value("position", 0x00200032, "DS", {"0\\0\\1e30", "nan\\0\\0", "0\\0", "text\\0\\0"}),
      without_element("no position", 0x00200032, "DS"),
      dicom_value("moved by half a slice", 0x00200032, "DS", {"0\\0\\7.5"}),
      dicom_value("moved sideways", 0x00200032, "DS", {"4\\0\\6"}),
      dicom_value("at the place of another", 0x00200032, "DS", {"0\\0\\3"}),
      dicom_value("orientation", 0x00200037, "DS",
                  {"1\\0\\0\\1\\0\\0", "2\\0\\0\\0\\1\\0", "0\\1\\0\\1\\0\\0"}),
      dicom_value("slope", 0x00281053, "DS", {"0", "1e308", "inf", "1,5"}),
      dicom_value("intercept", 0x00281052, "DS", {"1e39", "nan", "-"}),
      dicom_value("another series", 0x0020000E, "UI", {"1.2.3.4.6"}),
      dicom_value("another modality", 0x00080060, "CS", {"MR"}),
      dicom_value("another frame of reference", 0x00200052, "UI", {"1.2.3.10"}),
      without_element("no series", 0x0020000E, "UI"),
      dicom_value("units", 0x00541001, "CS", {"CM2ML", "CNTS", ""}, kPet),
      dicom_value("weight", 0x00101030, "DS", {"0", "-70", "inf", "1e308", ""}, kPet),
      dicom_value("decay corrected to nothing", 0x00541102, "CS", {"NONE", ""}, kPet),
      dicom_value("not corrected", 0x00280051, "CS", {"ATTN"}, kPet),
      dicom_value("dose", 0x00181074, "DS", {"0", "1e-300", "text"}, kPet),
      dicom_value("half-life", 0x00181075, "DS", {"0", "-1", "nan"}, kPet),
      dicom_value("injection behind the scan", 0x00181078, "DT", {"20240201120000"}, kPet),
  };
}

std::vector<Damage> damages_of_zip() {
  using S = const std::string&;
  return {
      zip_field("encrypted", 6, 8, two(1)),
      zip_field("unknown compression", 8, 10, two(77)),
      zip_field("wrong check sum", 14, 16, raw_bytes<uint32_t>(1)),
      zip_field("packed length off", 18, 20, raw_bytes<uint32_t>(3)),
      zip_field("length off", 22, 24, raw_bytes<uint32_t>(3)),
      zip_field("length huge", 22, 24, raw_bytes<uint32_t>(0xfffffff0)),
      zip_field("a name of 65535 bytes", 26, 28, two(65535)),
      {"zip: a name that leads out", kZip,
       [](S b, const Subject&, Random&) {
         const size_t length = static_cast<unsigned char>(b[26]), directory = b.find("PK\x01\x02");
         if (length < 4) return Variants{};
         return Variants{over(over(b, 30, "../x"), directory + 46, "../x"),
                         over(over(b, 30, "/etc"), directory + 46, "/etc")};
       }},
      {"zip: a name twice", kZip,
       [](S b, const Subject&, Random&) {
         // The second entry gets the name of the first, of the same length.
         const size_t length = static_cast<unsigned char>(b[26]);
         const std::string name = b.substr(30, length);
         const size_t second = b.find(std::string("PK\x03\x04"), 4), first = b.find("PK\x01\x02");
         if (second == std::string::npos || static_cast<unsigned char>(b[second + 26]) != length)
           return Variants{};
         const size_t directory = b.find(std::string("PK\x01\x02"), first + 4);
         return Variants{over(over(b, second + 30, name), directory + 46, name)};
       }},
      {"zip: no directory", kZip,
       [](S b, const Subject&, Random&) { return Variants{b.substr(0, b.find("PK\x01\x02"))}; }},
      {"zip: number of entries off", kZip,
       [](S b, const Subject&, Random&) {
         const size_t end = b.rfind("PK\x05\x06");
         return Variants{over(b, end + 8, two(1) + two(1)), over(b, end + 8, two(60000) + two(60000))};
       }},
  };
}

}  // namespace synerbench::damage
