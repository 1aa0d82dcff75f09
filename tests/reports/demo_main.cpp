// reports_demo OUT [no-panels] [wide]: writes a run folder with invented numbers and pictures to OUT/run and
// its report to OUT/report. To look at a change of the reports; no test uses it.
#include <cstdio>
#include <exception>
#include <string>

#include "reports/report.h"
#include "tests/reports/demo_results.h"

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "usage: reports_demo OUT [no-panels] [wide]\n");
    return 1;
  }
  const std::filesystem::path out = argv[1];
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
