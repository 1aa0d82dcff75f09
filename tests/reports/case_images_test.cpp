// Images that travel in the page.
#include "reports/pictures/case_images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/random.h"
#include "harness/core/safetensors.h"
#include "reports/numbers/case_values.h"
#include "tests/reports/demo_results.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;

TEST(PackedImages, ComeBackWithinHalfAStep) {
  Random random(7);
  std::vector<float> hu, other;
  for (int i = 0; i < 7 * 5; ++i) {
    hu.push_back(static_cast<float>(std::round(400 * random.normal())));
    other.push_back(static_cast<float>(0.3 * random.normal() - 2));
  }
  hu[3] = -1024;
  hu[4] = 3071;
  const PackedImage whole = pack_image(hu, 7, 5, true), scaled = pack_image(other, 7, 5, false);
  EXPECT_EQ(whole.step, 1);
  EXPECT_EQ(unpack_image(whole), hu);  // whole HU come back as they were
  const std::vector<float> back = unpack_image(scaled);
  for (size_t i = 0; i < other.size(); ++i) EXPECT_NEAR(back[i], other[i], 0.5001 * scaled.step) << i;
  EXPECT_LT(scaled.step, 1e-3);
  const std::vector<float> flat(35, 4.f);
  EXPECT_EQ(unpack_image(pack_image(flat, 7, 5, false)), flat);
  const std::vector<float> wide{-1e6f, 0, 1e6f, 5};  // beyond 16 bits of whole numbers
  const PackedImage coarse = pack_image(wide, 2, 2, true);
  EXPECT_NEAR(unpack_image(coarse)[2], 1e6, coarse.step);
}

RunInput run_with_panels() {
  RunInput run = small_run();
  for (CaseRecord& record : run.results.cases) {
    if (record.status == CaseStatus::kScored) record.panel_slice = 4;
  }
  return run;
}

Leaderboard board_of_folder(const std::filesystem::path& folder) {
  LeaderboardOptions options;
  options.bootstrap.replicates = 100;
  return make_leaderboard(join_runs({read_run(folder)}), {}, options);
}

TEST(CaseImages, ShareWhatModelsHaveInCommonAndStopWhereThePageIsFull) {
  TempFolder temp;
  write_run_folder(temp / "run", run_with_panels(), true);
  const Leaderboard board = board_of_folder(temp / "run");
  std::vector<std::string> remarks;
  const CaseImages all = collect_case_images(board, board.main(), {}, remarks);
  EXPECT_TRUE(remarks.empty());
  // 4 models x (3 + 1 + 3) cases, without the one that failed.
  EXPECT_EQ(all.views.size(), 27u);
  for (const CaseView& a : all.views) {
    for (const CaseView& b : all.views) {
      if (a.task != b.task || a.scan != b.scan || a.model == b.model) continue;
      EXPECT_EQ(a.slices[0].source, b.slices[0].source);
      EXPECT_EQ(a.slices[0].target, b.slices[0].target);
      EXPECT_NE(a.slices[0].prediction, b.slices[0].prediction);
    }
  }
  EXPECT_EQ(all.left_out, 0u);
  int64_t bytes = 0;
  for (const PackedImage& image : all.images) bytes += static_cast<int64_t>(image.bytes.size());

  CaseImageOptions half;
  half.most_bytes = bytes / 2;
  const CaseImages some = collect_case_images(board, board.main(), half, remarks);
  int64_t taken = 0;
  for (const PackedImage& image : some.images) taken += static_cast<int64_t>(image.bytes.size());
  EXPECT_LE(taken, half.most_bytes);
  EXPECT_EQ(some.views.size() + some.left_out, 27u);
  EXPECT_GT(some.views.size(), 5u);
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_THAT(remarks[0], HasSubstr("--page-images"));
  // The worst case of every task is there first.
  for (const WorstCase& worst : worst_cases(board, board.main(), CaseIndex(board))) {
    const auto& views = some.views;
    EXPECT_TRUE(std::any_of(views.begin(), views.end(), [&](const CaseView& view) {
      return view.task == worst.task && view.model == worst.model &&
             view.scan == worst.value.record->scan.text();
    }));
  }
  half.most_bytes = 0;
  EXPECT_TRUE(collect_case_images(board, board.main(), half, remarks).views.empty());
}

