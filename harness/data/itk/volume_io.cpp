#include "harness/data/volume_io.h"

#include <fmt/format.h>
#include <itkImageFileReader.h>
#include <itkImageFileWriter.h>
#include <itkMetaDataObject.h>
#include <itkMetaImageIO.h>
#include <itkNiftiImageIO.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <span>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/detail/image_scan.h"
#include "harness/data/dicom.h"
#include "harness/data/itk/dicom_io.h"
#include "harness/data/itk/itk_image.h"
#include "harness/data/itk/itk_setup.h"
#include "harness/data/tree.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using itk_bridge::Image;

constexpr float kLargest = std::numeric_limits<float>::max();

// The reader is chosen by us, not by asking ITK's factories which one likes the file.
itk::ImageIOBase::Pointer image_io_for(const fs::path& path) {
  if (detail::format_of_name(path) == detail::FileFormat::kMetaImage)
    return itk::MetaImageIO::New().GetPointer();
  return itk::NiftiImageIO::New().GetPointer();
}

std::string voxel_at(const Geometry& geometry, int64_t index) {
  const auto& n = geometry.size;
  return fmt::format("({}, {}, {})", index % n[0], index / n[0] % n[1], index / (n[0] * n[1]));
}

void refuse_values(const VerifiedFile& file) {
  const ValueSummary& values = file.values;
  if (values.not_finite > 0) {
    throw input_error(
        file.path.string(),
        fmt::format("{} of {} voxels are NaN or infinite, the first at {}", values.not_finite, values.count,
                    voxel_at(file.geometry, values.first_not_finite)),
        "find out what they stand for and replace them (background value, mask) before using the image");
  }
  if (values.minimum < -kLargest || values.maximum > kLargest) {
    throw input_error(
        file.path.string(),
        fmt::format("values from {} to {} do not fit 32-bit floats", values.minimum, values.maximum),
        "rescale the image");
  }
}

[[noreturn]] void disagree(const VerifiedFile& file, const std::string& what) {
  throw input_error(file.path.string(),
                    fmt::format("ITK reads this file differently than its header says: {}", what),
                    "convert the image with another program (or fix its header) and check it by eye");
}

/// ITK must have found the grid that the header describes. With qform and sform both set it may take the
/// other one, which the gate found within kSameGridTolerance; twice that leaves room for rounding. Of a
/// single slice's frame ITK keeps two axes only: there size and spacing are compared.
void compare_geometry(const VerifiedFile& file, const Geometry& seen) {
  Geometry found = seen;
  if (file.axes < 3) {
    found.spacing[2] = file.geometry.spacing[2];
    found.direction = file.geometry.direction;
    found.origin = file.geometry.origin;
  }
  const double distance = grid_distance(file.geometry, found);
  if (!(distance <= 2 * kSameGridTolerance)) {
    disagree(file, fmt::format("grids {} and {} lie {:.3g} voxels apart", describe(found),
                               describe(file.geometry), distance));
  }
}

/// The sums agree to float rounding when ITK's values are the same, in the same places.
void compare_values(const VerifiedFile& file, std::span<const float> voxels) {
  detail::ValueCollector collector;
  for (const float value : voxels) collector.add(value);
  const ValueSummary seen = collector.summary(), &expected = file.values;
  const double rounding = 1e-6 * expected.absolute_sum + 1e-30;
  const double largest = std::max(std::abs(expected.minimum), std::abs(expected.maximum));
  if (seen.count != expected.count || seen.not_finite != 0 ||
      std::abs(seen.minimum - expected.minimum) > 1e-6 * largest ||
      std::abs(seen.maximum - expected.maximum) > 1e-6 * largest ||
      std::abs(seen.sum - expected.sum) > rounding ||
      std::abs(seen.weighted_sum - expected.weighted_sum) > rounding) {
    disagree(file, fmt::format("values from {} to {}, sum {}; by the header {} to {}, sum {}", seen.minimum,
                               seen.maximum, seen.sum, expected.minimum, expected.maximum, expected.sum));
  }
}

