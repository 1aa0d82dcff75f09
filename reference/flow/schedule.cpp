#include "reference/flow/schedule.h"

#include "harness/core/error.h"

namespace synerbench::reference {

std::string name_of(Renorm renorm) {
  switch (renorm) {
    case Renorm::kGlobal:
      return "global";
    case Renorm::kChannel:
      return "channel";
    case Renorm::kTextChannel:
      return "text_channel";
  }
  check_failed("known renorm", __FILE__, __LINE__, "");
}

bool Guidance::active(float t) const { return t > static_cast<float>(low) && t <= static_cast<float>(high); }

std::vector<float> sampling_times(int64_t points, double shift) {
  SB_CHECK(points >= 2, "at least one step");
  // Evenly spaced as LibTorch's linspace does it: from the start in the first half, from the end in the
  // second.
  const float step = -1.0f / static_cast<float>(points - 1);
  const auto s = static_cast<float>(shift);
  std::vector<float> times;
  for (int64_t i = 0; i < points; ++i) {
    const float u =
        i < points / 2 ? 1.0f + step * static_cast<float>(i) : -step * static_cast<float>(points - 1 - i);
    times.push_back(s * u / (1.0f + static_cast<float>(shift - 1.0) * u));
  }
  return times;
}

}  // namespace synerbench::reference
