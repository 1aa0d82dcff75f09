// The one rule of the house: includes point down, no circles; heavy libraries stay where they belong.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "harness/core/file.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

// Rooms from the lowest floor to the highest. A room is a path prefix; the longest that fits counts.
const std::map<std::string, int>& floors() {
  static const std::map<std::string, int> table{
      {"metrics", 0},     {"harness/core", 1},  {"harness/data", 2}, {"harness/suite", 2}, {"harness/method", 2},
      {"harness/run", 3}, {"harness/train", 3}, {"harness/nn", 3},   {"reference", 4},
      {"baselines", 4},   {"suites", 4},        {"reports", 5},      {"app", 6},
  };
  return table;
}

std::string room_of(const std::string& file) {
  std::string best;
  for (const auto& [room, floor] : floors()) {
    if (file.rfind(room + "/", 0) == 0 && room.size() > best.size()) best = room;
  }
  return best;
}

struct Include {
  std::string from, to;  // paths below the root; `to` as written
  bool system = false;
};

std::vector<Include> all_includes() {
  const fs::path root = SYNERBENCH_SOURCE_DIR;
  const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  for (const char* top : {"metrics", "harness", "suites", "reference", "baselines", "reports", "app"}) {
    if (!fs::exists(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string ending = entry.path().extension().string();
      if (ending != ".h" && ending != ".cpp" && ending != ".cu" && ending != ".cuh") continue;
      const std::string text = read_file(entry.path());
      const std::string from = fs::relative(entry.path(), root).generic_string();
      size_t start = 0;
      while (start < text.size()) {
        const size_t end = std::min(text.find('\n', start), text.size());
        std::smatch match;
        const std::string line = text.substr(start, end - start);
        if (std::regex_search(line, match, pattern))
          includes.push_back({from, match[2].str(), match[1].str() == "<"});
        start = end + 1;
      }
    }
  }
  return includes;
}

TEST(Includes, PointDownOrStayInTheirFloor) {
  const auto includes = all_includes();
  ASSERT_GT(includes.size(), 50u);
  for (const auto& include : includes) {
    const std::string from = room_of(include.from), to = room_of(include.to);
    if (to.empty() || from == to) continue;
    EXPECT_FALSE(from.empty()) << include.from << " is in no room";
    EXPECT_LE(floors().at(to), floors().at(from))
        << include.from << " includes " << include.to << ": the arrow points up";
  }
}

TEST(Includes, ModelFoldersDoNotIncludeEachOther) {
  const auto model_of = [](const std::string& file) -> std::string {
    if (file.rfind("reference/", 0) == 0) return "reference";
    if (file.rfind("baselines/", 0) != 0) return "";
    return file.substr(0, file.find('/', std::string("baselines/").size()));
  };
  for (const auto& include : all_includes()) {
    const std::string from = model_of(include.from), to = model_of(include.to);
    if (!from.empty() && !to.empty()) {
      EXPECT_EQ(from, to) << include.from << " includes " << include.to;
    }
  }
}

TEST(Includes, CloseNoCircleBetweenRoomsOrFiles) {
  std::map<std::string, std::set<std::string>> rooms, files;
  for (const auto& include : all_includes()) {
    const std::string from = room_of(include.from), to = room_of(include.to);
    if (!to.empty() && !from.empty() && from != to) rooms[from].insert(to);
    if (!to.empty()) files[include.from].insert(include.to);
  }
  for (const auto* graph : {&rooms, &files}) {
    // Depth-first with colours; a grey node met again closes a circle.
    std::map<std::string, int> colour;
    std::vector<std::string> trail;
    std::function<void(const std::string&)> visit = [&](const std::string& node) {
      colour[node] = 1;
      trail.push_back(node);
      const auto edges = graph->find(node);
      if (edges != graph->end()) {
        for (const auto& next : edges->second) {
          if (colour[next] == 1) {
            std::string circle;
            for (auto it = std::find(trail.begin(), trail.end(), next); it != trail.end(); ++it)
              circle += *it + " -> ";
            ADD_FAILURE() << "circle: " << circle << next;
          } else if (colour[next] == 0) {
            visit(next);
          }
        }
      }
      trail.pop_back();
      colour[node] = 2;
    };
    for (const auto& [node, edges] : *graph) {
      if (colour[node] == 0) visit(node);
    }
  }
}

bool is_torch(const std::string& include) {
  return include.rfind("torch/", 0) == 0 || include.rfind("ATen/", 0) == 0 || include.rfind("c10/", 0) == 0;
}
bool is_itk(const std::string& include) { return include.rfind("itk", 0) == 0; }

TEST(Includes, HeavyLibrariesStayWhereTheyBelong) {
  std::map<std::string, std::pair<bool, bool>> heavy;
  for (const auto& include : all_includes()) {
    if (!is_torch(include.to) && !is_itk(include.to)) continue;
    const std::string room = room_of(include.from);
    if (is_itk(include.to)) {
      EXPECT_EQ(include.from.rfind("harness/data/itk/", 0), 0u) << include.from << " includes " << include.to;
      heavy[include.from].second = true;
    }
    if (is_torch(include.to)) {
      EXPECT_TRUE(room == "harness/nn" || room == "harness/train" || room == "baselines" ||
                  room == "reference")
          << include.from << " includes " << include.to;
      heavy[include.from].first = true;
    }
  }
  for (const auto& [file, both] : heavy)
    EXPECT_FALSE(both.first && both.second) << file << " has LibTorch and ITK";
}

TEST(Includes, MetricsStandAlone) {
  for (const auto& include : all_includes()) {
    if (include.from.rfind("metrics/", 0) != 0) continue;
    const std::string to = room_of(include.to);
    EXPECT_TRUE(to.empty() || to == "metrics") << include.from << " includes " << include.to;
    EXPECT_EQ(include.to.find("nlohmann"), std::string::npos) << include.from;
  }
}

}  // namespace
}  // namespace synerbench
