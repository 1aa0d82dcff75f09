// Images of cases that travel in the page, as values and not as colors: a reader chooses the window.
//
// Note [Images in the page] An image is kept as whole numbers of 16 bits, value = offset + step * number: of
// 1 HU for CT, else in 4096 steps over what it holds. Each row is written as differences to the pixel before,
// all high bytes first and then all low ones, and deflated (zlib). A target and a source that several models
// share are in the page once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace synerbench {

struct PackedImage {
  int64_t height = 0, width = 0;
  double offset = 0, step = 1;
  std::string bytes;  // deflated
};

/// How an image is drawn before a reader chooses otherwise, and over its whole range.
struct ImageRange {
  double low = 0, high = 1;            // black and white, in `unit`
  double full_low = 0, full_high = 1;  // all there is
  bool inverted = false;               // dark where values are high
  std::string name;                    // "brain window"; empty: the whole range
  std::string unit;
};

/// One slice of a case: indices into CaseImages::images.
struct SliceImages {
  int64_t slice = 0;
  size_t source = 0, prediction = 0, target = 0;
  std::optional<double> value;  // the slice's own, under the main metric
  double mae = 0;               // mean absolute error inside the mask, in the target's unit
};

struct CaseView {
  size_t task = 0, model = 0;
  std::string scan;   // CaseId::text()
  double aspect = 1;  // height / width as it is shown
  ImageRange source, target;
  double error_end = 1;             // of the symmetric scale of the error map: see Note [Panel scales]
  std::vector<SliceImages> slices;  // in their order in the volume
  size_t main = 0;                  // which of them is shown first: the one with the largest mask
};

/// A window that a reader may choose for CT and CBCT.
struct ImageWindow {
  std::string name;
  double low = 0, high = 0;  // HU
};

struct CaseImages {
  std::vector<PackedImage> images;
  std::vector<CaseView> views;  // sorted by task, model, scan
  std::vector<ImageWindow> windows;
  size_t left_out = 0;  // views that did not fit into what a page may hold
};

}  // namespace synerbench
