// What an answer in words is worth.
#pragma once

#include <optional>
#include <string>

#include "reference/understanding/instances.h"

namespace synerbench::reference {

/// The option that an answer to a lettered question names: a lone letter, or the last stand-alone letter of
/// the text. Nothing when there is none, or for other kinds.
std::optional<size_t> chosen_option(const Instance& instance, const std::string& answer);

/// Share of an answer that is right: 1 or 0 for letters, names and sentences, panels right / panels for
/// kMiPanel. A letter is taken alone, or as the last stand-alone letter of the text; a panel answer must be
/// the JSON object.
double score_answer(const Instance& instance, const std::string& answer);

}  // namespace synerbench::reference
