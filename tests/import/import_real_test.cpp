// Imports of the real scans in ../shared/data/real (its README lists them), against numbers measured
// elsewhere on the same files: that README, and SciPy on CT resampled to the PET grids.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/core/error.h"
#include "harness/data/import/import.h"
#include "harness/data/volume_io.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

const fs::path kReal = fs::path(SYNERBENCH_SHARED_DIR) / "data/real";

#define SKIP_WITHOUT_REAL_DATA()                                                    \
  if (!fs::exists(kReal / "ibsi-sts")) {                                            \
    GTEST_SKIP() << "needs the real scans in " << kReal << ", which are not there"; \
  }

SliceStore import_list(const TempFolder& folder, const std::string& rows, ResampleRule rule) {
  ImportOptions options;
  options.layout = "pairs";
  options.root = kReal;
  options.list = folder.path() / "list.csv";
  options.out = folder.path() / "store";
  options.pixels.resample = rule;
  write_file(options.list, "case,patient,region,modality,path,grid\n" + rows);
  import_dataset(options);
  return SliceStore(options.out);
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

struct StsCase {
  const char* name;
  std::array<int64_t, 3> mr_origin;  // in CT voxels, README
  int64_t inside;                    // 11.4: PET voxel centers inside the CT, and what was measured there
  double mean_inside, maximum, at_first, at_second, mean_suv;
};

class StsScan : public testing::TestWithParam<StsCase> {};

TEST_P(StsScan, CtOnTheMrGridIsAnExactCropAndOnThePetGridAgreesWithTheReference) {
  SKIP_WITHOUT_REAL_DATA();
  const auto& wanted = GetParam();
  const std::string n = wanted.name, ct_path = fmt::format("ibsi-sts/{}/CT_image.nii.gz", n);
  const TempFolder folder;
  const auto store = import_list(
      folder,
      fmt::format("{0}-mr,{0},sts,MRI,ibsi-sts/{0}/MR_T1_image.nii.gz,MRI\n{0}-mr,{0},sts,CT,{1},\n"
                  "{0}-pet,{0},sts,PET,ibsi-sts/{0}/PET_image.nii.gz,PET\n{0}-pet,{0},sts,CT,{1},\n",
                  n, ct_path),
      ResampleRule::kLinear);
  EXPECT_TRUE(store.verify().empty());

  const auto& on_mr = store.find(fmt::format("pairs/{}-mr", n));
  const auto& transform = on_mr.find(Modality::kCT)->source["transforms"][0];
  EXPECT_EQ(transform["kind"], "crop");
  EXPECT_EQ(transform["offset"], (Json{wanted.mr_origin[0], wanted.mr_origin[1], wanted.mr_origin[2]}));
  EXPECT_EQ(on_mr.find(Modality::kCT)->dtype, DType::kI16) << "whole HU stay whole HU";
  const Volume ct = read_volume(kReal / ct_path);
  const auto view = store.volume(on_mr, Modality::kCT);
  const auto [depth, height, width] = view.shape();
  int64_t different = 0;
  for (int64_t d = 0; d < depth; ++d) {
    for (int64_t h = 0; h < height; ++h) {
      for (int64_t w = 0; w < width; ++w) {
        different += view.value(d, h, w) !=
                     ct.at(w + wanted.mr_origin[0], h + wanted.mr_origin[1], d + wanted.mr_origin[2]);
      }
    }
  }
  EXPECT_EQ(different, 0);

  const auto& on_pet = store.find(fmt::format("pairs/{}-pet", n));
  const auto pet_ct = store.volume(on_pet, Modality::kCT), pet = store.volume(on_pet, Modality::kPET);
  const auto& resampled = on_pet.find(Modality::kCT)->source["transforms"][0];
  EXPECT_EQ(resampled["kind"], "resample");
  EXPECT_EQ(resampled["voxels_inside"], wanted.inside);
  // Outside is -1000 here: what the mean of all voxels says about those inside.
  const auto values = pet_ct.read_all();
  const auto all = static_cast<double>(values.size()), inside = static_cast<double>(wanted.inside);
  EXPECT_NEAR((mean(values) * all + 1000 * (all - inside)) / inside, wanted.mean_inside, 1e-5);
  EXPECT_NEAR(*std::max_element(values.begin(), values.end()), wanted.maximum, 1e-4);
  EXPECT_NEAR(pet_ct.value(30, 15, 16), wanted.at_first, 1e-4);
  EXPECT_NEAR(pet_ct.value(10, 20, 10), wanted.at_second, 1e-4);
  EXPECT_NEAR(mean(pet.read_all()), wanted.mean_suv, 1e-8);
}

INSTANTIATE_TEST_SUITE_P(
    Table, StsScan,
    testing::Values(
        StsCase{"STS_010", {30, 4, 0}, 56463, -468.476600, 1508.5676, 16.357318, -86.404445, 0.494823300},
        StsCase{"STS_001", {24, 20, 0}, 101598, -222.116768, 1358.7318, 13.086756, -108.566976, 0.669974578},
        StsCase{"STS_050", {10, 32, 0}, 46800, -336.160212, 1460.9906, 5.885523, 47.724274, 0.516996572}),
    [](const auto& info) { return info.param.name; });

TEST(RealScans, AnMrGridOffTheLatticeIsRefusedOrResampled) {
  SKIP_WITHOUT_REAL_DATA();
  const std::string rows =
      "x,p,sts,MRI,ibsi-sts/STS_019/MR_T1_image.nii.gz,MRI\nx,p,sts,CT,ibsi-sts/STS_019/CT_image.nii.gz,\n";
  const TempFolder folder;
  EXPECT_THROW(import_list(folder, rows, ResampleRule::kRefuse), Error);
  const TempFolder other;
  const auto store = import_list(other, rows, ResampleRule::kLinear);
  EXPECT_EQ(store.cases()[0].find(Modality::kCT)->source["transforms"][0]["method"], "linear");
}

TEST(RealScans, BratsMetIsReadByItsLayout) {
  SKIP_WITHOUT_REAL_DATA();
  const TempFolder folder;
  ImportOptions options;
  options.layout = "brats";
  options.root = kReal / "brats-met";
  options.out = folder.path() / "store";
  const auto report = import_dataset(options);
  EXPECT_EQ(report.imported, 1U);
  EXPECT_TRUE(report.unknown.empty());
  const SliceStore store(options.out);
  const auto& stored = store.find("brats/BraTS-MET-00110-000");
  EXPECT_EQ(stored.id.patient, "BraTS-MET-00110");
  EXPECT_EQ(stored.group, "MET");
  EXPECT_EQ(stored.shape, (std::array<int64_t, 3>{155, 240, 240}));
  const auto mask = store.mask(stored);
  EXPECT_EQ(std::count(mask.begin(), mask.end(), 1), 1617895) << "README: voxels non-zero in any contrast";
  // Stored RAS: the canonical grid runs the other way along i and j.
  const Volume t1c = read_volume(kReal / "brats-met/BraTS-MET-00110-000/BraTS-MET-00110-000-t1c.nii.gz");
  const auto view = store.volume(stored, Modality::kT1c);
  for (const auto& [i, j, k] : {std::array<int64_t, 3>{100, 120, 80}, {60, 90, 70}, {150, 60, 100}}) {
    EXPECT_EQ(view.value(k, 239 - j, 239 - i), t1c.at(i, j, k));
  }
  const auto values = view.read_all();
  EXPECT_EQ(*std::max_element(values.begin(), values.end()), 1792);
  EXPECT_EQ(stored.find(Modality::kT1c)->dtype, DType::kI16);
}

struct BrainRow {
  const char* column;
  const char* path;
  double minimum, maximum;  // README
};

TEST(RealScans, BrainsOfThreeSourcesKeepTheirValues) {
  SKIP_WITHOUT_REAL_DATA();
  const std::vector<BrainRow> rows{
      {"tcga,tcga,brats,T1", "brats-toolkit/TCGA-DU-7294/TCGA-DU-7294_t1_bet.nii.gz", -69, 837},
      {"tcga,tcga,brats,T1c", "brats-toolkit/TCGA-DU-7294/TCGA-DU-7294_t1c_bet.nii.gz", -105, 2030},
      {"tcga,tcga,brats,T2", "brats-toolkit/TCGA-DU-7294/TCGA-DU-7294_t2_bet.nii.gz", -122, 2659},
      {"tcga,tcga,brats,FLAIR", "brats-toolkit/TCGA-DU-7294/TCGA-DU-7294_fla_bet.nii.gz", -54, 783},
      {"ms,ms,brats,T1", "open-ms/patient07/T1.nii.gz", -51.1287, 1337.15},
      {"ms,ms,brats,FLAIR", "open-ms/patient07/FLAIR.nii.gz", -19.6717, 200.422},
      {"stroke,stroke,brats,T1", "stroke-3contrast/T1.nii.gz", 0, 252},
      {"stroke,stroke,brats,T2", "stroke-3contrast/T2.nii.gz", 0, 503.969},
      {"stroke,stroke,brats,FLAIR", "stroke-3contrast/FLAIR.nii.gz", 0, 255}};
  std::string list;
  for (const auto& row : rows) list += fmt::format("{},{},\n", row.column, row.path);
  const TempFolder folder;
  const auto store = import_list(folder, list, ResampleRule::kRefuse);
  ASSERT_EQ(store.cases().size(), 3U);
  for (const auto& row : rows) {
    const std::string column = row.column;
    const auto& stored = store.find("pairs/" + column.substr(0, column.find(',')));
    const auto modality = parse_modality(column.substr(column.rfind(',') + 1), "test");
    const auto values = store.volume(stored, modality).read_all();
    EXPECT_NEAR(*std::min_element(values.begin(), values.end()), row.minimum, 1e-3) << row.path;
    EXPECT_NEAR(*std::max_element(values.begin(), values.end()), row.maximum, 6e-3) << row.path;
  }
  const auto mask = store.mask(store.find("pairs/tcga"));
  EXPECT_EQ(std::count(mask.begin(), mask.end(), 1), 1246059) << "README: non-zero in any of the four";
  EXPECT_EQ(store.find("pairs/ms").find(Modality::kT1)->source["axes"], "LAS");
  EXPECT_NEAR(store.find("pairs/stroke").find(Modality::kT2)->source["slope"].get<double>(), 2.0078, 5e-5);
}

TEST(RealScans, TheSmokeListImportsWholly) {
  SKIP_WITHOUT_REAL_DATA();
  const TempFolder folder;
  ImportOptions options;
  options.layout = "pairs";
  options.dataset = "real-smoke";
  options.root = kReal;
  options.list = fs::path(SYNERBENCH_SOURCE_DIR) / "data/real-smoke/pairs.csv";
  options.out = folder.path() / "store";
  options.pixels.resample = ResampleRule::kLinear;
  options.threads = 2;
  EXPECT_EQ(import_dataset(options).imported, 13U);
  const SliceStore store(options.out);
  const auto tasks = std::vector<Task>{{"", "sts", Modality::kMRI, Modality::kCT},
                                       {"", "sts", Modality::kCT, Modality::kPET},
                                       {"", "brats", Modality::kT1, Modality::kT1c},
                                       {"", "brats", Modality::kFLAIR, Modality::kT2}};
  for (const auto& task : tasks) {
    EXPECT_GE(store.cases_for(task, Split::kTrain).size(), 2U) << task.region;
    EXPECT_GE(store.cases_for(task, Split::kTest).size(), 1U) << task.region;
    for (const auto* stored : store.cases_for(task)) {
      EXPECT_EQ(stored->find(Modality::kCBCT), nullptr);
      const auto mask = store.mask(*stored);
      EXPECT_GT(std::count(mask.begin(), mask.end(), 1), 0) << stored->id.text();
    }
  }
}

}  // namespace
}  // namespace synerbench
