#include "harness/run/export_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "harness/core/safetensors.h"
#include "harness/data/png.h"
#include "harness/run/pair_source.h"
#include "tests/run/run_fixture.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

class ExportPairs : public RunFixture {
 protected:
  ExportOptions of(PairFormat format, const std::string& out = "out") const {
    ExportOptions o;
    o.suite = (folder_ / "suite.json").string();
    o.store = folder_ / "store";
    o.out = folder_ / out;
    o.format = format;
    o.tasks = {"brain-mr-to-ct"};
    return o;
  }
  std::vector<std::vector<std::string>> table(const std::string& out = "out") const {
    std::istringstream text(read_file(folder_ / out / "brain-mr-to-ct" / "pairs.csv"));
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(text, line);) {
      std::istringstream cells(line);
      std::vector<std::string>& row = rows.emplace_back();
      for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    }
    return rows;
  }
  std::filesystem::path file(const std::string& name) const {
    return folder_ / "out" / "brain-mr-to-ct" / name;
  }

  /// The pairs that train would see.
  struct Wanted {
    SliceStore store;
    StorePairs pairs;
    Wanted(const std::filesystem::path& folder, int64_t neighbors)
        : store(folder),
          pairs(store, Task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT}, Split::kTrain,
                Canvas{32, Canvas::Fit::kPad}, {.input = {1, neighbors}}) {}
  };
};

TEST_F(ExportPairs, TensorsAreThePairsThatTrainSees) {
  ExportOptions options = of(PairFormat::kSafetensors);
  options.neighbors = 1;
  const ExportOutcome outcome = export_pairs(options);
  const Wanted wanted(folder_ / "store", 1);
  ASSERT_EQ(outcome.pairs, wanted.pairs.size());
  const auto rows = table();
  ASSERT_EQ(static_cast<int64_t>(rows.size()), wanted.pairs.size() + 1);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"file", "row", "case", "patient", "group", "split", "slice",
                                               "MRI_low", "MRI_high", "CT_low", "CT_high"}));
  std::vector<float> source(3 * 32 * 32), target(32 * 32);
  std::vector<uint8_t> mask(32 * 32);
  for (int64_t i = 0; i < wanted.pairs.size(); ++i) {
    const auto& row = rows[static_cast<size_t>(i) + 1];
    const SafetensorsFile tensors(file(row[0]));
    const auto at = static_cast<size_t>(std::stoul(row[1]));
    wanted.pairs.read(i, source, target, mask);
    EXPECT_TRUE(std::ranges::equal(
        tensors.at("source").as<float>().subspan(at * source.size(), source.size()), source));
    EXPECT_TRUE(std::ranges::equal(
        tensors.at("target").as<float>().subspan(at * target.size(), target.size()), target));
    EXPECT_TRUE(
        std::ranges::equal(tensors.at("mask").as<uint8_t>().subspan(at * mask.size(), mask.size()), mask));
    EXPECT_EQ(tensors.at("slice").as<int64_t>()[at], wanted.pairs.slice_of(i));
    EXPECT_EQ(row[2], wanted.pairs.case_of(i).id.text());
    EXPECT_EQ(row[6], std::to_string(wanted.pairs.slice_of(i)));
  }
  EXPECT_EQ(SafetensorsFile(file(rows[1][0])).at("source").shape, (std::vector<int64_t>{9, 1, 3, 32, 32}));
}

TEST_F(ExportPairs, PicturesHoldSixteenBitsOfEverySlice) {
  const ExportOutcome outcome = export_pairs(of(PairFormat::kPng));
  const Wanted wanted(folder_ / "store", 0);
  ASSERT_EQ(outcome.pairs, wanted.pairs.size());
  const auto rows = table();
  std::vector<float> source(32 * 32), target(32 * 32);
  std::vector<uint8_t> mask(32 * 32);
  for (const int64_t i : {int64_t{0}, wanted.pairs.size() - 1}) {
    const auto& row = rows[static_cast<size_t>(i) + 1];
    wanted.pairs.read(i, source, target, mask);
    const auto picture = [&](size_t column) {
      return read_png(read_file(file(row[column])), row[column]).pixels;
    };
    const auto upper = [](float x) { return static_cast<uint8_t>(std::lround((x + 1.0) / 2 * 65535) >> 8); };
    const std::vector<uint8_t> a = picture(0), b = picture(1), inside = picture(2);
    for (size_t p = 0; p < a.size(); ++p) {
      EXPECT_EQ(a[p], upper(source[p]));
      EXPECT_EQ(b[p], upper(target[p]));
      EXPECT_EQ(inside[p], mask[p] ? 255 : 0);
    }
    EXPECT_EQ(read_file(file(row[0])).substr(24, 1), "\x10");  // bits, in the header of a PNG
  }
}

TEST_F(ExportPairs, ImagesAreTheStoresVolumesOnTheirOwnGrid) {
  std::map<std::string, Volume> written;
  ExportOptions options = of(PairFormat::kNifti);
  EXPECT_THAT(error_of([&] { export_pairs(options); }), HasSubstr("this build writes no image files"));
  options.write_image = [&](const std::filesystem::path& path, const Volume& volume, bool mask) {
    EXPECT_EQ(mask, path.filename() == "mask.nii.gz");
    written[std::filesystem::relative(path, file("")).generic_string()] = volume;
  };
  export_pairs(options);
  const auto rows = table();
  const SliceStore store(folder_ / "store");
  ASSERT_EQ(rows[0][1], "CT");
  const StoredCase& stored_case = store.find(rows[1][3]);
  const Volume& volume = written.at(rows[1][1]);
  EXPECT_TRUE(same_grid(volume.geometry, stored_case.geometry));
  const std::vector<float> slices = to_plane<float>(volume.voxels, stored_case.geometry, stored_case.plane);
  const std::vector<double> wanted = store.volume(stored_case, Modality::kCT).read_all();
  for (size_t i = 0; i < slices.size(); ++i) ASSERT_EQ(slices[i], wanted[i]);
}

TEST_F(ExportPairs, ASplitHoldsItsPatientsAlone) {
  ExportOptions options = of(PairFormat::kSafetensors);
  options.split = Split::kTest;
  export_pairs(options);
  for (const auto& row : table()) {
    if (row[0] != "file") {
      EXPECT_EQ(row[5], "test");
    }
  }
  EXPECT_THAT(read_file(file("export.json")), HasSubstr("\"split\": \"test\""));
}

TEST_F(ExportPairs, WhatCannotBeDoneIsRefused) {
  ExportOptions options = of(PairFormat::kPng);
  options.neighbors = 1;
  EXPECT_THAT(error_of([&] { export_pairs(options); }), HasSubstr("no slab"));
  options = of(PairFormat::kSafetensors);
  options.tasks = {"brain-mr-to-c"};
  EXPECT_THAT(error_of([&] { export_pairs(options); }), HasSubstr("did you mean"));
  export_pairs(of(PairFormat::kSafetensors));
  EXPECT_THAT(error_of([&] { export_pairs(of(PairFormat::kSafetensors)); }),
              HasSubstr("holds an export already"));
  EXPECT_THAT(error_of([] { parse_pair_format("pgn"); }), HasSubstr("did you mean \"png\""));
}

TEST_F(ExportPairs, EqualExportsAreEqualBytes) {
  export_pairs(of(PairFormat::kSafetensors, "a"));
  export_pairs(of(PairFormat::kSafetensors, "b"));
  expect_same_run(folder_ / "a", folder_ / "b");
}

}  // namespace
}  // namespace synerbench
