#include "harness/core/duration.h"

#include <fmt/format.h>

namespace synerbench {

std::string duration_in_words(double seconds) {
  if (seconds < 60) return "less than a minute";
  if (seconds < 5400) return fmt::format("about {:.0f} min", seconds / 60);
  const double hours = seconds / 3600;
  if (hours < 9.5) return fmt::format("about {:.1f} h", hours);
  if (hours < 48) return fmt::format("about {:.0f} h", hours);
  return fmt::format("about {:.0f} h ({:.0f} days)", hours, hours / 24);
}

}  // namespace synerbench
