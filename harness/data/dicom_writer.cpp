#include "harness/data/dicom_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/detail/dicom_elements.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

/// A UID of the kind 2.25.<128 bits as a decimal number> (PS3.5, B.2), from the first 32 digits of a SHA-256.
std::string uid_from(const std::string& text) {
  const std::string digits = sha256_hex(text).substr(0, 32);
  std::string decimal = "0";
  for (const char c : digits) {
    int carry = c <= '9' ? c - '0' : c - 'a' + 10;
    for (size_t i = decimal.size(); i-- > 0;) {
      const int value = (decimal[i] - '0') * 16 + carry;
      decimal[i] = static_cast<char>('0' + value % 10);
      carry = value / 10;
    }
    for (; carry > 0; carry /= 10) decimal.insert(decimal.begin(), static_cast<char>('0' + carry % 10));
  }
  return "2.25." + decimal;
}

/// A decimal string has 16 characters at most.
std::string decimal(double value) {
  for (int digits = 12; digits > 0; --digits) {
    const std::string text = fmt::format("{:.{}g}", value, digits);
    if (text.size() <= 16) return text;
  }
  return "0";
}
std::string decimals(std::initializer_list<double> values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "" : "\\") + decimal(value);
  return text;
}

struct Kind {
  const char* modality;
  const char* sop_class;
};
Kind kind_of(Modality modality) {
  if (modality == Modality::kCT || modality == Modality::kCBCT) return {"CT", "1.2.840.10008.5.1.4.1.1.2"};
  if (modality == Modality::kPET) return {"PT", "1.2.840.10008.5.1.4.1.1.128"};
  return {"MR", "1.2.840.10008.5.1.4.1.1.4"};
}

double slope_for(const Volume& volume, const Kind& kind, const std::string& place) {
  constexpr double kLargest = std::numeric_limits<int16_t>::max();
  double most = 0;
  for (const float value : volume.voxels) {
    if (!std::isfinite(value))
      throw input_error(place, "the volume holds values that are not finite",
                        "find out where they come from");
    most = std::max(most, std::abs(static_cast<double>(value)));
  }
  if (std::string(kind.modality) != "CT")
    return most > 0 ? std::stod(decimal(most / kLargest * (1 + 1e-9))) : 1;
  if (most > kLargest) {
    throw input_error(place, fmt::format("a value of {:g} HU does not fit into 16 bits", most),
                      "find out where the value comes from");
  }
  return 1;
}

/// A folder that gets its name when all is in it.
template <class Fill>
void fill_folder(const fs::path& folder, const Fill& fill) {
  const fs::path name = folder.has_filename() ? folder.filename() : folder.parent_path().filename();
  const fs::path target = folder.has_filename() ? folder : folder.parent_path();
  const fs::path temporary =
      target.parent_path() / fmt::format("{}{}-{}", kTemporaryPrefix, name.string(), ::getpid());
  std::error_code code;
  fs::remove_all(temporary, code);
  try {
    fill(temporary);
    fs::remove(target, code);  // an empty one
    fs::rename(temporary, target);
  } catch (...) {
    fs::remove_all(temporary, code);
    throw;
  }
}

}  // namespace

void require_free_for_series(const fs::path& folder) {
  std::error_code code;
  if (fs::exists(folder, code) && (!fs::is_directory(folder, code) || !fs::is_empty(folder, code)))
    throw usage_error(folder.string(), "is there already",
                      "name a folder that is not, for the slices of the new series");
}

