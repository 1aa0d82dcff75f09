// Prints the table of docs/statistics.md: statistics_coverage [samples] [replicates]
#include <cstdio>
#include <cstdlib>

#include "tests/metrics/coverage.h"

int main(int count, char** arguments) {
  using namespace synerbench;
  const int samples = count > 1 ? std::atoi(arguments[1]) : 2000,
            replicates = count > 2 ? std::atoi(arguments[2]) : 1000;
  if (samples < 1 || replicates < 1) {
    std::fprintf(stderr, "usage: statistics_coverage [samples] [replicates]\n");
    return 1;
  }
  std::printf(
      "| Differences | Patients | Percentile | Student's t | Interval here | Width | False alarms | Wilcoxon "
      "| "
      "Interchangeable models | Wilcoxon |\n");
  std::printf("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const Shape shape : all_shapes()) {
    for (const int n : {5, 6, 8, 10, 16, 20, 30, 50}) {
      const Coverage c = simulate(shape, n, samples, replicates);
      std::printf("| %s | %d | %.3f | %.3f | %.3f | %.2f | %.3f | %.3f | %.3f | %.3f |\n",
                  name_of(shape).c_str(), n, c.percentile, c.student, c.ours, c.width, c.false_alarms,
                  c.false_alarms_wilcoxon, c.false_alarms_exchangeable, c.false_alarms_exchangeable_wilcoxon);
      std::fflush(stdout);
    }
  }
  return 0;
}
