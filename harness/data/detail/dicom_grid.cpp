#include "harness/data/detail/dicom_grid.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/core/error.h"
#include "harness/data/detail/image_header.h"

namespace synerbench::detail {
namespace {

// Along the normal of the first slice, in mm.
double place_along(const DicomSlice& first, const std::array<double, 3>& position) {
  double along = 0;
  for (size_t i = 0; i < 3; ++i) along += first.axes[3 * i + 2] * position[i];
  return along;
}

std::string both(const DicomSlice& a, const DicomSlice& b) {
  return fmt::format("{} and {}", a.name, b.name);
}

}  // namespace

void check_alike(const std::vector<DicomSlice>& slices, const std::string& place) {
  const DicomSlice& first = slices.front();
  std::map<std::string, std::pair<size_t, std::string>> series;  // UID -> how many files, and one of them
  for (const auto& slice : slices) {
    auto& entry = series[slice.series];
    if (++entry.first == 1) entry.second = slice.name;
  }
  if (series.size() > 1) {
    std::vector<std::string> each;
    for (const auto& [uid, entry] : series)
      each.push_back(fmt::format("{} files of {} ({}, ...)", entry.first, uid, entry.second));
    throw input_error(place, fmt::format("holds {} series: {}", series.size(), fmt::join(each, "; ")),
                      "give each series a folder of its own");
  }
  const auto differ = [&](const DicomSlice& other, const std::string& what) {
    throw input_error(place, fmt::format("{} differ in {}", both(first, other), what),
                      "one series of one size and one direction is wanted; sort the files into folders");
  };
  for (const auto& slice : slices) {
    if (slice.rows != first.rows || slice.columns != first.columns)
      differ(slice, fmt::format("size: {}x{} and {}x{} pixels", first.columns, first.rows, slice.columns,
                                slice.rows));
    for (size_t i = 0; i < 2; ++i) {
      if (std::abs(slice.spacing[i] - first.spacing[i]) > 1e-4 * first.spacing[i])
        differ(slice,
               fmt::format("the spacing of pixels: {:g} and {:g} mm", first.spacing[i], slice.spacing[i]));
    }
    for (size_t i = 0; i < 9; ++i) {
      if (std::abs(slice.axes[i] - first.axes[i]) > 1e-4) differ(slice, "their direction in space");
    }
    if (slice.modality != first.modality)
      differ(slice, fmt::format("modality: {} and {}", first.modality, slice.modality));
    if (slice.frame_of_reference != first.frame_of_reference) differ(slice, "their frame of reference");
  }
}

Geometry grid_of(std::vector<DicomSlice>& slices, const std::string& place) {
  const DicomSlice reference = slices.front();
  const auto along = [&](const DicomSlice& slice) { return place_along(reference, slice.position); };
  std::sort(slices.begin(), slices.end(), [&](const auto& a, const auto& b) {
    return std::pair(along(a), a.name) < std::pair(along(b), b.name);
  });
  std::vector<double> gaps;
  constexpr double kSame = 1e-3;  // mm
  for (size_t s = 1; s < slices.size(); ++s) {
    gaps.push_back(along(slices[s]) - along(slices[s - 1]));
    if (gaps.back() < kSame) {
      throw input_error(
          place, fmt::format("{} are of one place", both(slices[s - 1], slices[s])),
          "the series holds a slice twice, or several images of each place (echoes, b-values, times): "
          "give each a folder of its own");
    }
  }
  double step = reference.thickness;
  if (!gaps.empty()) {
    std::vector<double> sorted = gaps;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2),
                     sorted.end());
    const double usual = sorted[sorted.size() / 2];
    for (size_t s = 0; s < gaps.size(); ++s) {
      if (gaps[s] < 1.5 * usual && gaps[s] > 0.5 * usual) continue;
      throw input_error(
          place,
          fmt::format("{} lie {:g} mm apart, the others {:g} mm", both(slices[s], slices[s + 1]), gaps[s],
                      usual),
          gaps[s] > usual ? fmt::format("about {:.0f} slices are missing between them; copy the series again",
                                        std::round(gaps[s] / usual) - 1)
                          : "the slices are not evenly spaced: two stacks may be in one folder");
    }
    step = (along(slices.back()) - along(slices.front())) / static_cast<double>(gaps.size());
  } else if (!(step > 0)) {
    throw input_error(place, "holds one slice, whose thickness is not said", "a volume has several slices");
  }
  Geometry grid;
  grid.size = {reference.columns, reference.rows, static_cast<int64_t>(slices.size())};
  grid.spacing = {reference.spacing[0], reference.spacing[1], step};
  grid.origin = slices.front().position;
  grid.direction = slices.front().axes;
  check_frame(grid, place, "the stack of slices");
  for (size_t s = 0; s < slices.size(); ++s) {
    const auto at = grid.to_voxel(slices[s].position);
    const double sideways = std::hypot(at[0], at[1]), off = std::abs(at[2] - static_cast<double>(s));
    if (sideways > kSameGridTolerance) {
      throw input_error(
          place,
          fmt::format("{} is shifted sideways by {:.3g} pixels against {}", slices[s].name, sideways,
                      slices.front().name),
          "the slices lie at an angle to their stack (a tilted gantry); resample them onto a straight "
          "grid first");
    }
    if (off > kSameGridTolerance) {
      throw input_error(
          place, fmt::format("{} lies {:.3g} of a slice's distance beside its place", slices[s].name, off),
          "the slices are not evenly spaced; resample them onto an even grid first");
    }
  }
  return grid;
}

}  // namespace synerbench::detail
