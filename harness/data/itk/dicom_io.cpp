#include "harness/data/itk/dicom_io.h"

#include <fmt/format.h>
#include <itkGDCMImageIO.h>
#include <itkImageFileReader.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "harness/core/error.h"
#include "harness/data/detail/image_scan.h"
#include "harness/data/dicom.h"
#include "harness/data/itk/itk_image.h"
#include "harness/data/itk/itk_setup.h"
#include "harness/data/zip.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void disagree_about(const DicomSlice& slice, const std::string& what) {
  throw input_error(slice.path.string(),
                    fmt::format("GDCM reads this slice differently than its header says: {}", what),
                    "export the series again, or convert it with another program and check it by eye");
}

ValueSummary summary_of(std::span<const double> values) {
  detail::ValueCollector collector;
  for (const double value : values) collector.add(value);
  return collector.summary();
}

void compare_slice(const DicomSlice& slice, const std::vector<double>& expected) {
  itk_bridge::set_up_itk();
  auto reader = itk::ImageFileReader<itk_bridge::Image<float>>::New();
  reader->SetImageIO(itk::GDCMImageIO::New());
  reader->SetFileName(slice.path.string());
  try {
    reader->Update();
  } catch (const itk::ExceptionObject& error) {
    disagree_about(slice, error.GetDescription());
  }
  const auto& image = *reader->GetOutput();
  const Geometry seen = itk_bridge::geometry_of(image);
  Geometry own;
  own.size = {slice.columns, slice.rows, 1};
  own.spacing = {slice.spacing[0], slice.spacing[1], seen.spacing[2]};
  own.origin = slice.position;
  own.direction = slice.axes;
  const double distance = grid_distance(own, seen);
  if (!(distance <= 2 * kSameGridTolerance))
    disagree_about(slice, fmt::format("grids {} and {} lie {:.3g} voxels apart", describe(seen),
                                      describe(own), distance));
  detail::ValueCollector collector;
  for (const float value : std::span(image.GetBufferPointer(), static_cast<size_t>(seen.count())))
    collector.add(value);
  const ValueSummary found = collector.summary(), wanted = summary_of(expected);
  const double rounding = 1e-6 * wanted.absolute_sum + 1e-30;
  const double largest = std::max(std::abs(wanted.minimum), std::abs(wanted.maximum));
  if (found.count != wanted.count || found.not_finite != 0 ||
      std::abs(found.minimum - wanted.minimum) > 1e-6 * largest ||
      std::abs(found.maximum - wanted.maximum) > 1e-6 * largest ||
      std::abs(found.sum - wanted.sum) > rounding ||
      std::abs(found.weighted_sum - wanted.weighted_sum) > rounding) {
    disagree_about(slice,
                   fmt::format("values from {} to {}, sum {}; by the header {} to {}, sum {}", found.minimum,
                               found.maximum, found.sum, wanted.minimum, wanted.maximum, wanted.sum));
  }
}

}  // namespace

Volume read_dicom_volume(const fs::path& place, VerifiedFile* verified, const GateLimits& limits) {
  const FolderOrZip folder(place);
  const DicomSeries series = read_dicom_series(folder.path(), place.string(), limits);
  Volume volume{series.geometry, {}};
  volume.voxels.reserve(static_cast<size_t>(series.geometry.count()));
  detail::ValueCollector collector;
  for (const DicomSlice& slice : series.slices) {
    const std::vector<double> values = pixels_of(slice);
    compare_slice(slice, values);
    for (const double value : values) {
      collector.add(value * series.factor);
      volume.voxels.push_back(static_cast<float>(value * series.factor));
    }
  }
  if (verified != nullptr) {
    const DicomSlice& first = series.slices.front();
    VerifiedFile file;
    file.path = place;
    file.format = "dicom";
    file.stored_type = first.stored_type();
    std::error_code code;
    file.sha256 = fs::is_directory(place, code) ? series.sha256 : sha256_of_image(place);
    file.geometry = series.geometry;
    file.slope = first.slope;
    file.intercept = first.intercept;
    file.frame = "dicom";
    file.values = collector.summary();
    file.modality = series.modality;
    file.conversion = series.conversion;
    file.remarks = series.remarks;
    if (std::any_of(series.slices.begin(), series.slices.end(), [&](const auto& slice) {
          return slice.slope != first.slope || slice.intercept != first.intercept;
        }))
      file.remarks.emplace_back(
          "DICOM: slope and intercept differ from slice to slice; those of the first are shown");
    *verified = std::move(file);
  }
  return volume;
}

}  // namespace synerbench
