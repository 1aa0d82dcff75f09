// The one rule of the house: includes point down, no circles; heavy libraries stay where they belong. The
// floors are in floors.txt.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/repository/house.h"

namespace synerbench::house {
namespace {

namespace fs = std::filesystem;

using Graph = std::map<std::string, std::set<std::string>>;

/// The circles of a graph, one for every arrow that closes one: "a -> b -> a".
std::vector<std::string> circles_of(const Graph& graph) {
  std::vector<std::string> circles;
  std::map<std::string, int> color;  // 1: on the trail, 2: done
  std::vector<std::string> trail;
  const std::function<void(const std::string&)> visit = [&](const std::string& node) {
    color[node] = 1;
    trail.push_back(node);
    const auto arrows = graph.find(node);
    if (arrows != graph.end()) {
      for (const std::string& next : arrows->second) {
        if (color[next] == 1) {
          std::string circle;
          for (auto it = std::find(trail.begin(), trail.end(), next); it != trail.end(); ++it)
            circle += *it + " -> ";
          circles.push_back(circle + next);
        } else if (color[next] == 0) {
          visit(next);
        }
      }
    }
    trail.pop_back();
    color[node] = 2;
  };
  for (const auto& [node, arrows] : graph) {
    if (color[node] == 0) visit(node);
  }
  return circles;
}

TEST(Floors, EveryFolderOfSourcesIsARoom) {
  ASSERT_GT(folders().size(), 20u);
  for (const std::string& folder : folders())
    EXPECT_NE(room_of_folder(folder), nullptr) << folder << " has no row in tests/repository/floors.txt";
}

TEST(Floors, EveryRowIsAFolderOfSources) {
  std::set<std::string> used;
  for (const std::string& folder : folders()) {
    if (const Room* room = room_of_folder(folder)) used.insert(room->folder);
  }
  std::set<std::string> rows;
  for (const Room& room : rooms()) {
    EXPECT_TRUE(rows.insert(room.folder).second) << room.folder << " has two rows";
    EXPECT_TRUE(used.count(room.folder)) << room.folder << " holds no source: take its row out";
  }
}

TEST(Includes, PointDown) {
  ASSERT_GT(includes().size(), 500u);
  for (const Include& include : includes()) {
    const Room *from = room_of_file(include.from), *to = room_of_file(include.to);
    if (include.system || from == nullptr || to == nullptr) continue;
    if (folder_of(include.from) == folder_of(include.to)) continue;
    EXPECT_LT(to->floor, from->floor)
        << include.from << " includes " << include.to << ": "
        << (to->floor == from->floor ? "both are on one floor" : "the arrow points up");
  }
}

TEST(Includes, NameAFileOfTheirOwnRepository) {
  for (const Include& include : includes()) {
    if (include.system) continue;
    EXPECT_TRUE(std::binary_search(folders().begin(), folders().end(), folder_of(include.to)))
        << include.from << " includes \"" << include.to << "\": write the path from the root, or <...>";
  }
}

// Folders as a reader sees them: at every level, the files and folders beside each other.
TEST(Includes, CloseNoCircleOfFolders) {
  std::map<std::string, Graph> levels;  // the folder they lie in -> the arrows between its parts
  for (const Include& include : includes()) {
    if (include.system || room_of_file(include.to) == nullptr) continue;
    const fs::path from = folder_of(include.from), to = folder_of(include.to);
    auto a = from.begin();
    auto b = to.begin();
    fs::path level;
    while (a != from.end() && b != to.end() && *a == *b) {
      level /= *a;
      ++a;
      ++b;
    }
    if (a == from.end() && b == to.end()) continue;
    const auto name = [&](auto part, auto end) {
      return (level / (part == end ? fs::path(".") : *part)).generic_string();
    };
    levels[level.generic_string()][name(a, from.end())].insert(name(b, to.end()));
  }
  ASSERT_GT(levels.size(), 2u);
  for (const auto& [level, graph] : levels) {
    for (const std::string& circle : circles_of(graph)) ADD_FAILURE() << circle;
  }
}

TEST(Includes, CloseNoCircleOfFiles) {
  Graph files;
  for (const Include& include : includes()) {
    if (!include.system) files[include.from].insert(include.to);
  }
  for (const std::string& circle : circles_of(files)) ADD_FAILURE() << circle;
}

TEST(Includes, ACircleIsFound) {
  EXPECT_EQ(circles_of({{"a", {"b"}}, {"b", {"c", "d"}}, {"c", {"a"}}}),
            std::vector<std::string>{"a -> b -> c -> a"});
  EXPECT_TRUE(circles_of({{"a", {"b", "c"}}, {"b", {"c"}}}).empty());
}

TEST(Includes, DetailIsForItsOwnFolder) {
  for (const Include& include : includes()) {
    const size_t at = include.to.find("/detail/");
    if (include.system || at == std::string::npos) continue;
    EXPECT_TRUE(include.from.starts_with(include.to.substr(0, at + 1)))
        << include.from << " includes " << include.to;
  }
}

TEST(Includes, SystemsDoNotIncludeEachOther) {
  const auto system_of = [](const std::string& file) -> std::string {
    if (file.starts_with("reference/")) return "reference";
    if (!file.starts_with("baselines/") || file.starts_with("baselines/catalog/")) return "";
    return file.substr(0, file.find('/', std::string("baselines/").size()));
  };
  for (const Include& include : includes()) {
    const std::string from = system_of(include.from), to = system_of(include.to);
    if (!from.empty() && !to.empty()) {
      EXPECT_EQ(from, to) << include.from << " includes " << include.to;
    }
  }
}

bool is_torch(const std::string& include) {
  return include.starts_with("torch/") || include.starts_with("ATen/") || include.starts_with("c10/");
}
bool is_itk(const std::string& include) { return include.starts_with("itk"); }

TEST(Includes, HeavyLibrariesStayWhereTheyBelong) {
  for (const Include& include : includes()) {
    const std::string from = include.from;
    if (is_itk(include.to)) {
      EXPECT_TRUE(from.starts_with("harness/data/itk/")) << from << " includes " << include.to;
    }
    if (is_torch(include.to)) {
      EXPECT_TRUE(from.starts_with("harness/nn/") || from.starts_with("harness/train/") ||
                  from.starts_with("baselines/") || from.starts_with("reference/"))
          << from << " includes " << include.to;
    }
  }
}

TEST(Includes, MetricsStandAlone) {
  for (const Include& include : includes()) {
    if (!include.from.starts_with("metrics/")) continue;
    const Room* to = room_of_file(include.to);
    EXPECT_TRUE(to == nullptr || to->folder == "metrics" || to->folder.starts_with("metrics/"))
        << include.from << " includes " << include.to;
    EXPECT_EQ(include.to.find("nlohmann"), std::string::npos) << include.from;
  }
}

}  // namespace
}  // namespace synerbench::house