// Note [What ITK cannot read]
// ITK 5.2.1
//   - does not know NIfTI-2,
//   - ignores a slope below 2.2e-16,
//   - adds an intercept where the slope is 0 and means that nothing is scaled,
//   - takes the voxels of a.nii when it is asked for a.nii.gz and both are there (its NIfTI library looks for
//     the voxels by the name without ending; see WriteVolume.IsReadBackExactlyInEveryFormatTypeAndFrame),
//   - knows endings in lower or upper case only, not a.Nii or a.nii.GZ,
//   - refuses an sform whose axes are perpendicular to three digits but not to six.
// Such files are sound, so they are read by the decoder that the gate has anyway; what is lost is the
// comparison of two independent readers. In every other case ITK must agree with the gate, or the file is
// refused.
bool beyond_itk(const VerifiedFile& file) {
  if (file.format == "metaimage") return false;
  if (file.format == "nifti-2" || file.idle_intercept ||
      std::abs(file.slope) <= std::numeric_limits<double>::epsilon())
    return true;
  const std::string name = file.path.filename().string(), ending = image_ending(name);
  const std::string own = name.substr(name.size() - ending.size());
  const bool upper = std::none_of(own.begin(), own.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (own != ending && !upper) return true;
  const fs::path base = file.path.parent_path() / name.substr(0, name.size() - ending.size());
  return ending == ".nii.gz" && (fs::exists(base.string() + ".nii") || fs::exists(base.string() + ".NII"));
}

// Note [ITK reads one header at a time] ITK 5.2.1's NiftiImageIO::ReadImageInformation assigns a string that
// the whole program shares. So one thread at a time reads a header. Voxels, which take the time, are read
// side by side. See also Note [ITK is set up by one thread].
std::mutex& header_mutex() {
  static std::mutex mutex;
  return mutex;
}

/// What ITK makes of the file, compared with the gate's finding. Nothing when the file is beyond ITK.
std::optional<std::vector<float>> read_by_itk(const VerifiedFile& file) {
  if (beyond_itk(file)) return {};
  itk_bridge::set_up_itk();
  auto reader = itk::ImageFileReader<Image<float>>::New();
  try {
    {
      const std::lock_guard one_header(header_mutex());
      reader->SetImageIO(image_io_for(file.path));
      reader->SetFileName(file.path.string());
      reader->UpdateOutputInformation();
    }
    reader->Update();
  } catch (const itk::ExceptionObject& error) {
    const std::string reason = error.GetDescription();
    if (file.frame == "sform" && reason.find("orthonormal") != std::string::npos) return {};
    disagree(file, reason);
  }
  const auto& image = *reader->GetOutput();
  const Geometry seen = itk_bridge::geometry_of(image);
  compare_geometry(file, seen);
  const auto voxels = std::span(image.GetBufferPointer(), static_cast<size_t>(seen.count()));
  compare_values(file, voxels);
  return std::vector<float>(voxels.begin(), voxels.end());
}

std::vector<float> read_by_gate(const VerifiedFile& file, const GateLimits& limits) {
  std::vector<float> voxels(static_cast<size_t>(file.geometry.count()));
  const auto again =
      detail::scan_image_file(file.path, limits, [&](int64_t first, std::span<const double> values) {
        SB_CHECK(first + std::ssize(values) <= std::ssize(voxels));
        std::transform(values.begin(), values.end(), voxels.begin() + first,
                       [](double value) { return static_cast<float>(value); });
      });
  if (again.sha256 != file.sha256) {
    throw input_error(file.path.string(), "the file changed while it was being read", "try again");
  }
  return voxels;
}

template <class Pixel>
Pixel convert(float value) {
  if constexpr (std::is_same_v<Pixel, float>) {
    return value;
  } else {
    return static_cast<Pixel>(std::nearbyint(value));  // half to even: nobody changes the rounding mode
  }
}

template <class Pixel>
typename Image<Pixel>::Pointer to_itk(const Volume& volume, const std::string& place) {
  auto image = Image<Pixel>::New();
  itk_bridge::set_geometry(*image, volume.geometry);
  image->Allocate();
  Pixel* out = image->GetBufferPointer();
  for (size_t i = 0; i < volume.voxels.size(); ++i) {
    const float value = volume.voxels[i];
    const double rounded = std::is_same_v<Pixel, float> ? value : std::nearbyint(value);
    if (!std::isfinite(value) || rounded < static_cast<double>(std::numeric_limits<Pixel>::lowest()) ||
        rounded > static_cast<double>(std::numeric_limits<Pixel>::max())) {
      throw input_error(place,
                        fmt::format("value {} at voxel {} does not fit the pixel type ({} to {})", value,
                                    voxel_at(volume.geometry, static_cast<int64_t>(i)),
                                    std::numeric_limits<Pixel>::lowest(), std::numeric_limits<Pixel>::max()),
                        "write the image as float32, or find out where the value comes from");
    }
    out[i] = convert<Pixel>(value);
  }
  return image;
}

template <class Pixel>
VerifiedFile verify_written(const fs::path& temporary, const fs::path& path, const Image<Pixel>& image) {
  const char* hint = "check free space and the disk; nothing was changed";
  try {
    const VerifiedFile written = verify_image_file(temporary);
    detail::ValueCollector collector;
    for (const Pixel value :
         std::span(image.GetBufferPointer(),
                   static_cast<size_t>(image.GetLargestPossibleRegion().GetNumberOfPixels()))) {
      collector.add(static_cast<double>(value));
    }
    const ValueSummary wanted = collector.summary();
    if (written.values.weighted_sum == wanted.weighted_sum && written.values.sum == wanted.sum)
      return written;
  } catch (const Error& error) {
    throw input_error(path.string(), fmt::format("cannot be written: {}", error.problem()), hint);
  }
  throw input_error(path.string(), "cannot be written: other values came back than were written", hint);
}

template <class Pixel>
void write_as(const fs::path& path, const Volume& volume, const std::string& note) {
  const auto image = to_itk<Pixel>(volume, path.string());
  if (!note.empty()) {
    const bool nifti = detail::format_of_name(path) != detail::FileFormat::kMetaImage;
    itk::EncapsulateMetaData<std::string>(image->GetMetaDataDictionary(), nifti ? "aux_file" : "Comment",
                                          note);
  }
  write_file_with(path, [&](const fs::path& temporary) {
    itk_bridge::set_up_itk();
    auto writer = itk::ImageFileWriter<Image<Pixel>>::New();
    const auto image_io = image_io_for(path);
    writer->SetImageIO(image_io);
    writer->SetInput(image);
    writer->SetFileName(temporary.string());
    writer->SetUseCompression(detail::format_of_name(path) != detail::FileFormat::kNifti);
    try {
      writer->Update();
    } catch (const itk::ExceptionObject& error) {
      throw input_error(path.string(), fmt::format("cannot be written: {}", error.GetDescription()),
                        "check free space and permissions of the folder; nothing was changed");
    }
    // ITK does not look whether every byte reached the disk; the gate does.
    const VerifiedFile written = verify_written<Pixel>(temporary, path, *image);
    const double distance = grid_distance(volume.geometry, written.geometry);
    if (!(distance <= kSameGridTolerance)) {
      throw input_error(
          path.string(),
          fmt::format("the file's header cannot hold this grid: voxels would move by {:.3g} voxels",
                      distance),
          "the axes are not quite perpendicular, or the grid is far from the origin; write .mha instead");
    }
  });
}

}  // namespace

Volume read_volume(const fs::path& path, VerifiedFile* verified, const GateLimits& limits) {
  if (is_dicom_place(path)) return read_dicom_volume(path, verified, limits);
  const VerifiedFile file = verify_image_file(path, limits);
  refuse_values(file);
  auto voxels = read_by_itk(file);
  Volume volume{file.geometry, voxels ? std::move(*voxels) : read_by_gate(file, limits)};
  if (verified != nullptr) *verified = file;
  return volume;
}

void write_volume(const fs::path& path, const Volume& volume, PixelType type, const std::string& note) {
  SB_CHECK(static_cast<int64_t>(volume.voxels.size()) == volume.geometry.count(),
           "voxels do not fill the grid");
  SB_CHECK(note.size() <= kMostNoteBytes, note);
  switch (type) {
    case PixelType::kUInt8:
      return write_as<uint8_t>(path, volume, note);
    case PixelType::kInt16:
      return write_as<int16_t>(path, volume, note);
    case PixelType::kFloat32:
      return write_as<float>(path, volume, note);
  }
}

}  // namespace synerbench
