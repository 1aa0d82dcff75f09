// One page that needs nothing else: no network and no second file. It says everything without script; its own
// script, which nothing else can run beside, lets a reader sort, filter and look (page.js).
#pragma once

#include <filesystem>
#include <string>

#include "reports/words/document.h"

namespace synerbench {

/// <figure> with <table>, caption, and scope on every header cell.
std::string to_html(const Table& table);
/// `folder` is where the pictures lie; they travel in the page.
/// `data`: what the script reads (page_data()); empty: a page without script.
std::string to_html(const Document& document, const std::filesystem::path& folder,
                    const std::string& data = "");

}  // namespace synerbench
