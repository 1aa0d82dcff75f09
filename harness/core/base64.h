// Base64 (RFC 4648, section 4), for bytes inside a page.
#pragma once

#include <string>
#include <string_view>

namespace synerbench {

/// `bytes` in Base64 with padding, on one line.
std::string base64(std::string_view bytes);

}  // namespace synerbench
