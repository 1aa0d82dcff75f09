#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <sstream>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/safetensors.h"
#include "harness/run/journal.h"
#include "reports/pictures/panels.h"
#include "reports/pictures/plots.h"
#include "reports/report.h"
#include "tests/reports/demo_results.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;
namespace fs = std::filesystem;

Leaderboard board_of(RunInput run) {
  LeaderboardOptions options;
  options.bootstrap.replicates = 200;
  return make_leaderboard(join_runs({std::move(run)}), {}, options);
}

bool without_gnuplot() { return gnuplot_version("gnuplot").empty(); }
#define SKIP_WITHOUT_GNUPLOT() \
  if (without_gnuplot()) GTEST_SKIP() << "gnuplot is not installed (Debian: gnuplot-nox)"

TEST(NiceTicks, CoverTheRangeInStepsOfOneTwoOrFive) {
  EXPECT_THAT(nice_ticks(0.61, 0.84, 5),
              testing::Pointwise(testing::DoubleNear(1e-12), {0.6, 0.65, 0.7, 0.75, 0.8, 0.85}));
  EXPECT_THAT(nice_ticks(-3, 11, 5), testing::Pointwise(testing::DoubleNear(1e-12), {-5, 0, 5, 10, 15}));
  EXPECT_THAT(nice_ticks(0, 100, 5), testing::Pointwise(testing::DoubleNear(1e-9), {0, 20, 40, 60, 80, 100}));
  const auto flat = nice_ticks(3, 3, 5);
  EXPECT_LT(flat.front(), 3);
  EXPECT_GT(flat.back(), 3);
}

TEST(Looks, LearnedModelsHaveColorsOfTheirOwn) {
  const Leaderboard board = board_of(demo_run());
  const auto looks = looks_of(board.models());
  for (size_t i = 0; i < looks.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(looks[i].color, looks[j].color);
  }
}

TEST(Radar, LeavesAGapForATaskWithoutAValue) {
  const Leaderboard board = board_of(demo_run());
  const auto plot = radar_plot(board, board.main());
  ASSERT_TRUE(plot);
  // gnuplot starts a new block at two blank lines, which a gap must therefore not consist of.
  std::string data = plot->drawing.data[0].second;
  data.erase(0, data.find('\n') + 1);
  std::vector<int> points, gaps;
  for (size_t end; (end = data.find("\n\n")) != std::string::npos; data.erase(0, end + 3)) {
    int with_value = 0, without = 0;
    for (size_t at = 0; at < end; at = data.find('\n', at) + 1)
      (data.compare(at, 3, "NaN") == 0 ? without : with_value)++;
    points.push_back(with_value);
    gaps.push_back(without);
  }
  // The best trivial models, CycleGAN, Pix2Pix, ResViT: 22 tasks and the first one again. SynDiff lacks both
  // whole-body tasks.
  EXPECT_THAT(points, testing::ElementsAre(23, 23, 23, 23, 21));
  EXPECT_THAT(gaps, testing::ElementsAre(0, 0, 0, 0, 2));
}

TEST(Radar, BetterIsFurtherOutWhateverTheDirection) {
  const auto radius_of_first = [](Direction direction, const char* metric) {
    RunInput run = demo_run();
    LeaderboardOptions options;
    options.bootstrap.replicates = 200;
    options.metric = metric;
    const Leaderboard board = make_leaderboard(join_runs({run}), {}, options);
    EXPECT_EQ(board.main().metric.direction, direction);
    const std::string data = radar_plot(board, board.main())->drawing.data[0].second;
    std::vector<double> radii;  // of every line's first point: straight up, so y is the radius
    size_t at = data.find('\n') + 1;
    while (at < data.size()) {
      radii.push_back(std::stod(data.substr(data.find(' ', at))));
      const size_t end = data.find("\n\n\n", at);
      if (end == std::string::npos) break;
      at = end + 3;
    }
    return radii;
  };
  const auto up = radius_of_first(Direction::kHigherIsBetter, "ssim"),
             down = radius_of_first(Direction::kLowerIsBetter, "mae");
  EXPECT_LT(up[0], up[3]);  // the best trivial model is further in than ResViT
  EXPECT_LT(down[0], down[3]);
}

TEST(Radar, NeedsThreeTasks) {
  RunInput run = demo_run();
  run.results.tasks.resize(2);
  std::erase_if(run.results.cases, [](const CaseRecord& c) {
    return c.task.find("brain-cbct") != 0 && c.task.find("brain-ct-to-cbct") != 0;
  });
  const Leaderboard board = board_of(run);
  EXPECT_FALSE(radar_plot(board, board.main()));
}

TEST(Bars, StartAtZero) {
  const Leaderboard board = board_of(demo_run());
  EXPECT_THAT(bars_plot(board, board.main())->drawing.script, HasSubstr("set yrange [0:1]"));
}

