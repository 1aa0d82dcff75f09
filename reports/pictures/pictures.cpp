#include "reports/pictures/pictures.h"

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/run/record.h"
#include "reports/pictures/gnuplot.h"
#include "reports/pictures/panels.h"
#include "reports/pictures/plots.h"
#include "reports/pictures/window.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

struct Order {
  Plot plot;
  fs::path folder;  // below the report's
};

class Artist {
 public:
  Artist(std::string program, fs::path out, std::vector<fs::path>& files, std::vector<std::string>& remarks)
      : program_(std::move(program)), out_(std::move(out)), files_(files), remarks_(remarks) {}

  /// Draws all, several at a time; the picture to show is each one's first product. A picture that cannot be
  /// drawn costs the report that picture, not its tables.
  std::vector<std::optional<Picture>> draw_all(const std::vector<Order>& orders) {
    std::vector<std::string> problems(orders.size());
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < orders.size(); ++i) {
      if (interrupted()) continue;
      try {
        draw(orders[i].plot.drawing, out_ / orders[i].folder, program_);
      } catch (const Error& error) {
        problems[i] = error.problem();
      } catch (const std::exception& error) {
        problems[i] = error.what();
      }
    }
    // A drawing that the same Ctrl-C has ended is no drawing that failed.
    throw_if_interrupted();
    std::vector<std::optional<Picture>> pictures(orders.size());
    for (size_t i = 0; i < orders.size(); ++i) {
      const auto& [plot, folder] = orders[i];
      if (!problems[i].empty()) {
        remarks_.push_back("Not drawn: " + (folder / plot.drawing.name).generic_string() + ": " +
                           problems[i]);
        continue;
      }
      files_.push_back(folder / (plot.drawing.name + ".gp"));
      for (const auto& [name, content] : plot.drawing.data) files_.push_back(folder / name);
      for (const std::string& product : plot.drawing.products) files_.push_back(folder / product);
      pictures[i] = Picture{folder / plot.drawing.products.front(), plot.alt, plot.caption};
    }
    return pictures;
  }

 private:
  std::string program_;
  fs::path out_;
  std::vector<fs::path>& files_;
  std::vector<std::string>& remarks_;
};

void draw_plots(const Leaderboard& board, Artist& artist, Pictures& pictures,
                std::vector<std::string>& remarks) {
  const MetricBoard& main = board.main();
  std::vector<Order> orders;
  const auto add = [&](std::optional<Plot> plot, const char* otherwise) {
    if (plot) {
      orders.push_back({std::move(*plot), "plots"});
    } else {
      remarks.emplace_back(otherwise);
    }
  };
  const auto add_if_any = [&](std::optional<Plot> plot) {
    if (plot) orders.push_back({std::move(*plot), "plots"});
  };
  add(dots_plot(board, main), "No dot plot: no task has a value.");
  add_if_any(ranks_plot(board, main));
  add_if_any(difference_plot(board, main));
  if (methods_of(board.models()).size() <= kMostMethodsInBars) {
    add_if_any(bars_plot(board, main));
    add(radar_plot(board, main), "No radar chart: it needs three tasks or more, and values.");
  }
  add_if_any(calibration_plot(board));
  add(time_plot(board, main), "No plot of score against time: the runs hold no timing.json.");
  const size_t overall = orders.size();
  std::vector<std::string> tasks;
  for (const TaskBoard& task : main.tasks) {
    auto plot = box_plot(board, main, task);
    if (!plot) continue;
    orders.push_back({std::move(*plot), "plots"});
    tasks.push_back(board.tasks()[task.task].id);
  }
  const auto drawn = artist.draw_all(orders);
  for (size_t i = 0; i < drawn.size(); ++i) {
    if (!drawn[i]) continue;
    if (i < overall) {
      pictures.overall.push_back(*drawn[i]);
    } else {
      pictures.by_task.push_back({tasks[i - overall], {*drawn[i]}});
    }
  }
}

