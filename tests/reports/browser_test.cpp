// The page in a browser: what browser_test.js does with it, in the light and in the dark.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "harness/core/child_process.h"
#include "harness/core/file.h"
#include "harness/run/journal.h"
#include "reports/formats/html.h"
#include "reports/formats/page_data.h"
#include "reports/pictures/case_images.h"
#include "reports/words/document.h"
#include "tests/reports/demo_results.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

/// Results with panels and the journal that knows their slices.
fs::path write_results(const fs::path& folder) {
  RunInput run = small_run();
  for (CaseRecord& record : run.results.cases) {
    if (record.status == CaseStatus::kScored) record.panel_slice = 4;
  }
  write_run_folder(folder, run, true);
  Journal journal(folder / "journal.jsonl", std::string(64, 'a'), Journal::Mode::kWrite);
  for (const CaseRecord& record : run.results.cases) {
    ItemResult item;
    item.record = record;
    if (record.status == CaseStatus::kScored) {
      SliceScore slice;
      slice.slice = 4;
      slice.foreground = 0.5;
      slice.measures = {{"synermed-2d@1", "ssim", *record.measures.front().value + 0.0123, "", 0, 0}};
      item.slices = {slice};
      item.prediction_sha256 = sha256_hex(record.text());
      item.panel_sha256 = sha256_file(panel_path(folder, record));
    } else {
      item.failures = {{-1, record.reason}};
    }
    journal.append(item);
  }
  return folder;
}

std::string make_page(const fs::path& folder) {
  LeaderboardOptions options;
  options.bootstrap.replicates = 200;
  const Leaderboard board =
      make_leaderboard(join_runs({read_run(write_results(folder / "run"))}), {}, options);
  std::vector<std::string> remarks;
  CaseImages images = collect_case_images(board, board.main(), {}, remarks);
  EXPECT_TRUE(remarks.empty()) << remarks.front();
  // A run keeps one slice of a case unless it is told otherwise; the page shows as many as it is given.
  for (CaseView& view : images.views) {
    SliceImages next = view.slices.front();
    ++next.slice;
    std::swap(next.prediction, next.target);
    view.slices.push_back(next);
  }
  return to_html(make_document(board, "A page", "", {}, {}), folder, page_data(board, images));
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (run_program("chromium", {"--version"}, temp_.path(), {temp_ / "version"}) != 0)
      GTEST_SKIP() << "chromium is not installed (Debian: chromium)";
  }

  /// What the browser prints: its own words, and the page as it is in the end.
  std::string show(const std::string& page, const std::vector<std::string>& options) {
    write_file(temp_ / "page.html", page);
    std::vector<std::string> arguments = {"--headless=new",
                                          "--no-sandbox",
                                          "--disable-gpu",
                                          "--user-data-dir=" + (temp_ / "profile").string(),
                                          "--enable-logging=stderr",
                                          "--window-size=1200,900",
                                          "--virtual-time-budget=60000",
                                          "--dump-dom"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back("file://" + (temp_ / "page.html").string());
    EXPECT_EQ(run_program("chromium", arguments, temp_.path(), {temp_ / "log"}), 0);
    return read_file(temp_ / "log");
  }

  /// The log of browser_test.js.
  std::string log_of(std::string page, const std::vector<std::string>& options) {
    const size_t policy = page.find("'sha256-"), end = page.find('\'', policy + 1) + 1;
    page.replace(policy, end - policy, "'unsafe-inline'");
    const fs::path script = fs::path(SYNERBENCH_SOURCE_DIR) / "tests/reports/browser_test.js";
    replace(page, "</body>", "<script>" + read_file(script) + "</script></body>");
    const std::string out = show(page, options);
    // Chromium talks about the machine, too; what the page causes is marked.
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) EXPECT_THAT(line, Not(HasSubstr(":CONSOLE:")));
    const std::string mark = "<pre id=\"log\">";
    const size_t from = out.find(mark);
    if (from == std::string::npos) return "no log: " + out.substr(0, 4000);
    const size_t start = from + mark.size();
    return out.substr(start, out.find("</pre>", start) - start) + "\n";
  }

  TempFolder temp_;
};

