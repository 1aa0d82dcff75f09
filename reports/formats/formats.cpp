#include "harness/core/error.h"
#include "reports/formats/format.h"

namespace synerbench {

// A new format is a file in this folder that defines ReportFormat NAME_format(), and its NAME here.
#define SYNERBENCH_REPORT_FORMATS(FORMAT) \
  FORMAT(markdown)                        \
  FORMAT(csv)                             \
  FORMAT(latex)                           \
  FORMAT(json)                            \
  FORMAT(html)

#define SYNERBENCH_DECLARE(name) ReportFormat name##_format();
SYNERBENCH_REPORT_FORMATS(SYNERBENCH_DECLARE)
#undef SYNERBENCH_DECLARE

const std::vector<ReportFormat>& report_formats() {
#define SYNERBENCH_ROW(name) name##_format(),
  static const std::vector<ReportFormat> formats{SYNERBENCH_REPORT_FORMATS(SYNERBENCH_ROW)};
#undef SYNERBENCH_ROW
  return formats;
}

const ReportFormat& find_report_format(const std::string& name) {
  std::vector<std::string> names;
  for (const ReportFormat& format : report_formats()) {
    if (format.name == name) return format;
    names.push_back(format.name);
  }
  throw usage_error("format", "unknown format \"" + name + "\"", did_you_mean(name, names));
}

}  // namespace synerbench
