// Images of cases for the page: which ones, in which window, and packed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/numbers/leaderboard.h"
#include "reports/words/case_images.h"

namespace synerbench {

struct CaseImageOptions {
  std::string window = "auto";    // of CT: see display_of()
  int64_t most_bytes = 16 << 20;  // of all packed images together; 0: none are taken
};

/// Images of the cases that the page shows, in this order as long as they fit: the worst case of every task
/// (worst_cases()); best, median and worst of the best model of every task, learned ones first; then those of
/// the next models. An image that several views share counts once. A task whose panels are damaged is left
/// out, and `remarks` says so.
CaseImages collect_case_images(const Leaderboard& board, const MetricBoard& metric,
                               const CaseImageOptions& options, std::vector<std::string>& remarks);

/// Note [Images in the page], the one direction and the other. The values come back within half a step.
PackedImage pack_image(const std::vector<float>& values, int64_t height, int64_t width, bool whole_numbers);
std::vector<float> unpack_image(const PackedImage& image);

}  // namespace synerbench
