// Which values of an image a reader sees between black and white.
//
// Note [Windows] Over its whole range of 4024 HU soft tissue is a hundredth of the grays, and a head is one
// flat gray. So images of CT and CBCT are shown in a window as it is used at a light box, chosen by the
// region or by name, and images of PET from 0 to 7 SUV, dark where uptake is high. MR has no scale: it keeps
// the range that the run derived from the volume. Windows change what is seen, never a number.
#pragma once

#include <string>
#include <vector>

#include "harness/run/record.h"

namespace synerbench {

/// A row of the table of windows.
struct WindowInfo {
  std::string name;     // "brain"
  double low, high;     // HU
  std::string meaning;  // "gray and white matter"
};
/// Of CT and CBCT. "auto" and "full" are no rows: see display_of().
const std::vector<WindowInfo>& ct_windows();

/// Error(kUsage) with "did you mean" unless `choice` is a window's name, "auto" or "full".
void check_window(const std::string& choice);

/// How an image is drawn.
struct Display {
  double low = 0, high = 1;  // black and white, in the image's unit
  bool inverted = false;     // dark where values are high
  std::string name;          // "brain window"; empty: the whole range
};

/// The display of an image of `modality` in a region. `choice`: a window's name, "auto" (by the region), or
/// "full" (the whole range, low to high); checked as above.
Display display_of(const std::string& modality, const std::string& region, double low, double high,
                   const std::string& choice);

}  // namespace synerbench
