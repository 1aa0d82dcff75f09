// reports_demo OUT history: writes the history of eight such runs, of which some took a step, to OUT.
// reports_demo OUT [no-panels] [wide]: writes a run folder with invented numbers and pictures to OUT/run and
// its report to OUT/report. To look at a change of the reports; no test uses it.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

#include "harness/core/random.h"
#include "reports/history_report.h"
#include "reports/report.h"
#include "tests/reports/demo_results.h"

namespace {

using synerbench::CaseRecord;
using synerbench::RunInput;

/// A run of one day: a better Pix2Pix from the fourth on, a worse ResViT on two tasks from the sixth on.
RunInput run_of_day(int day) {
  RunInput run = synerbench::demo_run();
  run.name = "night-" + std::to_string(day);
  run.finished = "2026-10-0" + std::to_string(day) + "T04:00:00Z";
  const std::string seed = std::to_string(day);
  for (CaseRecord& record : run.results.cases) {
    double shift = 0;
    if (record.model == "pix2pix" && day >= 4) shift = 0.02;
    if (record.model == "resvit" && day >= 6 && record.task.find("t1c") != std::string::npos) shift = -0.04;
    if (shift == 0) continue;
    // Patients do not move alike.
    synerbench::Random random(synerbench::seed_from(record.task + record.scan.text()));
    for (synerbench::Measure& measure : record.measures) {
      if (measure.metric == "ssim" && measure.value)
        measure.value = std::min(0.99, *measure.value + shift * (0.7 + 0.6 * random.uniform()));
    }
  }
  if (day >= 4) run.results.identity["builds"][0]["commit"] = "1111111";
  if (day >= 6) run.results.identity["builds"][0]["commit"] = "2222222";
  return run;
}

int write_history(const std::filesystem::path& out) {
  std::vector<RunInput> runs;
  for (int day = 1; day <= 8; ++day) runs.push_back(run_of_day(day));
  synerbench::HistoryReportOptions options;
  options.out = out;
  options.history.bootstrap.replicates = 200;
  std::printf("%s", synerbench::make_history_report(std::move(runs), options).summary.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "usage: reports_demo OUT [no-panels] [wide]\n");
    return 1;
  }
  const std::filesystem::path out = argv[1];
  if (argc > 2 && std::string(argv[2]) == "history") return write_history(out);
  bool panels = true, wide = false;
  for (int i = 2; i < argc; ++i) {
    panels = panels && std::string(argv[i]) != "no-panels";
    wide = wide || std::string(argv[i]) == "wide";
  }
  synerbench::RunInput run = wide ? synerbench::wide_run() : synerbench::demo_run();
  if (wide) {  // images of two methods are enough to look at
    for (synerbench::CaseRecord& record : run.results.cases) {
      if (record.model != "resvit-s1" && record.model != "uvcgan2-s1") record.panel_slice = -1;
    }
  }
  synerbench::write_run_folder(out / "run", run, panels);
  synerbench::ReportOptions options;
  options.runs = {out / "run"};
  options.out = out / "report";
  options.pictures.panels = panels;
  if (wide) options.leaderboard.bootstrap.replicates = 500;
  const auto files = synerbench::make_report(options);
  for (const auto& file : files.files) std::printf("%s\n", file.c_str());
  for (const auto& remark : files.remarks) std::fprintf(stderr, "%s\n", remark.c_str());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
