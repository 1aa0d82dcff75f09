#include "harness/data/detail/dicom_slice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/data/detail/byte_source.h"
#include "harness/data/detail/image_header.h"

namespace synerbench::detail {
namespace {

namespace fs = std::filesystem;

using Tag = DicomTag;
constexpr Tag kImageType = 0x00080008, kModality = 0x00080060, kStudyUid = 0x0020000D,
              kSeriesUid = 0x0020000E, kFrameUid = 0x00200052, kPosition = 0x00200032,
              kOrientation = 0x00200037, kThickness = 0x00180050, kRows = 0x00280010, kColumns = 0x00280011,
              kSpacing = 0x00280030, kAllocated = 0x00280100, kStored = 0x00280101, kHighBit = 0x00280102,
              kSigned = 0x00280103, kSamples = 0x00280002, kPhotometric = 0x00280004, kFrames = 0x00280008,
              kSlope = 0x00281053, kIntercept = 0x00281052;

// What SUV is made of. Those of the tracer stand in the items of a sequence.
struct Named {
  Tag tag;
  const char* name;
};
constexpr Named kSuvTexts[] = {
    {0x00541001, "Units"},
    {0x00541102, "DecayCorrection"},
    {0x00280051, "CorrectedImage"},
    {0x00541006, "SUVType"},
    {0x00101030, "PatientWeight"},
    {0x00080021, "SeriesDate"},
    {0x00080031, "SeriesTime"},
    {0x00080022, "AcquisitionDate"},
    {0x00080032, "AcquisitionTime"},
    {0x00181072, "RadiopharmaceuticalStartTime"},
    {0x00181078, "RadiopharmaceuticalStartDateTime"},
    {0x00181074, "RadionuclideTotalDose"},
    {0x00181075, "RadionuclideHalfLife"},
    {0x70531000, "Philips SUV factor"},
    {0x70531009, "Philips activity factor"},
    {0x0009100D, "GE scan time"},
};

// Patient, study and frame of reference: what a series that was computed from this one has to say again.
struct Kept {
  Tag tag;
  const char* vr;
};
constexpr Kept kKept[] = {{0x00080005, "CS"}, {0x00080020, "DA"}, {0x00080030, "TM"}, {0x00080050, "SH"},
                          {0x00080090, "PN"}, {0x00081030, "LO"}, {0x00100010, "PN"}, {0x00100020, "LO"},
                          {0x00100030, "DA"}, {0x00100040, "CS"}, {0x00101010, "AS"}, {0x00101030, "DS"},
                          {0x00185100, "CS"}, {0x0020000D, "UI"}, {0x00200010, "SH"}, {0x00200052, "UI"},
                          {0x00201040, "LO"}};

std::array<double, 9> axes_from(const DicomHeader& header) {
  const auto cosines = header.numbers(kOrientation, "orientation", 6);
  std::array<std::array<double, 3>, 3> axis{};
  for (size_t a = 0; a < 2; ++a) {
    double length = 0;
    for (size_t i = 0; i < 3; ++i) length += cosines[3 * a + i] * cosines[3 * a + i];
    length = std::sqrt(length);
    if (!(std::abs(length - 1) < 1e-2))
      throw input_error(header.place,
                        fmt::format("an axis of its orientation has length {:g}, not 1", length),
                        kDamagedHint);
    for (size_t i = 0; i < 3; ++i) axis[a][i] = cosines[3 * a + i] / length;
  }
  double dot = 0;
  for (size_t i = 0; i < 3; ++i) dot += axis[0][i] * axis[1][i];
  if (!(std::abs(dot) < 1e-3))
    throw input_error(header.place, "rows and columns are not perpendicular",
                      "resample it onto a straight grid");
  for (size_t i = 0; i < 3; ++i) axis[1][i] -= dot * axis[0][i];
  for (size_t i = 0; i < 3; ++i) {
    const size_t b = (i + 1) % 3, c = (i + 2) % 3;
    axis[2][i] = axis[0][b] * axis[1][c] - axis[0][c] * axis[1][b];
  }
  std::array<double, 9> columns{};
  for (size_t a = 0; a < 3; ++a) {
    for (size_t i = 0; i < 3; ++i) columns[3 * i + a] = axis[a][i];
  }
  return columns;
}

void check_pixels(const DicomHeader& header, const DicomSlice& slice) {
  const auto refuse = [&](const std::string& problem, const std::string& hint) {
    throw input_error(header.place, problem, hint);
  };
  if (header.packed_pixels) refuse("its pixels are compressed", kUnpackHint);
  if (header.has(kFrames) && header.numbers(kFrames, "number of frames", 1)[0] != 1)
    refuse(fmt::format("holds {} frames", header.text(kFrames)),
           "only one slice in a file is read; dcm4che's emf2sf splits such files");
  if (header.has(kSamples) && header.whole(kSamples, "samples per pixel") != 1)
    refuse("is a color image", "only gray values are read");
  if (const std::string kind = header.text(kPhotometric); !kind.empty() && kind != "MONOCHROME2")
    refuse(fmt::format("its gray values are written as {}", kind), "MONOCHROME2 is wanted");
  if (header.has_table)
    refuse("its values go through a look-up table, not through slope and intercept",
           "export it with slope and intercept");
  if (slice.bits != 8 && slice.bits != 16 && slice.bits != 32)
    refuse(fmt::format("{} bits are allocated for a pixel", slice.bits), "8, 16 and 32 are read");
  if (slice.stored_bits < 1 || slice.stored_bits > slice.bits)
    refuse(fmt::format("{} of {} bits are stored", slice.stored_bits, slice.bits), kDamagedHint);
  if (header.has(kHighBit) && header.whole(kHighBit, "high bit") != slice.stored_bits - 1)
    refuse("its stored bits do not begin at the lowest one", "gdcmconv --raw IN OUT writes it anew");
  if (slice.slope == 0) refuse("its rescale slope is 0, so all values are one", kDamagedHint);
  if (const double largest = largest_value(slice);
      !(largest <= static_cast<double>(std::numeric_limits<float>::max())))
    refuse(fmt::format("with slope {:g} and intercept {:g} its values may reach {:g}, which no float holds",
                       slice.slope, slice.intercept, largest),
           kDamagedHint);
  const int64_t expected = slice.rows * slice.columns * (slice.bits / 8);
  const auto found = static_cast<int64_t>(header.pixel_bytes);
  if (found != expected && found != expected + expected % 2)
    throw input_error(header.place,
                      fmt::format("{} bytes of pixels expected from the header, {} found", grouped(expected),
                                  grouped(found)),
                      found < expected ? kCutOffHint : kDamagedHint);
}

}  // namespace

double largest_value(const DicomSlice& slice) {
  return std::abs(slice.slope) * std::ldexp(1, slice.stored_bits) + std::abs(slice.intercept);
}

DicomSlice dicom_slice(const DicomHeader& header, const fs::path& path, const std::string& name) {
  DicomSlice slice;
  slice.path = path;
  slice.name = name;
  slice.modality = header.text(kModality);
  slice.series = header.text(kSeriesUid);
  slice.study = header.text(kStudyUid);
  slice.frame_of_reference = header.text(kFrameUid);
  const std::string type = header.text(kImageType);
  slice.localizer = type.find("LOCALIZER") != std::string::npos;
  if (slice.series.empty()) throw input_error(header.place, "names no series", kDamagedHint);
  if (slice.localizer) return slice;  // of no further use; its pixels were seen to be there
  slice.rows = header.whole(kRows, "number of rows");
  slice.columns = header.whole(kColumns, "number of columns");
  if (slice.rows == 0 || slice.columns == 0) throw input_error(header.place, "has no pixel", kDamagedHint);
  slice.bits = static_cast<int>(header.whole(kAllocated, "number of allocated bits"));
  slice.stored_bits =
      header.has(kStored) ? static_cast<int>(header.whole(kStored, "number of stored bits")) : slice.bits;
  slice.is_signed = header.has(kSigned) && header.whole(kSigned, "representation of pixels") == 1;
  if (header.has(kSlope)) slice.slope = header.numbers(kSlope, "rescale slope", 1)[0];
  if (header.has(kIntercept)) slice.intercept = header.numbers(kIntercept, "rescale intercept", 1)[0];
  check_pixels(header, slice);
  slice.pixels_at = static_cast<int64_t>(header.pixels_at);
  const auto spacing = header.numbers(kSpacing, "spacing of pixels", 2);  // between rows first
  slice.spacing = {spacing[1], spacing[0]};
  const auto position = header.numbers(kPosition, "position", 3);
  std::copy(position.begin(), position.end(), slice.position.begin());
  slice.axes = axes_from(header);
  // The same limits as for every other image; how far slices are apart, only the series says.
  check_frame(
      {{slice.columns, slice.rows, 1}, {slice.spacing[0], slice.spacing[1], 1}, slice.position, slice.axes},
      header.place, "the slice's place");
  if (header.has(kThickness)) slice.thickness = header.numbers(kThickness, "thickness", 1)[0];
  for (const auto& [tag, vr] : kKept) {
    if (header.values.contains(tag)) slice.kept[tag] = {vr, header.text(tag)};
  }
  for (const auto& [tag, text] : kSuvTexts) {
    if (!header.has(tag)) continue;
    slice.texts[text] = header.text(tag);
  }
  return slice;
}

}  // namespace synerbench::detail