TEST_F(Browser, SortsFiltersOpensSlidesAndCopies) {
  const std::string log = log_of(make_page(temp_.path()), {});
  std::string missing;
  for (const char* line : {
           "scheme light\n",
           "explorer shown\n",
           // The best on average is not complete and stands below the others.
           "by average: Pix2Pix | Mean image | Identity | resvit:",
           "by name: Identity | Mean image | Pix2Pix | resvit:",
           ", ascending\n",
           "focus stays on model\n",
           "without the first task: 5 columns, Tasks: 2 of 3\n",
           "one group: Tasks: 1 of 3\n",
           "learned: 2 rows, Models: 2 of 4\n",
           "protocol: MAE (HU) ↓ under synthrad2023@1: 1 task, 4 models\n",
           "metric: PSNR (dB) ↑ under synermed-2d@1: 3 tasks, 4 models\n",
           "focus: Pix2Pix, brain-mr-to-ct; SSIM 0.8233; 95 % interval [",
           "n = 3 patients, 3 of 3 cases; rank 2 of its task\n",
           "described by tip\n",
           "right: Pix2Pix, wb-ct-to-pet\n",
           "down: Mean image, wb-ct-to-pet\n",
           "escape: tip hidden\n",
           "opened: Pix2Pix: brain-mr-to-ct\n",
           "cases: best, median, worst\n",
           // The best case has 0.85, and its slice a value of its own.
           "words: Slice 4 of set/p3: SSIM 0.8623 (this slice), mean absolute error ",
           " HU inside the mask of this slice. The whole case: SSIM 0.8500.\n",
           "labels: Source, MRI; Prediction on the left 50 %, target on the right; Prediction minus target\n",
           "slide: target, half and prediction differ\n",
           "window: another picture, Prediction (left) and target (right): CT, -450 to 1050 HU\n",
           "slices: Slice 5 of set/p3\n",
           "contrast of the viewer: enough (many texts)\n",
           "closed: true\n",
           "a table, ascending: 0.6000 0.7000 0.8233 0.8667\n",
           "descending: 0.8667 0.8233 0.7000 0.6000\n",
           "third click: as written\n",
           "LaTeX: \\begin{tabular}{llllr} / \\toprule / Task &amp; Model &amp; Case &amp; Patient &amp; "
           "Value \\\\ / \\midrule / "
           "brain-mr-to-ct &amp; Pix2Pix &amp; set/p2 &amp; p2 &amp; 0.8000 \\\\\n",
           "Markdown: | Task | Model | Case | Patient | Value | / | --- | --- | --- | --- | ---: | / "
           "| brain-mr-to-ct | Pix2Pix | set/p2 | p2 | 0.8000 |",
           "CSV: Task,Model,Case,Patient,Value / brain-mr-to-ct,Pix2Pix,set/p2,p2,0.8000 /",
           "gallery: pictures\n",
           "markup from names: 0\n",
           "unlabeled: 0\n",
           "contrast of the page: enough (many texts)\n",
           "problems: none\n",
       })
    missing += log.find(line) == std::string::npos ? std::string("  ") + line : "";
  EXPECT_EQ(missing, "") << "are not in the log:\n" << log;
}

TEST_F(Browser, HasEnoughContrastInTheDark) {
  const std::string log = log_of(make_page(temp_.path()), {"--force-dark-mode"});
  EXPECT_THAT(log, HasSubstr("scheme dark\n"));
  EXPECT_THAT(log, HasSubstr("contrast of the viewer: enough (many texts)\n"));
  EXPECT_THAT(log, HasSubstr("contrast of the page: enough (many texts)\n"));
}

TEST_F(Browser, RunsThePagesOwnScriptAndNoOther) {
  std::string page = make_page(temp_.path());
  replace(page, "</body>", "<script>document.title = \"taken over\";</script></body>");
  const std::string out = show(page, {});
  EXPECT_THAT(out, HasSubstr("<html lang=\"en\" class=\"js\">"));
  EXPECT_THAT(out, HasSubstr("<title>A page</title>"));
}

}  // namespace
}  // namespace synerbench