void write_dicom_series(const fs::path& folder, const Volume& volume, const DerivedSeries& what) {
  const std::string place = folder.string();
  require_free_for_series(folder);
  const Kind kind = kind_of(what.modality);
  const double slope = slope_for(volume, kind, place);
  const Geometry& grid = volume.geometry;
  if (grid.size[0] > 65535 || grid.size[1] > 65535)
    throw input_error(place, "has more than 65535 pixels a side", "write .nii.gz instead");

  detail::DicomElements common;
  if (what.source != nullptr) {
    for (const auto& [tag, value] : what.source->kept) common.text(tag, value.vr, value.text);
  }
  // All that follows from the content names the series.
  std::string identity = what.description + "\n" + what.derivation + "\n" + describe(grid) + "\n" +
                         (what.source != nullptr ? what.source->sha256 : "") + "\n";
  identity += sha256_hex(std::string_view(reinterpret_cast<const char*>(volume.voxels.data()),
                                          volume.voxels.size() * sizeof(float)));
  const std::string series = uid_from("series\n" + identity);
  const auto ensure = [&](uint32_t tag, const char* vr, const std::string& value) {
    if (what.source == nullptr || !what.source->kept.contains(tag)) common.text(tag, vr, value);
  };
  ensure(0x00100010, "PN", "");
  ensure(0x00100020, "LO", "");
  ensure(0x00100030, "DA", "");
  ensure(0x00100040, "CS", "");
  ensure(0x00080020, "DA", "");
  ensure(0x00080030, "TM", "");
  ensure(0x00080050, "SH", "");
  ensure(0x00080090, "PN", "");
  ensure(0x00200010, "SH", "");
  ensure(0x00201040, "LO", "");
  ensure(0x0020000D, "UI", uid_from("study\n" + identity));
  ensure(0x00200052, "UI", uid_from("frame\n" + identity));
  common.text(0x00080008, "CS", "DERIVED\\SECONDARY");
  common.text(0x00080016, "UI", kind.sop_class);
  common.text(0x00080060, "CS", kind.modality);
  common.text(0x00080070, "LO", "SynerBench");
  common.text(0x0008103E, "LO", what.description.substr(0, 64));
  common.text(0x00082111, "ST", what.derivation.substr(0, 1024));
  common.text(0x00180050, "DS", decimal(grid.spacing[2]));
  common.text(0x00180088, "DS", decimal(grid.spacing[2]));
  common.text(0x0020000E, "UI", series);
  common.text(0x00200011, "IS", "");
  const auto& d = grid.direction;
  common.text(0x00200037, "DS", decimals({d[0], d[3], d[6], d[1], d[4], d[7]}));
  common.whole(0x00280002, 1);
  common.text(0x00280004, "CS", "MONOCHROME2");
  common.whole(0x00280010, static_cast<uint16_t>(grid.size[1]));
  common.whole(0x00280011, static_cast<uint16_t>(grid.size[0]));
  common.text(0x00280030, "DS", decimals({grid.spacing[1], grid.spacing[0]}));
  common.whole(0x00280100, 16);
  common.whole(0x00280101, 16);
  common.whole(0x00280102, 15);
  common.whole(0x00280103, 1);
  common.text(0x00281052, "DS", "0");
  common.text(0x00281053, "DS", decimal(slope));
  if (std::string(kind.modality) == "CT") common.text(0x00281054, "LO", "HU");
  if (std::string(kind.modality) == "PT") common.text(0x00541001, "CS", "GML");

  fill_folder(folder, [&](const fs::path& temporary) {
    const auto pixels = static_cast<size_t>(grid.size[0] * grid.size[1]);
    for (int64_t k = 0; k < grid.size[2]; ++k) {
      detail::DicomElements slice = common;
      const std::string instance = uid_from(fmt::format("slice {}\n{}", k, identity));
      const auto at = grid.to_world(0, 0, static_cast<double>(k));
      slice.text(0x00080018, "UI", instance);
      slice.text(0x00200013, "IS", std::to_string(k + 1));
      slice.text(0x00200032, "DS", decimals({at[0], at[1], at[2]}));
      std::string bytes;
      bytes.reserve(2 * pixels);
      for (size_t v = static_cast<size_t>(k) * pixels; v < static_cast<size_t>(k + 1) * pixels; ++v) {
        const auto stored =
            static_cast<int16_t>(std::nearbyint(static_cast<double>(volume.voxels[v]) / slope));
        bytes += static_cast<char>(stored & 0xFF);
        bytes += static_cast<char>(stored >> 8 & 0xFF);
      }
      slice.bytes(0x7FE00010, "OW", std::move(bytes));
      write_file(temporary / fmt::format("{:04}.dcm", k + 1),
                 detail::dicom_file(slice, kind.sop_class, instance));
    }
  });
}

}  // namespace synerbench
