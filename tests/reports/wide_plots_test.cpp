// Plots of as many tasks and methods as a report has to hold: nothing overlaps and nothing is cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "harness/core/file.h"
#include "harness/core/utf8.h"
#include "reports/pictures/plots.h"
#include "tests/reports/demo_results.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// 22 tasks, 20 methods, 3 seeds each of the 17 learned ones. Made once.
const Leaderboard& wide_board() {
  static const Leaderboard board = [] {
    LeaderboardOptions options;
    options.bootstrap.replicates = 20;
    return make_leaderboard(join_runs({wide_run()}), {}, options);
  }();
  return board;
}

struct TextBox {
  std::string text;
  double left = 0, right = 0, top = 0, bottom = 0;
};

/// The texts of a picture that gnuplot has drawn. Its SVG has a place, a size, an anchor and a turn for each;
/// widths are estimates, 0.55 of the size per character.
std::vector<TextBox> texts_of(const std::string& svg) {
  static const std::regex text(
      "<g transform=\"translate\\(([-\\d.]+),([-\\d.]+)\\)(?: "
      "rotate\\(([-\\d.]+)\\))?\"[^>]*font-size=\"([\\d.]+)\""
      "[^>]*text-anchor=\"(\\w+)\">\\s*<text[^>]*>((?:.|\\n)*?)</text>");
  static const std::regex tag("<[^>]*>");
  std::vector<TextBox> boxes;
  for (std::sregex_iterator it(svg.begin(), svg.end(), text), end; it != end; ++it) {
    const double x = std::stod((*it)[1]), y = std::stod((*it)[2]), size = std::stod((*it)[4]);
    const bool turned = (*it)[3].matched && std::abs(std::stod((*it)[3])) > 1;
    std::string words = std::regex_replace((*it)[6].str(), tag, "");
    words.erase(0, words.find_first_not_of(" \t\n"));
    words.erase(words.find_last_not_of(" \t\n") + 1);
    if (words.empty()) continue;
    const double length = 0.55 * size * static_cast<double>(columns_of(words));
    const std::string anchor = (*it)[5];
    const double from = anchor == "start" ? 0 : anchor == "end" ? -length : -length / 2;
    TextBox box{words};
    if (turned) {  // by -90 degrees: reads upwards
      box = {words, x - 0.75 * size, x + 0.1 * size, y - from - length, y - from};
    } else {
      box = {words, x + from, x + from + length, y - 0.75 * size, y + 0.1 * size};
    }
    boxes.push_back(box);
  }
  return boxes;
}

/// Draws, and looks at what is written where. `method_labels`: every method is named.
void expect_readable(const std::optional<Plot>& plot, bool method_labels) {
  ASSERT_TRUE(plot);
  SCOPED_TRACE(plot->drawing.name);
  TempFolder temp;
  draw(plot->drawing, temp.path(), "gnuplot");
  const std::string svg = read_file(temp / (plot->drawing.name + ".svg"));
  std::smatch size;
  ASSERT_TRUE(std::regex_search(svg, size, std::regex("viewBox=\"0 0 (\\d+) (\\d+)\"")));
  const double width = std::stod(size[1]), height = std::stod(size[2]);
  const std::vector<TextBox> boxes = texts_of(svg);
  EXPECT_GT(boxes.size(), 20u);
  for (size_t i = 0; i < boxes.size(); ++i) {
    const TextBox& a = boxes[i];
    EXPECT_TRUE(a.left >= 0 && a.right <= width && a.top >= 0 && a.bottom <= height)
        << "\"" << a.text << "\" is cut: " << a.left << " to " << a.right << ", " << a.top << " to "
        << a.bottom;
    for (size_t j = 0; j < i; ++j) {
      const TextBox& b = boxes[j];
      EXPECT_FALSE(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
          << "\"" << a.text << "\" is over \"" << b.text << "\"";
    }
  }
  if (!method_labels) return;
  for (const SeedGroup& method : methods_of(wide_board().models())) {
    EXPECT_TRUE(
        std::any_of(boxes.begin(), boxes.end(),
                    [&](const TextBox& box) { return box.text.find(method.label) != std::string::npos; }))
        << method.label << " is not named";
  }
}

#define SKIP_WITHOUT_PLOTS() \
  if (gnuplot_version("gnuplot").empty()) GTEST_SKIP() << "gnuplot is not installed (Debian: gnuplot-nox)"

TEST(WidePlots, HaveNoOverlapAndNothingCut) {
  SKIP_WITHOUT_PLOTS();
  const Leaderboard& board = wide_board();
  expect_readable(dots_plot(board, board.main()), true);
  expect_readable(ranks_plot(board, board.main()), true);
  expect_readable(difference_plot(board, board.main()), true);
  expect_readable(calibration_plot(board), true);
  expect_readable(time_plot(board, board.main()), true);
  expect_readable(box_plot(board, board.main(), board.main().tasks[0]), true);
}

TEST(WidePlots, GiveEveryMethodALookOfItsOwnAndItsSeedsTheSame) {
  const auto& models = wide_board().models();
  const auto looks = looks_of(models);
  std::set<std::string> colors;
  const auto methods = methods_of(models);
  ASSERT_EQ(methods.size(), 20u);
  for (const SeedGroup& method : methods) {
    for (const size_t model : method.models) EXPECT_EQ(looks[model].color, looks[method.models[0]].color);
    EXPECT_TRUE(colors.insert(looks[method.models[0]].color).second) << method.label;
  }
  // Twenty learned ones, too.
  std::vector<ReportedModel> twenty(20);
  for (size_t i = 0; i < twenty.size(); ++i) twenty[i].label = "model " + std::to_string(i);
  colors.clear();
  for (const Look& look : looks_of(twenty)) EXPECT_TRUE(colors.insert(look.color).second) << look.color;
}

TEST(WidePlots, DrawTheSeedsOfAMethodAsOneMarkWithTheirSpread) {
  const Leaderboard& board = wide_board();
  const std::string data = dots_plot(board, board.main())->drawing.data[0].second;
  EXPECT_EQ(std::count(data.begin(), data.end(), '\n'), 1 + 3 * 20);  // two groups and all tasks
  const SeedGroup method = methods_of(board.models())[5];
  ASSERT_EQ(method.models.size(), 3u);
  const auto spread = seed_spread(method, board.main().averages.back());
  ASSERT_TRUE(spread);
  EXPECT_LT(spread->low, spread->high);
  std::istringstream lines(data);
  std::string line;
  bool found = false;
  for (std::getline(lines, line); std::getline(lines, line);) {
    std::istringstream fields(line);
    double column = 0, row = 0, mean = 0, low = 0, high = 0, least = 0, most = 0;
    fields >> column >> row >> mean >> low >> high >> least >> most;
    if (column != 2 || least != spread->low) continue;
    found = true;
    EXPECT_NEAR(mean, spread->mean, 1e-12);
    EXPECT_EQ(most, spread->high);
    EXPECT_EQ(low, high) << "no interval over patients for several trainings";
  }
  EXPECT_TRUE(found);
}

TEST(WidePlots, TakeTheRanksOfAllMethodsIntoTheDiagram) {
  const auto plot = difference_plot(wide_board(), wide_board().main());
  ASSERT_TRUE(plot);
  EXPECT_THAT(plot->caption, HasSubstr("Mean ranks over 22 tasks"));
  // 20 methods, 22 tasks: q = 3.544 (studentized range 5.012 / sqrt 2) times sqrt(20 * 21 / 132).
  EXPECT_THAT(plot->drawing.script, HasSubstr("critical difference 6.3"));
}

}  // namespace
}  // namespace synerbench
