// What a case's stored bytes depend on, as one hash: whether a case is finished, and whether its description
// in a manifest is what was imported, is told by it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace synerbench {

/// What discovery said about a case, and the files it was read from. Words as the manifest has them.
struct KeyedCase {
  std::string name, patient, region, group;
  std::string plane;                                // of the layout; the rules may have another for all cases
  std::string split;                                // "train"
  std::string grid;                                 // the modality whose grid the case has
  std::vector<std::array<std::string, 3>> volumes;  // modality, path, SHA-256 of the file
  std::array<std::string, 2> mask;                  // path, SHA-256; empty: no file
};

/// SHA-256, 64 hexadecimal digits. `rules` without consents: see without_consents().
std::string import_key_of(const Json& rules, const KeyedCase& keyed);

/// The rules of a data set less what is only allowed by them. A consent changes what is refused, not what is
/// stored: giving it must not do the finished cases again.
Json without_consents(Json rules);

}  // namespace synerbench