TEST(Time, NeedsATiming) {
  RunInput run = demo_run();
  run.timing.clear();
  const Leaderboard board = board_of(run);
  EXPECT_FALSE(time_plot(board, board.main()));
}

TEST(Plots, AreDrawnTwiceWithEqualBytes) {
  SKIP_WITHOUT_GNUPLOT();
  const Leaderboard board = board_of(demo_run());
  TempFolder a, b;
  for (const auto& plot :
       {bars_plot(board, board.main()), radar_plot(board, board.main()), time_plot(board, board.main()),
        box_plot(board, board.main(), board.main().tasks[0])}) {
    ASSERT_TRUE(plot);
    draw(plot->drawing, a.path(), "gnuplot");
    draw(plot->drawing, b.path(), "gnuplot");
    for (const std::string& product : plot->drawing.products) {
      EXPECT_EQ(read_file(a / product), read_file(b / product)) << product;
      EXPECT_GT(fs::file_size(a / product), 2000u) << product;
    }
    EXPECT_TRUE(fs::exists(a / (plot->drawing.name + ".gp")));
  }
  for (const auto& entry : fs::directory_iterator(a.path()))
    EXPECT_NE(entry.path().filename().string()[0], '.') << "left behind: " << entry.path();
}

TEST(Plots, AHostileNameIsDrawnNotRun) {
  SKIP_WITHOUT_GNUPLOT();
  TempFolder temp;
  RunInput run = demo_run();
  const std::string trap = (temp / "trap").string();
  const std::string label = "`touch " + trap + "` \"; system(\"touch " + trap + "\"); \\ %d {/Symbol x}";
  for (ModelRecord& model : run.results.models) {
    if (model.key == "pix2pix") model.info["label"] = label;
  }
  const Leaderboard board = board_of(run);
  for (const auto& plot :
       {bars_plot(board, board.main()), radar_plot(board, board.main()), time_plot(board, board.main()),
        box_plot(board, board.main(), board.main().tasks[0])}) {
    draw(plot->drawing, temp.path(), "gnuplot");
    EXPECT_FALSE(fs::exists(trap)) << plot->drawing.name;
  }
  EXPECT_THAT(read_file(temp / "bars.svg"), HasSubstr("touch"));
}

TEST(Gnuplot, AFailingScriptIsAnErrorWithGnuplotsWords) {
  SKIP_WITHOUT_GNUPLOT();
  TempFolder temp;
  try {
    draw({"bad", "plot nonsense(\n", {}, {"bad.svg"}}, temp.path(), "gnuplot");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("bad.gp"));
  }
  EXPECT_TRUE(fs::exists(temp / "bad.gp"));  // kept, to be looked at
  EXPECT_THROW(draw({"empty", "x = 1\n", {}, {"empty.svg"}}, temp.path(), "gnuplot"), Error);
  EXPECT_THROW(draw({"x", "x = 1\n", {}, {}}, temp.path(), "no-such-gnuplot"), Error);
}

TEST(Panels, ShowBestMedianAndWorst) {
  using Shown = std::vector<std::pair<size_t, std::string>>;
  EXPECT_EQ(shown_cases(0), Shown{});
  EXPECT_EQ(shown_cases(1), (Shown{{0, "only case"}}));
  EXPECT_EQ(shown_cases(2), (Shown{{0, "best"}, {1, "worst"}}));
  EXPECT_EQ(shown_cases(5), (Shown{{0, "best"}, {2, "median"}, {4, "worst"}}));
  EXPECT_EQ(shown_cases(4), (Shown{{0, "best"}, {1, "median"}, {3, "worst"}}));
}

/// A panel of `height` x `width` pixels of 2 x 1 mm: target 0, prediction `error` everywhere.
void write_flat_panel(const fs::path& path, int64_t height, int64_t width, float error,
                      bool damaged = false) {
  const std::vector<float> zero(static_cast<size_t>(height * width)), prediction(zero.size(), error);
  const std::vector<uint8_t> mask(zero.size(), 1);
  const std::vector<int64_t> shape{height, width};
  const auto bytes = [](const auto& v) { return std::as_bytes(std::span(v)); };
  std::map<std::string, std::string> metadata = {
      {"slice", "3"},          {"source_unit", "HU"},   {"source_low", "-1"},
      {"source_high", "1"},    {"target_unit", "HU"},   {"target_low", "-1000"},
      {"target_high", "2000"}, {"row_spacing_mm", "2"}, {"column_spacing_mm", "1"}};
  if (damaged) metadata["target_low"] = "low";
  write_safetensors(path,
                    {{"source", DType::kF32, shape, bytes(zero)},
                     {"prediction", DType::kF32, shape, bytes(prediction)},
                     {"target", DType::kF32, shape, bytes(zero)},
                     {"mask", DType::kU8, shape, bytes(mask)}},
                    metadata);
}

