// GitHub's Markdown.
#pragma once

#include <string>

#include "reports/words/document.h"

namespace synerbench {

/// Bold caption, pipe table padded so that the text itself is readable, notes as a list.
/// A table of many models is cut between columns: its parts stand one below the other.
std::string to_markdown(const Table& table);
/// Pictures become links.
std::string to_markdown(const Document& document);

}  // namespace synerbench