/// Gives a panel two more slices, 2 and 9, whose errors are 10 and 20 everywhere. `indices`, `depth`: as its
/// metadata and shapes say.
void add_slices(const std::filesystem::path& path, const std::string& indices = "2,9", int64_t depth = 2) {
  const std::string bytes = read_file(path);
  const std::filesystem::path copy = path.parent_path() / "copy.safetensors";
  write_file(copy, bytes);
  const SafetensorsFile panel(copy);
  const auto shape = panel.at("source").shape;
  const auto pixels = static_cast<size_t>(shape[0] * shape[1]);
  std::vector<TensorToWrite> tensors;
  for (const std::string& name : panel.names()) {
    const TensorView view = panel.at(name);
    tensors.push_back({name, view.dtype, view.shape, view.bytes});
  }
  std::vector<float> target(static_cast<size_t>(depth) * pixels, 100.f), prediction = target;
  for (size_t i = 0; i < prediction.size(); ++i) prediction[i] += i < pixels ? 10.f : 20.f;
  const std::vector<uint8_t> mask(target.size(), 1);
  const std::vector<int64_t> several{depth, shape[0], shape[1]};
  const auto all = [](const auto& values) { return std::as_bytes(std::span(values)); };
  tensors.push_back({"more_source", DType::kF32, several, all(target)});
  tensors.push_back({"more_prediction", DType::kF32, several, all(prediction)});
  tensors.push_back({"more_target", DType::kF32, several, all(target)});
  tensors.push_back({"more_mask", DType::kU8, several, all(mask)});
  auto metadata = panel.metadata();
  metadata["more_slices"] = indices;
  write_safetensors(path, tensors, metadata);
  std::filesystem::remove(copy);
}

TEST(CaseImages, HoldAllSlicesOfAPanelAndBeginWithTheMainOne) {
  TempFolder temp;
  const RunInput run = run_with_panels();
  write_run_folder(temp / "run", run, true);
  const CaseRecord& record = run.results.cases.front();
  add_slices(panel_path(temp / "run", record));
  const Leaderboard board = board_of_folder(temp / "run");
  std::vector<std::string> remarks;
  const CaseImages images = collect_case_images(board, board.main(), {}, remarks);
  EXPECT_TRUE(remarks.empty());
  int found = 0;
  for (const CaseView& view : images.views) {
    if (board.tasks()[view.task].id != record.task || board.models()[view.model].key != record.model ||
        view.scan != record.scan.text()) {
      EXPECT_EQ(view.slices.size(), 1u);
      EXPECT_EQ(view.main, 0u);
      continue;
    }
    ++found;
    ASSERT_EQ(view.slices.size(), 3u);
    EXPECT_EQ(view.main, 1u);
    EXPECT_EQ(view.slices[0].slice, 2);
    EXPECT_EQ(view.slices[1].slice, 4);
    EXPECT_EQ(view.slices[2].slice, 9);
    EXPECT_DOUBLE_EQ(view.slices[0].mae, 10);
    EXPECT_DOUBLE_EQ(view.slices[2].mae, 20);
    EXPECT_EQ(view.slices[0].target, view.slices[2].target) << "equal images are in the page once";
    EXPECT_NE(view.slices[0].prediction, view.slices[2].prediction);
  }
  EXPECT_EQ(found, 1);
}

TEST(CaseImages, WrongMoreSlicesAreDamage) {
  for (const auto& [indices, depth] :
       std::vector<std::pair<std::string, int64_t>>{{"9,2", 2},
                                                    {"2", 2},
                                                    {"2,9,", 2},
                                                    {"", 2},
                                                    {"2;9", 2},
                                                    {"-2,9", 2},
                                                    {"2,9", 3},
                                                    {"99999999999999999999,9", 2}}) {
    TempFolder temp;
    const RunInput run = run_with_panels();
    write_run_folder(temp / "run", run, true);
    add_slices(panel_path(temp / "run", run.results.cases.front()), indices, depth);
    const Leaderboard board = board_of_folder(temp / "run");
    std::vector<std::string> remarks;
    collect_case_images(board, board.main(), {}, remarks);
    ASSERT_EQ(remarks.size(), 1u) << indices;
    EXPECT_THAT(remarks[0], HasSubstr("more_")) << indices;
  }
}

TEST(CaseImages, OfADamagedTaskAreLeftOutWithAWord) {
  TempFolder temp;
  const RunInput run = run_with_panels();
  write_run_folder(temp / "run", run, true);
  write_file(panel_path(temp / "run", run.results.cases.front()), "damaged");
  const Leaderboard board = board_of_folder(temp / "run");
  std::vector<std::string> remarks;
  const CaseImages images = collect_case_images(board, board.main(), {}, remarks);
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_THAT(remarks[0], HasSubstr("No images of brain-mr-to-ct in the page"));
  for (const CaseView& view : images.views) EXPECT_NE(view.task, 0u);
  EXPECT_FALSE(images.views.empty());
}

}  // namespace
}  // namespace synerbench
