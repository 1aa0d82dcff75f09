// A format of a report is a row: what it is called, what it gives, and the function that makes its files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "reports/formats/latex.h"
#include "reports/numbers/history.h"
#include "reports/numbers/leaderboard.h"
#include "reports/words/case_images.h"
#include "reports/words/document.h"

namespace synerbench {

/// What a format may print.
struct ReportContent {
  const Leaderboard& board;             // the numbers
  const Document& document;             // text and tables made from them
  const std::filesystem::path& folder;  // the report's: the document's pictures lie below
  const CaseImages& images;             // for the page
  const LatexChoice& latex;             // tables for a paper
};

/// The same for a history of runs.
struct HistoryContent {
  const History& history;
  const Document& document;
  const std::filesystem::path& folder;
};

struct ReportFile {
  std::string name;  // in the report's folder
  std::string content;
};

struct ReportFormat {
  std::string name;     // as asked for: "md"
  std::string summary;  // what its files are, for help
  std::function<std::vector<ReportFile>(const ReportContent&)> make;
  std::function<std::vector<ReportFile>(const HistoryContent&)> make_history;
};

/// The formats that come with the program, in the order of writing. See formats.cpp for how to add one.
const std::vector<ReportFormat>& report_formats();
/// Error(kUsage) with "did you mean" when there is none of that name.
const ReportFormat& find_report_format(const std::string& name);

}  // namespace synerbench