/// The first `cases` cases of one task and one model.
RunInput tiny_run(int64_t cases) {
  RunInput run = demo_run();
  run.results.tasks.resize(1);
  run.results.tasks[0].cases = cases;
  std::erase_if(run.results.models, [](const ModelRecord& m) { return m.key != "pix2pix"; });
  std::erase_if(run.results.cases,
                [](const CaseRecord& c) { return c.task != "brain-cbct-to-ct" || c.model != "pix2pix"; });
  run.results.cases.resize(static_cast<size_t>(cases));
  return run;
}

fs::path write_tiny_run(const fs::path& folder, int64_t height, int64_t width, float error,
                        bool damaged = false) {
  const RunInput run = tiny_run(1);
  write_run_folder(folder, run, false);
  write_flat_panel(panel_path(folder, run.results.cases[0]), height, width, error, damaged);
  return folder;
}

TaskPanels panels_of(const fs::path& run, const fs::path& out) {
  const Leaderboard board = board_of(read_run(run));
  return make_panels(board, board.main(), board.main().tasks[0], out);
}

TEST(Panels, TheErrorScaleIsRoundedUpAndInPhysicalUnits) {
  TempFolder temp;
  const TaskPanels panels = panels_of(write_tiny_run(temp / "run", 8, 6, 130), temp / "out");
  ASSERT_EQ(panels.entries.size(), 1u);
  EXPECT_THAT(panels.entries[0].plot.drawing.script, HasSubstr("set cbrange [-150:150]"));
  EXPECT_THAT(panels.entries[0].plot.caption, HasSubstr("in HU"));
  EXPECT_THAT(panels.entries[0].plot.caption, HasSubstr("±150"));
}

TEST(Panels, AreDrawnFromTheFilesThatTheJournalSpeaksOf) {
  TempFolder temp;
  const fs::path run = write_tiny_run(temp / "run", 8, 6, 130);
  ItemResult item;
  item.record = tiny_run(1).results.cases[0];
  const fs::path panel = panel_path(run, item.record), journal = run / "journal.jsonl";
  const std::string sound = read_file(panel);
  item.panel_sha256 = sha256_hex(sound);
  Journal(journal, std::string(64, 'a'), Journal::Mode::kWrite).append(item);
  const auto refusal = [&] { return error_of([&] { panels_of(run, temp / "out"); }, ExitCode::kBadInput); };
  EXPECT_EQ(panels_of(run, temp / "out").entries.size(), 1u);

  write_flat_panel(panel, 8, 6, 131);  // sound, and of another prediction
  const std::string other = panel.string() + ": is not the panel that was written with the results";
  EXPECT_THAT(refusal(), testing::StartsWith(other));
  fs::remove(panel);
  EXPECT_THAT(refusal(), testing::StartsWith(panel.string() + ": "));
  // Whoever wants none of them may delete them all.
  fs::remove_all(run / "panels");
  EXPECT_TRUE(panels_of(run, temp / "out").entries.empty());

  // A panel that the journal knows nothing of is not of this run.
  write_file(panel, sound);
  item.panel_sha256.clear();
  fs::remove(journal);
  Journal(journal, std::string(64, 'a'), Journal::Mode::kWrite).append(item);
  EXPECT_THAT(refusal(), testing::StartsWith(other));
}

struct Color {
  double red = 0, blue = 0;
};

/// The mean color of the right fifth of a PNG, where the error map is, as gnuplot reads it.
Color color_of_error_map(const fs::path& png, const fs::path& folder) {
  const std::string script =
      "set table 'pixels.txt'\nplot '" + png.string() + "' binary filetype=png with rgbimage\nunset table\n";
  draw({"probe", script, {}, {"pixels.txt"}}, folder, "gnuplot");
  std::istringstream lines(read_file(folder / "pixels.txt"));
  std::vector<std::array<double, 5>> pixels;  // x y red green blue
  double right = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::array<double, 5> pixel;
    if (!(fields >> pixel[0] >> pixel[1] >> pixel[2] >> pixel[3] >> pixel[4])) continue;
    right = std::max(right, pixel[0]);
    pixels.push_back(pixel);
  }
  Color sum;
  double n = 0;
  for (const auto& pixel : pixels) {
    if (pixel[0] < 0.8 * right) continue;
    sum.red += pixel[2];
    sum.blue += pixel[4];
    ++n;
  }
  return {sum.red / n, sum.blue / n};
}

