// Dates as files hold them: UTC, in the spelling of ISO 8601 whose order as text is the order in time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace synerbench {

/// "2026-11-29T01:20:31Z": now.
std::string utc_now();

/// "2026-11-29" or "2026-11-29T01:20:31Z", a day that the calendar has.
bool is_date(std::string_view text);

/// The first date that a name holds, as is_date() wants it: "2026-11-29" of "2026-11-29-main" and of
/// "nightly_20261129". Nothing where there is none. Digits beside it make a longer number, and no date.
std::optional<std::string> date_in(std::string_view name);

}  // namespace synerbench
