// Stretches of time in words for people.
#pragma once

#include <string>

namespace synerbench {

/// "less than a minute", "about 7 min", "about 1.6 h", "about 14 h", "about 310 h (13 days)". At least 0.
std::string duration_in_words(double seconds);

}  // namespace synerbench
