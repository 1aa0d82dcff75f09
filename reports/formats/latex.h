// LaTeX, for \input{} into a document of the author's.
#pragma once

#include <string>

#include "reports/words/document.h"

namespace synerbench {

/// A `table` environment with booktabs rules.
std::string to_latex(const Table& table);
/// Says in its first lines which packages it needs. Pictures are left to the author.
std::string to_latex(const Document& document);

}  // namespace synerbench
