// The floors as a picture and as a table, drawn from what the sources include.
#pragma once

#include <filesystem>
#include <string>

namespace synerbench::house {

/// docs/images/floors.svg: a box for every room, lowest floor at the bottom; an arrow for every room that
/// another includes, but for those that a longer way implies.
std::string floors_svg();

/// The table of rooms in docs/architecture.md: highest floor first, as the eye meets them.
std::string floors_table();

/// `page` with the table between its two marks replaced. Throws std::runtime_error when it has no marks.
std::string with_floors_table(const std::string& page);

std::filesystem::path picture_path();
std::filesystem::path page_path();

}  // namespace synerbench::house