/// Draws all panels; the page shows, per task, those of the best learned model, or of the best model when
/// none is learned.
void draw_panels(const Leaderboard& board, Artist& artist, const std::string& window, const fs::path& out,
                 Pictures& pictures, std::vector<std::string>& remarks) {
  bool any = false;
  for (const TaskBoard& task : board.main().tasks) {
    const std::string& id = board.tasks()[task.task].id;
    const fs::path folder = fs::path("panels") / file_name_of(id);
    TaskPanels panels;
    try {
      panels = make_panels(board, board.main(), task, out / folder, window);
    } catch (const Error& error) {
      remarks.push_back("Not drawn: " + folder.generic_string() + ": " +
                        fs::path(error.place()).filename().string() + ": " + error.problem());
      continue;
    }
    std::vector<Order> orders;
    for (const TaskPanels::Entry& entry : panels.entries) orders.push_back({entry.plot, folder});
    const auto drawn = artist.draw_all(orders);
    std::optional<Picture> best, best_learned;
    for (size_t i = 0; i < drawn.size(); ++i) {
      if (!drawn[i]) continue;
      any = true;
      if (!best) best = drawn[i];
      if (!best_learned && !board.models()[panels.entries[i].model].trivial) best_learned = drawn[i];
    }
    if (!best) continue;
    Picture shown = best_learned ? *best_learned : *best;
    if (panels.entries.size() > 1)
      shown.caption += " The other models' are in " + folder.generic_string() + "/.";
    auto at = std::find_if(pictures.by_task.begin(), pictures.by_task.end(),
                           [&](const auto& entry) { return entry.first == id; });
    if (at == pictures.by_task.end()) at = pictures.by_task.insert(at, {id, {}});
    at->second.push_back(std::move(shown));
  }
  if (!any) remarks.emplace_back("No image panels: the runs hold none.");
}

bool can_draw(const std::string& gnuplot, std::vector<std::string>& remarks) {
  if (!gnuplot_version(gnuplot).empty()) return true;
  remarks.push_back("No pictures: \"" + gnuplot + "\" cannot be run here (Debian package gnuplot-nox).");
  return false;
}

}  // namespace

Pictures draw_history(const History& history, const std::string& gnuplot, const fs::path& out,
                      std::vector<fs::path>& files, std::vector<std::string>& remarks) {
  Pictures pictures;
  if (!can_draw(gnuplot, remarks)) return pictures;
  Artist artist(gnuplot, out, files, remarks);
  std::vector<Order> orders;
  std::vector<std::string> tasks;
  const auto add = [&](const std::string& task) {
    auto plot = history_plot(history, task);
    if (!plot) return;
    orders.push_back({std::move(*plot), "plots"});
    tasks.push_back(task);
  };
  if (history.tasks.size() > 1) add("all");
  for (const TaskRecord& task : history.tasks) add(task.id);
  const auto drawn = artist.draw_all(orders);
  for (size_t i = 0; i < drawn.size(); ++i) {
    if (!drawn[i]) continue;
    if (tasks[i] == "all") {
      pictures.overall.push_back(*drawn[i]);
    } else {
      pictures.by_task.push_back({tasks[i], {*drawn[i]}});
    }
  }
  return pictures;
}

Pictures draw_pictures(const Leaderboard& board, const PictureOptions& options, const fs::path& out,
                       std::vector<fs::path>& files, std::vector<std::string>& remarks) {
  Pictures pictures;
  check_window(options.window);
  if (!options.plots && !options.panels) return pictures;
  if (!can_draw(options.gnuplot, remarks)) return pictures;
  Artist artist(options.gnuplot, out, files, remarks);
  if (options.plots) draw_plots(board, artist, pictures, remarks);
  if (options.panels) draw_panels(board, artist, options.window, out, pictures, remarks);
  return pictures;
}

}  // namespace synerbench
