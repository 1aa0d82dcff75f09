#include "harness/data/dicom.h"

#include <fmt/format.h>

#include <span>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/letters.h"
#include "harness/data/detail/byte_source.h"
#include "harness/data/detail/dicom_grid.h"
#include "harness/data/detail/dicom_header.h"
#include "harness/data/detail/dicom_slice.h"
#include "harness/data/detail/dicom_suv.h"
#include "harness/data/tree.h"
#include "harness/data/zip.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

// Objects that lie beside images and have no pixels. Of every other kind, a file without pixels was cut off.
bool has_no_image_by_kind(const std::string& sop_class) {
  static const std::string kImages = "1.2.840.10008.5.1.4.1.1.";
  if (sop_class == "1.2.840.10008.1.3.10") return true;  // DICOMDIR
  if (!sop_class.starts_with(kImages)) return false;
  const std::string kind = sop_class.substr(kImages.size());
  for (const char* one : {"481.3", "481.5", "481.8", "66.1", "66.3"}) {  // structures, plans, registrations
    if (kind == one) return true;
  }
  // presentations, waveforms, reports, documents
  return kind.starts_with("11.") || kind.starts_with("9.") || kind.starts_with("88.") ||
         kind.starts_with("104.");
}

std::vector<TreeFile> files_in(const fs::path& folder) {
  std::vector<TreeFile> files;
  for (auto& file : list_tree(folder)) {
    if (file.empty_folder) continue;  // no slice is missing that another check would not miss, too
    // What a folder of images says about DICOM ("is not read; convert it") is not true here.
    if (is_dicom_name(file.name)) file.problem.clear();
    files.push_back(std::move(file));
  }
  return files;
}

std::string sha256_of_files(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string text;
  for (const auto& [name, sha256] : files) text += name + "  " + sha256 + "\n";
  return sha256_hex(text);
}

}  // namespace

bool is_dicom_name(const std::string& name) {
  const std::string low = lower(name);
  return low.ends_with(".dcm") || low.ends_with(".dicom") || low.ends_with(".ima") || low == "dicomdir";
}

std::string DicomSlice::stored_type() const { return fmt::format("{}int{}", is_signed ? "" : "u", bits); }

bool is_dicom_place(const fs::path& path) {
  std::error_code code;
  return fs::is_directory(path, code) || is_zip(path);
}

DicomSeries read_dicom_series(const fs::path& folder, const std::string& place, const GateLimits& limits) {
  DicomSeries series;
  std::vector<std::pair<std::string, std::string>> hashed;
  std::vector<std::string> no_image;
  size_t localizers = 0;
  std::string first_localizer;
  for (const auto& file : files_in(folder)) {
    const std::string where = place + "/" + file.path;
    if (!file.problem.empty())
      throw input_error(where, file.problem, "a folder of DICOM files holds the files of one series");
    const std::string text = read_file(folder / file.path);
    const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(text.data()), text.size());
    hashed.emplace_back(file.path, sha256_hex(text));
    if (!detail::begins_like_dicom(bytes)) {
      if (is_companion(file)) {
        no_image.push_back(file.path);
        continue;
      }
      throw input_error(where, "is no DICOM file: \"DICM\" does not stand behind its first 128 bytes",
                        "remove it from the folder, or copy it again if it is a slice");
    }
    const detail::DicomHeader header = detail::read_dicom_header(bytes, where);
    if (!header.has_pixels) {
      if (!has_no_image_by_kind(header.text(detail::kMediaClass)))
        throw detail::dicom_cut_off(where, "ends before its pixels");
      no_image.push_back(file.path);
      continue;
    }
    DicomSlice slice = detail::dicom_slice(header, folder / file.path, file.path);
    slice.sha256 = hashed.back().second;
    if (slice.localizer) {
      if (localizers++ == 0) first_localizer = slice.name;
      continue;
    }
    series.slices.push_back(std::move(slice));
  }
  if (series.slices.empty()) {
    throw input_error(
        place, "holds no slice of a DICOM series",
        hashed.empty() ? "the folder is empty" : fmt::format("{} files were looked at", hashed.size()));
  }
  detail::check_alike(series.slices, place);
  const DicomSlice& any = series.slices.front();
  const auto slices = static_cast<int64_t>(series.slices.size());
  if (any.rows * any.columns > limits.max_voxels / slices) {
    throw input_error(place,
                      fmt::format("{}x{}x{} voxels, more than {}", any.columns, any.rows, slices,
                                  detail::grouped(limits.max_voxels)),
                      "a larger limit is given with --max-voxels");
  }
  series.geometry = detail::grid_of(series.slices, place);
  series.modality = series.slices.front().modality;
  series.kept = series.slices.front().kept;
  if (series.modality == "PT") detail::convert_to_suv(series, place);
  if (localizers > 0)
    series.remarks.push_back(fmt::format("DICOM: {} localizer{} left out, the first: {}", localizers,
                                         localizers == 1 ? "" : "s", first_localizer));
  if (!no_image.empty())
    series.remarks.push_back(fmt::format("DICOM: {} file{} without an image left out, the first: {}",
                                         no_image.size(), no_image.size() == 1 ? "" : "s", no_image.front()));
  series.sha256 = sha256_of_files(hashed);
  return series;
}

std::vector<double> pixels_of(const DicomSlice& slice) {
  const std::string bytes = read_file(slice.path);
  if (sha256_hex(bytes) != slice.sha256)
    throw input_error(slice.path.string(), "the file changed while it was being read", "try again");
  const auto count = static_cast<size_t>(slice.rows * slice.columns),
             width = static_cast<size_t>(slice.bits / 8);
  SB_CHECK(static_cast<size_t>(slice.pixels_at) + count * width <= bytes.size(), slice.name);
  std::vector<double> values(count);
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data()) + slice.pixels_at;
  const int unused = 64 - slice.stored_bits;
  for (size_t v = 0; v < count; ++v, at += width) {
    uint64_t word = 0;
    for (size_t b = width; b-- > 0;) word = word << 8 | at[b];
    word <<= unused;  // bits above the stored ones are of no value
    const double stored = slice.is_signed ? static_cast<double>(static_cast<int64_t>(word) >> unused)
                                          : static_cast<double>(word >> unused);
    values[v] = stored * slice.slope + slice.intercept;
  }
  return values;
}

std::string sha256_of_image(const fs::path& path) {
  std::error_code code;
  if (!fs::is_directory(path, code)) return sha256_file(path);
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& file : files_in(path)) {
    if (file.problem.empty()) files.emplace_back(file.path, sha256_file(path / file.path));
  }
  return sha256_of_files(files);
}

}  // namespace synerbench
