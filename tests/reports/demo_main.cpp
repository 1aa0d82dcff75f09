// reports_demo OUT [no-panels]: writes a run folder with invented numbers and pictures to OUT/run and its
// report to OUT/report. To look at a change of the reports; no test uses it.
#include <cstdio>
#include <exception>

#include "reports/report.h"
#include "tests/reports/demo_results.h"

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "usage: reports_demo OUT [no-panels]\n");
    return 1;
  }
  const std::filesystem::path out = argv[1];
  synerbench::write_run_folder(out / "run", synerbench::demo_run(), argc == 2);
  synerbench::ReportOptions options;
  options.runs = {out / "run"};
  options.out = out / "report";
  options.pictures.panels = argc == 2;
  const auto files = synerbench::make_report(options);
  for (const auto& file : files.files) std::printf("%s\n", file.c_str());
  for (const auto& remark : files.remarks) std::fprintf(stderr, "%s\n", remark.c_str());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
