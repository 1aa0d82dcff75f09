// One page that needs nothing else: no network, no script, no second file.
#pragma once

#include <filesystem>
#include <string>

#include "reports/words/document.h"

namespace synerbench {

/// <figure> with <table>, caption, and scope on every header cell.
std::string to_html(const Table& table);
/// `folder` is where the pictures lie; they travel in the page.
std::string to_html(const Document& document, const std::filesystem::path& folder);

}  // namespace synerbench