TEST(Panels, TheErrorMapShowsPredictionMinusTarget) {
  SKIP_WITHOUT_GNUPLOT();
  TempFolder temp;
  const auto color = [&](float error) {
    const fs::path run = write_tiny_run(temp / ("run" + std::to_string(error)), 8, 6, error),
                   out = temp / ("out" + std::to_string(error));
    const Plot plot = panels_of(run, out).entries[0].plot;
    draw(plot.drawing, out, "gnuplot");
    return color_of_error_map(out / plot.drawing.products[0], out);
  };
  const Color above = color(130), below = color(-130), none = color(0);
  EXPECT_GT(above.red, above.blue + 20);  // too high: red
  EXPECT_GT(below.blue, below.red + 20);  // too low: blue
  EXPECT_NEAR(none.red, none.blue, 3);    // right: white
}

TEST(Panels, KeepTheShapeThatTheSpacingGives) {
  TempFolder temp;
  const auto height_of = [&](int64_t rows, int64_t columns) {
    const std::string script =
        panels_of(write_tiny_run(temp / ("run" + std::to_string(rows)), rows, columns, 1), temp / "out")
            .entries[0]
            .plot.drawing.script;
    const size_t at = script.find(" size ");
    return std::stoi(script.substr(script.find(',', at) + 1));
  };
  // Rows are 2 mm apart, columns 1 mm: 8 x 16 pixels are a square of 210, 16 x 16 twice as high.
  EXPECT_EQ(height_of(16, 16) - height_of(8, 16), 210);
}

TEST(Panels, EveryRowKeepsItsOwnShape) {
  TempFolder temp;
  const RunInput run = tiny_run(2);
  write_run_folder(temp / "run", run, false);
  write_flat_panel(panel_path(temp / "run", run.results.cases[0]), 8, 16, 1);   // 16 x 16 mm
  write_flat_panel(panel_path(temp / "run", run.results.cases[1]), 16, 16, 1);  // 32 x 16 mm
  const std::string script = panels_of(temp / "run", temp / "out").entries[0].plot.drawing.script;
  const size_t size_at = script.find(" size ") + 6;
  const double page_width = std::stod(script.substr(size_at)),
               page_height = std::stod(script.substr(script.find(',', size_at) + 1));
  std::vector<double> shapes;  // height over width in pixels, of every image
  const auto margin = [&](const char* name, size_t from) {
    return std::stod(script.substr(script.find(name, from) + std::string("set lmargin at screen").size()));
  };
  for (size_t at = script.find("set lmargin"); at != std::string::npos;
       at = script.find("set lmargin", at + 1)) {
    const double l = margin("set lmargin at screen", at), r = margin("set rmargin at screen", at),
                 b = margin("set bmargin at screen", at), t = margin("set tmargin at screen", at);
    shapes.push_back((t - b) * page_height / ((r - l) * page_width));
  }
  std::sort(shapes.begin(), shapes.end());
  EXPECT_THAT(shapes, testing::Pointwise(testing::DoubleNear(0.02), {1, 1, 1, 1, 2, 2, 2, 2}));
}

TEST(Panels, ADamagedFileCostsThePanelAndIsReported) {
  SKIP_WITHOUT_GNUPLOT();
  TempFolder temp;
  ReportOptions options;
  options.runs = {write_tiny_run(temp / "run", 8, 6, 1, true)};
  options.out = temp / "out";
  options.pictures.plots = false;
  options.leaderboard.bootstrap.replicates = 200;
  const ReportFiles report = make_report(options);
  EXPECT_THAT(report.remarks, testing::Contains(HasSubstr("target_low")));
  EXPECT_TRUE(fs::exists(temp / "out" / "leaderboard.md"));
}

TEST(Pictures, OfASmallRunAreAllDrawnAndShown) {
  SKIP_WITHOUT_GNUPLOT();
  TempFolder temp;
  RunInput run = demo_run();
  run.results.tasks.resize(3);
  std::erase_if(run.results.cases, [&](const CaseRecord& c) {
    return std::none_of(run.results.tasks.begin(), run.results.tasks.end(),
                        [&](const TaskRecord& t) { return t.id == c.task; });
  });
  write_run_folder(temp / "run", run, true);
  ReportOptions options;
  options.runs = {temp / "run"};
  options.out = temp / "out";
  options.leaderboard.bootstrap.replicates = 200;
  const ReportFiles report = make_report(options);
  EXPECT_THAT(report.remarks, testing::IsEmpty());
  for (const fs::path& file : report.files) EXPECT_TRUE(fs::exists(options.out / file)) << file;
  EXPECT_THAT(report.files, testing::Contains(fs::path("panels/brain-mr-to-ct/pix2pix.png")));
  const std::string html = read_file(options.out / "leaderboard.html");
  EXPECT_THAT(html, HasSubstr("data:image/png;base64,"));
  EXPECT_THAT(html, HasSubstr("data:image/svg+xml;base64,"));
  EXPECT_THAT(read_file(options.out / "leaderboard.md"), HasSubstr("(plots/radar.svg)"));
}

}  // namespace
}  // namespace synerbench
