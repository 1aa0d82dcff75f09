// A metric's result: a number, or the reason why there is none.
#pragma once

#include <optional>
#include <string>

namespace synerbench {

enum class Undefined {
  kEmptyMask,         // no voxel, or no window center, inside the mask
  kIdenticalImages,   // PSNR of equal images is infinite: counted, never averaged
  kTooSmall,          // an axis is shorter than the window
  kNotFinite,         // a NaN or infinity in the prediction (or the target), or a result beyond a double
  kNoForeground,      // the slice has too little foreground to be scored
  kMissingStructure,  // the prediction lacks a structure that the reference has, so they have no distance
};
std::string name_of(Undefined reason);  // "empty-mask", "identical-images", ...

class Score {
 public:
  Score(double value) : value_(value) {}  // must be finite
  Score(Undefined reason) : reason_(reason) {}
  bool defined() const { return value_.has_value(); }
  double value() const { return value_.value(); }  // throws std::bad_optional_access when undefined
  Undefined reason() const { return reason_.value(); }

 private:
  std::optional<double> value_;
  std::optional<Undefined> reason_;
};

}  // namespace synerbench
