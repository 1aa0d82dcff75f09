// Prints every reference number beside ours, as a Markdown table. Usage: reference_numbers [folder of the
// real files]
#include <cstdio>
#include <exception>
#include <filesystem>

#include "tests/metrics/reference_table.h"

int main(int argc, char** argv) {
  using namespace synerbench;
  const std::filesystem::path real = argc > 1 ? argv[1] : SYNERBENCH_SHARED_DIR "/data/real";
  try {
    std::printf(
        "| section | quantity | case | published | ours | difference |\n| --- | --- | --- | ---: | ---: | "
        "---: |\n");
    int beyond = 0;
    for (const auto& rows : {contrast_rows(real), synthrad_rows(real), baseline_rows(real),
                             resampling_rows(real), segmentation_rows(real), pitfall_rows(real)}) {
      for (const ReferenceRow& row : rows) {
        const double difference = row.ours - published_value(row);
        const bool fits = difference <= row.tolerance && -difference <= row.tolerance;
        beyond += !fits;
        std::printf("| %s | %s | %s | %s | %.*f | %.1e%s |\n", row.section.c_str(), row.quantity.c_str(),
                    row.case_name.c_str(), row.published.c_str(), published_decimals(row), row.ours,
                    difference, fits ? "" : " (!)");
      }
    }
    std::fprintf(stderr, "%d beyond their tolerance\n", beyond);
    return beyond == 0 ? 0 : 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
