#include "tests/repository/house.h"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

#include "harness/core/file.h"

namespace synerbench::house {
namespace {

namespace fs = std::filesystem;

bool is_source(const fs::path& file) {
  const std::string ending = file.extension().string();
  return ending == ".h" || ending == ".cpp" || ending == ".cu" || ending == ".cuh";
}

/// Tests and benchmarks look into every room; examples stand outside; the rest is built from the house.
bool is_outside(const std::string& top) {
  return top == "tests" || top == "benchmarks" || top == "examples" || top.starts_with("build") || top.starts_with(".");
}

std::vector<std::string> sources() {
  const fs::path root = SYNERBENCH_SOURCE_DIR;
  std::vector<std::string> files;
  for (const auto& top : fs::directory_iterator(root)) {
    if (!top.is_directory() || is_outside(top.path().filename().string())) continue;
    for (const auto& entry : fs::recursive_directory_iterator(top.path())) {
      if (is_source(entry.path())) files.push_back(fs::relative(entry.path(), root).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Room> read_rooms() {
  const fs::path path = fs::path(SYNERBENCH_SOURCE_DIR) / "tests/repository/floors.txt";
  std::istringstream table(read_file(path));
  std::vector<Room> found;
  std::string line;
  int floor = 0;
  bool used = false;  // the floor has a room
  while (std::getline(table, line)) {
    if (line.starts_with("#")) continue;
    const size_t blank = line.find(' ');
    if (line.empty()) {
      floor += used;
      used = false;
    } else if (blank == std::string::npos) {
      throw std::runtime_error(path.string() + ": \"" + line + "\" does not say what it is for");
    } else {
      found.push_back({line.substr(0, blank), line.substr(line.find_first_not_of(' ', blank)), floor});
      used = true;
    }
  }
  return found;
}

std::vector<Include> read_includes() {
  static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> found;
  for (const std::string& file : sources()) {
    std::istringstream text(read_file(fs::path(SYNERBENCH_SOURCE_DIR) / file));
    std::string line;
    std::smatch match;
    while (std::getline(text, line)) {
      if (line.find("include") != std::string::npos && std::regex_search(line, match, pattern))
        found.push_back({file, match[2].str(), match[1].str() == "<"});
    }
  }
  return found;
}

}  // namespace

const std::vector<Room>& rooms() {
  static const std::vector<Room> table = read_rooms();
  return table;
}

const std::vector<Include>& includes() {
  static const std::vector<Include> found = read_includes();
  return found;
}

const std::vector<std::string>& folders() {
  static const std::vector<std::string> found = [] {
    std::set<std::string> all;
    for (const std::string& file : sources()) all.insert(folder_of(file));
    return std::vector<std::string>(all.begin(), all.end());
  }();
  return found;
}

std::string folder_of(const std::string& file) {
  std::string folder = fs::path(file).parent_path().generic_string();
  const std::string detail = "/detail";
  if (folder.ends_with(detail)) folder.resize(folder.size() - detail.size());
  return folder;
}

const Room* room_of_folder(const std::string& folder) {
  const std::string any = fs::path(folder).parent_path().generic_string() + "/*";
  const Room* best = nullptr;
  for (const Room& room : rooms()) {
    if (room.folder == folder) return &room;
    if (room.folder == any) best = &room;
  }
  return best;
}

const Room* room_of_file(const std::string& file) { return room_of_folder(folder_of(file)); }

}  // namespace synerbench::house
