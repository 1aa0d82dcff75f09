// Upper and lower case of ASCII letters, whatever the locale.
#pragma once

#include <string>

namespace synerbench {

/// `text` with A..Z as a..z; every other byte as it is.
inline std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// `text` with a..z as A..Z; every other byte as it is.
inline std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace synerbench
