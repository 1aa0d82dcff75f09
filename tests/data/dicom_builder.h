// DICOM series made in code, one byte string per slice.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/file.h"
#include "harness/data/detail/dicom_elements.h"
#include "harness/data/volume.h"

namespace synerbench::testing_support {

struct MadeDicom {
  std::string modality = "CT", sop_class = "1.2.840.10008.5.1.4.1.1.2", series = "1.2.3.4.5";
  double slope = 1, intercept = -1024;
  /// Changes the elements of slice k before they are written.
  std::function<void(int64_t k, detail::DicomElements&)> change = {};
  /// Name of the file of slice k.
  std::function<std::string(int64_t k)> name = [](int64_t k) { return fmt::format("IM{:04}.dcm", k); };
};

/// A PET in Bq/ml: 400 MBq of 18-F for 70 kg, one half-life (of 6600 s) before the scan, so that 1 Bq/ml is
/// an SUV of 70000 / 200e6. `more` changes the elements of each slice, and those of its tracer.
inline MadeDicom made_pet(
    const std::function<void(detail::DicomElements& e, detail::DicomElements& tracer)>& more = {}) {
  MadeDicom how;
  how.modality = "PT";
  how.sop_class = "1.2.840.10008.5.1.4.1.1.128";
  how.intercept = 0;
  how.change = [more](int64_t k, detail::DicomElements& e) {
    detail::DicomElements tracer;
    tracer.text(0x00181072, "TM", "091000");
    tracer.text(0x00181074, "DS", "400000000");
    tracer.text(0x00181075, "DS", "6600");
    tracer.text(0x00181078, "DT", "20240131091000");
    e.text(0x00080021, "DA", "20240131");
    e.text(0x00080022, "DA", "20240131");
    e.text(0x00080031, "TM", "110000");
    e.text(0x00080032, "TM", fmt::format("11{:02}00.5", k));
    e.text(0x00101030, "DS", "70");
    e.text(0x00280051, "CS", "ATTN\\DECY\\SCAT");
    e.text(0x00541001, "CS", "BQML");
    e.text(0x00541102, "CS", "START");
    if (more) more(e, tracer);
    e.item(0x00540016, tracer);
  };
  return how;
}

inline std::string decimals(std::initializer_list<double> values) {
  std::string text;
  for (const double value : values) text += fmt::format("{}{:.10g}", text.empty() ? "" : "\\", value);
  return text;
}

/// The bytes of slice k of a volume whose values are whole numbers after (value - intercept) / slope.
inline std::string dicom_slice(const Volume& volume, int64_t k, const MadeDicom& how) {
  const Geometry& g = volume.geometry;
  const auto at = g.to_world(0, 0, static_cast<double>(k));
  const auto& d = g.direction;
  const std::string instance = fmt::format("{}.{}", how.series, k + 1);
  detail::DicomElements e;
  e.text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
  e.text(0x00080016, "UI", how.sop_class);
  e.text(0x00080018, "UI", instance);
  e.text(0x00080060, "CS", how.modality);
  e.text(0x00100010, "PN", "Nobody");
  e.text(0x00100020, "LO", "P1");
  e.text(0x00180050, "DS", decimals({g.spacing[2]}));
  e.text(0x0020000D, "UI", "1.2.3.4");
  e.text(0x0020000E, "UI", how.series);
  e.text(0x00200013, "IS", std::to_string(k + 1));
  e.text(0x00200032, "DS", decimals({at[0], at[1], at[2]}));
  e.text(0x00200037, "DS", decimals({d[0], d[3], d[6], d[1], d[4], d[7]}));
  e.text(0x00200052, "UI", "1.2.3.9");
  e.whole(0x00280002, 1);
  e.text(0x00280004, "CS", "MONOCHROME2");
  e.whole(0x00280010, static_cast<uint16_t>(g.size[1]));
  e.whole(0x00280011, static_cast<uint16_t>(g.size[0]));
  e.text(0x00280030, "DS", decimals({g.spacing[1], g.spacing[0]}));
  e.whole(0x00280100, 16);
  e.whole(0x00280101, 16);
  e.whole(0x00280102, 15);
  e.whole(0x00280103, 1);
  e.text(0x00281052, "DS", decimals({how.intercept}));
  e.text(0x00281053, "DS", decimals({how.slope}));
  std::string pixels;
  for (int64_t j = 0; j < g.size[1]; ++j) {
    for (int64_t i = 0; i < g.size[0]; ++i) {
      const auto stored = static_cast<int16_t>(std::lround((volume.at(i, j, k) - how.intercept) / how.slope));
      pixels += static_cast<char>(stored & 0xFF);
      pixels += static_cast<char>(stored >> 8 & 0xFF);
    }
  }
  e.bytes(0x7FE00010, "OW", pixels);
  if (how.change) how.change(k, e);
  return detail::dicom_file(e, how.sop_class, instance);
}

inline void write_dicom(const std::filesystem::path& folder, const Volume& volume,
                        const MadeDicom& how = {}) {
  for (int64_t k = 0; k < volume.geometry.size[2]; ++k)
    write_file(folder / how.name(k), dicom_slice(volume, k, how));
}

/// A zip of stored files, for what reads them; `name` and bytes of each.
inline std::string stored_zip(const std::vector<std::pair<std::string, std::string>>& files) {
  const auto put = [](std::string& out, uint64_t value, int width) {
    for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  };
  const auto crc = [](const std::string& bytes) {
    uint32_t value = 0xFFFFFFFF;
    for (const unsigned char c : bytes) {
      value ^= c;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0xEDB88320 : 0);
    }
    return ~value;
  };
  std::string out, central;
  for (const auto& [name, bytes] : files) {
    std::string common;  // from "version needed" to the length of the extra field
    put(common, 20, 2);
    put(common, 0, 2);
    put(common, 0, 2);
    put(common, 0, 4);
    put(common, crc(bytes), 4);
    put(common, bytes.size(), 4);
    put(common, bytes.size(), 4);
    put(common, name.size(), 2);
    put(common, 0, 2);
    put(central, 0x02014b50, 4);
    put(central, 20, 2);
    central += common;
    put(central, 0, 2);  // comment
    put(central, 0, 4);
    put(central, 0, 4);
    put(central, out.size(), 4);
    central += name;
    put(out, 0x04034b50, 4);
    out += common + name + bytes;
  }
  const size_t at = out.size();
  out += central;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, files.size(), 2);
  put(out, files.size(), 2);
  put(out, central.size(), 4);
  put(out, at, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace synerbench::testing_support
