// Run folders: the journal, and results on their way to a report and through the gate.
#include "harness/run/journal.h"
#include "harness/run/run_folder.h"
#include "reports/formats/format.h"
#include "reports/numbers/check.h"
#include "reports/numbers/gate.h"
#include "reports/numbers/leaderboard.h"
#include "reports/words/document.h"
#include "tests/fuzz/targets.h"
#include "tests/reports/demo_results.h"

namespace synerbench::fuzz {
namespace {

const std::string kIdentity(64, 'a');

/// Blocks end in a hash that random edits never get right: where an end line stands, the right one is put.
std::string with_right_ends(std::string_view text) {
  std::string out;
  size_t block = std::string::npos;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.starts_with("{\"begin\":")) block = out.size();
    if (line.starts_with("{\"end\":") && block != std::string::npos) {
      out += "{\"end\":\"" + sha256_hex(out.substr(block)).substr(0, 16) + "\"}";
    } else {
      out += line;
    }
    if (end == std::string_view::npos) break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

void read_all(const std::string& bytes) {
  const auto path = put("run/journal.jsonl", bytes);
  std::map<std::string, std::string> blocks;
  const bool whole = accepted([&] {
    const Journal journal(path, "", Journal::Mode::kRead);
    SB_CHECK(journal.bytes_cut() >= 0 && journal.bytes_cut() <= static_cast<int64_t>(bytes.size()),
             "a part is cut");
    for (const ItemKey& item : journal.items()) {
      blocks[item.text()] = journal.block(item);
      ItemResult result;
      if (!accepted([&] { result = journal.read(item); })) continue;
      const std::string block = to_block(result);
      const ItemResult again = from_block(block, "again");
      SB_CHECK(to_block(again) == block, "written and read again it is the same");
    }
  });
  // Opened for writing, the torn end goes and nothing else.
  std::map<std::string, std::string> kept;
  const bool opened = accepted([&] {
    Journal journal(path, kIdentity, Journal::Mode::kWrite);
    for (const ItemKey& item : journal.items()) kept[item.text()] = journal.block(item);
  });
  if (!opened) return;
  SB_CHECK(!whole || kept == blocks, "what reads alike is kept");
  SB_CHECK(accepted([&] {
             const Journal journal(path, kIdentity, Journal::Mode::kRead);
             SB_CHECK(journal.bytes_cut() == 0, "the torn end is gone");
             for (const ItemKey& item : journal.items())
               SB_CHECK(journal.block(item) == kept.at(item.text()), "as kept");
           }),
           "a journal that was opened can be opened");
}

void journal_one(std::string_view input) {
  read_all(std::string(input));
  const std::string repaired = with_right_ends(input);
  if (repaired != input) read_all(repaired);
}

ItemResult item(const std::string& model, bool failed) {
  ItemResult result;
  result.record.task = "brain-mr-to-ct";
  result.record.model = model;
  result.record.scan = parse_case_id("made/p1", "seed");
  result.record.scan.patient = "p1";
  if (failed) {
    result.record.status = CaseStatus::kFailed;
    result.record.reason = "the model threw";
    result.failures = {{-1, "the model threw"}};
    return result;
  }
  Measure ssim;
  ssim.protocol = "synermed-2d@1";
  ssim.metric = "ssim";
  ssim.value = 0.75;
  ssim.count = 1;
  Measure psnr = ssim;
  psnr.metric = "psnr";
  psnr.value.reset();
  psnr.undefined = "identical-images";
  result.record.slices = 1;
  result.record.measures = {ssim, psnr};
  result.slices = {{3, 0.5, {ssim, psnr}}};
  result.prediction_sha256 = std::string(64, 'b');
  return result;
}

Seeds journal_seeds() {
  const std::string header = Journal::header(kIdentity);
  const std::string scored = to_block(item("mean", false)), failed = to_block(item("mean", true));
  return {{"header", header},
          {"one", header + scored},
          {"again", header + failed + scored},
          {"two", header + scored + to_block(item("line", false))},
          {"torn", header + scored + scored.substr(0, 100)}};
}

// ---- results.json

const RunInput& sound_run() {
  static const RunInput run = small_run();
  return run;
}

LeaderboardOptions quick_board() {
  LeaderboardOptions options;
  options.bootstrap.replicates = 20;
  return options;
}

void print_everything(RunInput run) {
  std::vector<RunInput> runs;
  runs.push_back(std::move(run));
  const Leaderboard board = make_leaderboard(join_runs(std::move(runs)), {}, quick_board());
  const Document document = make_document(board, "title", "note", {}, {});
  for (const ReportFormat& format : report_formats()) {
    SB_CHECK(!format.make({board, document, desk(), {}, {}}).empty(), "a format makes files");
  }
}

void results_one(std::string_view input) {
  const auto folder = put("results/results.json", input).parent_path();
  RunInput run;
  if (!accepted([&] { run = read_run(folder); })) return;
  const std::string text = to_text(to_json(run.results));
  SB_CHECK(to_text(to_json(results_from_json(parse_json(text, "again"), "again"))) == text,
           "written and read again they are the same");
  accepted([&] { print_everything(run); });
  GateOptions options;
  options.compare.bootstrap.replicates = 20;
  accepted([&] { gate(sound_run(), run, options); });
  accepted([&] { gate(run, sound_run(), options); });
  options.accept_incomplete_baseline = true;
  accepted([&] { gate(run, run, options); });
}

Seeds results_seeds() {
  Results few = small_run().results;
  return {{"small", to_text(to_json(few), -1)}};
}

}  // namespace

Target journal() { return {"journal", journal_one, journal_seeds, 3000}; }
Target results() { return {"results", results_one, results_seeds, 12000}; }

}  // namespace synerbench::fuzz
