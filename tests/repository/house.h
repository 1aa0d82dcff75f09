// The house as it is: the rooms of floors.txt, and what the sources include.
#pragma once

#include <string>
#include <vector>

namespace synerbench::house {

struct Room {
  std::string folder;   // "harness/core"; "baselines/*": every folder of baselines that has no row of its own
  std::string purpose;  // one line
  int floor = 0;        // 0 is the lowest
};
/// The table in tests/repository/floors.txt, in its order.
const std::vector<Room>& rooms();

struct Include {
  std::string from, to;  // paths below the repository's root; `to` as it is written
  bool system = false;   // <...>
};
/// Every #include of every source of the program: all top-level folders but tests, benchmarks and those
/// without sources.
const std::vector<Include>& includes();
/// Every folder that holds a source of the program; "x/detail" counts as "x". Sorted.
const std::vector<std::string>& folders();

/// "harness/data" of "harness/data/detail/byte_source.h".
std::string folder_of(const std::string& file);
/// The row of a folder; null when the table has none.
const Room* room_of_folder(const std::string& folder);
/// The room of an included or including file; null when it is no file of the program ("fmt/format.h").
const Room* room_of_file(const std::string& file);

}  // namespace synerbench::house
