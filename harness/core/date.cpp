#include "harness/core/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace synerbench {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `pattern` has 0 for any digit; everything else stands for itself.
bool fits(std::string_view text, std::string_view pattern) {
  return text.size() == pattern.size() &&
         std::equal(text.begin(), text.end(), pattern.begin(),
                    [](char c, char p) { return p == '0' ? is_digit(c) : c == p; });
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

/// Years that a run can be of: eight digits are often something else.
bool is_day(int year, int month, int day) {
  namespace chrono = std::chrono;
  return year >= 1990 && year <= 2199 &&
         chrono::year_month_day(chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                                chrono::day(static_cast<unsigned>(day)))
             .ok();
}

}  // namespace

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool is_date(std::string_view text) {
  const bool with_time = fits(text, "0000-00-00T00:00:00Z");
  if (!with_time && !fits(text, "0000-00-00")) return false;
  if (!is_day(number(text.substr(0, 4)), number(text.substr(5, 2)), number(text.substr(8, 2)))) return false;
  return !with_time || (number(text.substr(11, 2)) < 24 && number(text.substr(14, 2)) < 60 &&
                        number(text.substr(17, 2)) < 61);
}

std::optional<std::string> date_in(std::string_view name) {
  for (const std::string_view pattern : {"0000-00-00", "00000000"}) {
    for (size_t at = 0; at + pattern.size() <= name.size(); ++at) {
      const std::string_view part = name.substr(at, pattern.size());
      if (!fits(part, pattern)) continue;
      const bool longer = (at > 0 && is_digit(name[at - 1])) ||
                          (at + pattern.size() < name.size() && is_digit(name[at + pattern.size()]));
      const bool dashes = pattern.size() == 10;
      const int year = number(part.substr(0, 4)), month = number(part.substr(dashes ? 5 : 4, 2)),
                day = number(part.substr(dashes ? 8 : 6, 2));
      if (!longer && is_day(year, month, day)) return fmt::format("{:04}-{:02}-{:02}", year, month, day);
    }
  }
  return std::nullopt;
}

}  // namespace synerbench
