// One slice of an image file as a model sees it, for questions about files that no store holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/modality.h"
#include "harness/data/intensity.h"
#include "harness/data/volume.h"

namespace synerbench {

/// "FILE" or "FILE#SLICE", as on a command line.
struct SliceOfFile {
  std::string file;
  std::optional<int64_t> slice;  // nothing: the middle one
};
/// Everything behind the last "#" is the slice. Error(kUsage) at `place` when it is no whole number.
SliceOfFile parse_slice_of_file(const std::string& text, const std::string& place);

struct SliceView {
  int64_t height = 0, width = 0;
  std::vector<float> pixels;  // [height, width] in [-1, 1]
  int64_t slice = 0, slices = 0;
  std::string plane;
  IntensityMap map;
  std::string map_chosen_by;  // "--modality MRI", "values below -200: HU", "no values below -200"
};
Json to_json(const SliceView& view, const std::string& file);
/// "mr.nii.gz: axial slice 12 of 24, window [0, 900] a.u."
std::string to_text(const SliceView& view, const std::string& file);

/// The modality of each of so many images, as a command line gives it: not at all, once for all, or once for
/// each. Error(kUsage) at `place` for another count or an unknown modality.
std::vector<std::optional<Modality>> modality_of_each(const std::vector<std::string>& names, size_t images,
                                                      const std::string& place);

/// A slice of `canonical` (see to_canonical) in "axial" or "coronal". Without a modality the intensity map is
/// guessed: HU where a value lies below -200, which only air does, else as MR. Error(kUsage) at `place` for a
/// slice that the volume does not have; Error(kBadInput) when no map can be made (an empty MR volume).
SliceView view_slice(const Volume& canonical, const SliceOfFile& wanted, std::optional<Modality> modality,
                     const std::string& plane, const std::string& place);

}  // namespace synerbench
