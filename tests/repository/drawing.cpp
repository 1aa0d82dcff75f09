#include "tests/repository/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "tests/repository/house.h"

namespace synerbench::house {
namespace {

using Arrows = std::map<std::string, std::set<std::string>>;  // room -> rooms that it includes

Arrows arrows() {
  Arrows found;
  for (const Room& room : rooms()) found[room.folder];
  for (const Include& include : includes()) {
    const Room *from = room_of_file(include.from), *to = room_of_file(include.to);
    if (!include.system && from != nullptr && to != nullptr && from->folder != to->folder)
      found[from->folder].insert(to->folder);
  }
  return found;
}

/// Whether `to` is reached from `from` over another room.
bool implied(const Arrows& all, const std::string& from, const std::string& to) {
  std::set<std::string> seen;
  std::vector<std::string> next;
  for (const std::string& over : all.at(from)) {
    if (over != to) next.push_back(over);
  }
  while (!next.empty()) {
    const std::string room = next.back();
    next.pop_back();
    if (room == to) return true;
    if (!seen.insert(room).second) continue;
    for (const std::string& further : all.at(room)) next.push_back(further);
  }
  return false;
}

Arrows without_implied(const Arrows& all) {
  Arrows kept;
  for (const auto& [from, targets] : all) {
    for (const std::string& to : targets) {
      if (!implied(all, from, to)) kept[from].insert(to);
    }
  }
  return kept;
}

constexpr int kWidth = 1080, kFloorHeight = 76, kBoxHeight = 30, kMargin = 24, kGap = 36, kCharacter = 8;

struct Box {
  int x = 0, y = 0, width = 0;  // pixels; the upper left corner
  int middle() const { return x + width / 2; }
};

int width_of(const std::string& folder) { return static_cast<int>(folder.size()) * kCharacter + 24; }

/// Every box lies above the middle of what it includes, as far as its neighbors on the floor leave room. The
/// lowest floor is spread over the width.
std::map<std::string, Box> place_boxes(const Arrows& shown) {
  const int floors = rooms().back().floor + 1;
  std::map<std::string, Box> boxes;
  for (int floor = 0; floor < floors; ++floor) {
    std::vector<std::pair<int, std::string>> order;  // wanted middle, room
    for (const Room& room : rooms()) {
      if (room.floor == floor) order.emplace_back(0, room.folder);
    }
    for (size_t i = 0; i < order.size(); ++i) {
      const auto targets = shown.find(order[i].second);
      int sum = 0;
      if (targets != shown.end()) {
        for (const std::string& to : targets->second) sum += boxes.at(to).middle();
      }
      order[i].first = sum > 0 ? sum / static_cast<int>(targets->second.size())
                               : kWidth * static_cast<int>(i + 1) / static_cast<int>(order.size() + 1);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    // From the left, then back from the right: no box over its neighbor, none over the margin.
    int left = kMargin;
    for (const auto& [wanted, folder] : order) {
      Box& box = boxes[folder];
      box.y = kMargin + (floors - 1 - floor) * kFloorHeight;
      box.width = width_of(folder);
      box.x = std::max(left, wanted - box.width / 2);
      left = box.x + box.width + kGap;
    }
    int right = kWidth - kMargin;
    for (size_t i = order.size(); i-- > 0;) {
      Box& box = boxes[order[i].second];
      box.x = std::min(box.x, right - box.width);
      right = box.x - kGap;
    }
  }
  return boxes;
}

std::string color_of(const std::string& folder) {
  static const std::map<std::string, std::string> colors{
      {"metrics", "#fde7c8"},   {"harness", "#d7e8f7"}, {"suites", "#e6dff3"}, {"baselines", "#dcefd6"},
      {"reference", "#f7d9dc"}, {"reports", "#f3efc9"}, {"app", "#e4e4e4"}};
  const auto found = colors.find(folder.substr(0, folder.find('/')));
  return found != colors.end() ? found->second : "#ffffff";
}

const std::string kBegin = "<!-- floors: made by tools/draw-floors.sh -->\n", kEnd = "<!-- floors: end -->\n";

}  // namespace

std::string floors_svg() {
  const Arrows shown = without_implied(arrows());
  const std::map<std::string, Box> boxes = place_boxes(shown);
  const int height = 2 * kMargin + rooms().back().floor * kFloorHeight + kBoxHeight;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"DejaVu Sans Mono, monospace\" font-size=\"13\">\n"
      "<title>The floors of the house: an arrow leads from a folder to one that it includes</title>\n"
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" "
      "markerHeight=\"7\" "
      "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#777\"/></marker></defs>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n<g fill=\"none\" stroke=\"#777\">\n",
      kWidth, height);
  for (const auto& [from, targets] : shown) {
    for (const std::string& to : targets) {
      const Box &a = boxes.at(from), &b = boxes.at(to);
      const int start = a.y + kBoxHeight, end = b.y, bend = std::min((end - start) / 2, kFloorHeight);
      svg += fmt::format("<path d=\"M{0} {1}C{0} {2} {3} {4} {3} {5}\" marker-end=\"url(#tip)\"/>\n",
                         a.middle(), start, start + bend, b.middle(), end - bend, end);
    }
  }
  svg += "</g>\n<g text-anchor=\"middle\">\n";
  for (const Room& room : rooms()) {
    const Box& box = boxes.at(room.folder);
    svg += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\" fill=\"{}\" stroke=\"#555\"/>"
        "<text x=\"{}\" y=\"{}\">{}</text>\n",
        box.x, box.y, box.width, kBoxHeight, color_of(room.folder), box.middle(), box.y + 20, room.folder);
  }
  return svg + "</g>\n</svg>\n";
}

std::string floors_table() {
  const Arrows all = arrows();
  std::string table = "| floor | folder | what it is for | includes |\n| --- | --- | --- | --- |\n";
  for (int floor = rooms().back().floor; floor >= 0; --floor) {
    for (const Room& room : rooms()) {
      if (room.floor != floor) continue;
      std::string targets;
      for (const std::string& to : all.at(room.folder)) targets += (targets.empty() ? "" : ", ") + to;
      table += fmt::format("| {} | `{}` | {} | {} |\n", floor, room.folder, room.purpose,
                           targets.empty() ? "nothing" : targets);
    }
  }
  return table;
}

std::string with_floors_table(const std::string& page) {
  const size_t begin = page.find(kBegin), end = page.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw std::runtime_error(page_path().string() + " lacks the line " + kBegin + "or the line " + kEnd);
  return page.substr(0, begin + kBegin.size()) + floors_table() + page.substr(end);
}

std::filesystem::path picture_path() {
  return std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "docs/images/floors.svg";
}
std::filesystem::path page_path() {
  return std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "docs/architecture.md";
}

}  // namespace synerbench::house
