// Whole imports of small generated trees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/data/store_summary.h"
#include "tests/import/import_fixture.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using namespace testing_support;

using Import = ImportFixture;

TEST_F(Import, SynthRad2023KeepsValuesMaskAndOrientation) {
  make_synthrad2023(options_.root, 3);
  const auto report = import("synthrad2023");
  EXPECT_EQ(report.imported, 3U);
  EXPECT_TRUE(report.skipped.empty());
  const auto store = this->store();
  EXPECT_TRUE(store.verify().empty());
  const auto& stored = store.find("synthrad2023/1BB002");
  EXPECT_EQ(stored.region, "brain");
  EXPECT_EQ(stored.group, "B");
  EXPECT_EQ(stored.id.patient, "1BB002");
  EXPECT_EQ(stored.mask_rule, "file");
  EXPECT_EQ(stored.mask_source["path"], "Task1/brain/1BB002/mask.nii.gz");
  EXPECT_EQ(stored.find(Modality::kCT)->source["axes"], "RAS") << "what it was before";
  EXPECT_EQ(axes_of(stored.geometry), "LPS");
  const auto grid = axis_grid({10, 12, 4}, "RAS");
  const auto ct = to_canonical(made_ct(grid, 1)), mr = to_canonical(made_mr(grid, 1));
  EXPECT_EQ(stored_voxels(store, stored, Modality::kCT), ct.voxels);
  EXPECT_EQ(stored_voxels(store, stored, Modality::kMRI), mr.voxels);
  EXPECT_LT(grid_distance(stored.geometry, ct.geometry), 1e-5) << "float32 header fields";
  const auto mask = to_canonical(made_mask(grid));
  const auto stored_mask = store.mask(stored);
  for (size_t v = 0; v < stored_mask.size(); ++v) ASSERT_EQ(stored_mask[v], mask.voxels[v]);
  std::vector<float> inside;
  for (size_t v = 0; v < mr.voxels.size(); ++v) {
    if (mask.voxels[v] > 0) inside.push_back(mr.voxels[v]);
  }
  EXPECT_DOUBLE_EQ(stored.find(Modality::kMRI)->intensity.high, percentile(inside, 99.5));
}

TEST_F(Import, ManifestHoldsNoAbsolutePath) {
  make_synthrad2023(options_.root, 2);
  std::ofstream(tree("Task1/brain/1BA001/ct.nii.gz")) << "damaged";
  options_.skip_bad = true;
  import("synthrad2023");
  for (const char* file : {"manifest.json", "skipped-synthrad2023.csv"}) {
    EXPECT_THAT(read_file(options_.out / file), testing::Not(HasSubstr(folder_.path().string()))) << file;
  }
  EXPECT_EQ(store().imports()["synthrad2023"], import_rules(options_));
}

TEST_F(Import, SynthRad2025ReadsCompressedMetaImage) {
  const auto grid = axis_grid({11, 9, 5}, "LPS");
  const auto folder = tree("synthRAD2025_Task2_Train/Task2/TH/2THC042");
  write_volume(folder / "ct.mha", made_ct(grid), PixelType::kInt16);
  write_volume(folder / "cbct.mha", plus(made_ct(grid, 3), 20), PixelType::kInt16);
  write_volume(folder / "mask.mha", made_mask(grid), PixelType::kUInt8);
  import("synthrad2025");
  const auto store = this->store();
  const auto& stored = store.find("synthrad2025/2THC042");
  EXPECT_EQ(stored.region, "thorax");
  EXPECT_EQ(stored_voxels(store, stored, Modality::kCT), made_ct(grid).voxels);
  EXPECT_EQ(stored_voxels(store, stored, Modality::kCBCT), plus(made_ct(grid, 3), 20).voxels) << "HU stay HU";
  EXPECT_TRUE(stored.find(Modality::kCBCT)->source["transforms"].empty());
}

TEST_F(Import, CbctWithoutNegativeValuesIsShiftedToHuAndThatIsRecorded) {
  const auto grid = axis_grid({11, 9, 5}, "LPS");
  const auto folder = tree("Task2/pelvis/2PA001");
  write_volume(folder / "ct.nii.gz", made_ct(grid), PixelType::kInt16);
  write_volume(folder / "cbct.nii.gz", plus(made_ct(grid, 3), 1000), PixelType::kInt16);
  write_volume(folder / "mask.nii.gz", made_mask(grid), PixelType::kUInt8);
  import("synthrad2023");
  const auto store = this->store();
  const auto& stored = store.find("synthrad2023/2PA001");
  EXPECT_EQ(stored_voxels(store, stored, Modality::kCBCT), made_ct(grid, 3).voxels);
  const auto& transforms = stored.find(Modality::kCBCT)->source["transforms"];
  ASSERT_EQ(transforms.size(), 1U);
  EXPECT_EQ(transforms[0]["kind"], "cbct-offset");
  EXPECT_EQ(transforms[0]["add"], -1000);
  EXPECT_EQ(transforms[0]["minimum"], 0);

  options_.out = folder_.path() / "off";
  options_.pixels.cbct_offset = false;
  import("synthrad2023");
  const SliceStore off(options_.out);
  EXPECT_EQ(stored_voxels(off, off.cases()[0], Modality::kCBCT), plus(made_ct(grid, 3), 1000).voxels);
}

TEST_F(Import, CtOverBothEndsOfItsRangeIsKept) {
  const auto grid = axis_grid({8, 8, 3});
  const auto wide = make_volume(grid, [](int64_t i, int64_t j, int64_t k) {
    return i == 0 ? -2048.F : i == 1 && j == 1 && k == 1 ? 9000.F : 40.F;
  });
  write_volume(tree("1PA001/ct.nii.gz"), wide, PixelType::kInt16);
  write_volume(tree("1PA001/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  write_volume(tree("1PA001/mask.nii.gz"), made_mask(grid), PixelType::kUInt8);
  import("synthrad2023");
  const auto store = this->store();
  EXPECT_EQ(stored_voxels(store, store.cases()[0], Modality::kCT), wide.voxels);
}

TEST_F(Import, ValidationReleasesSimplyLackTheTarget) {
  const auto grid = axis_grid({8, 8, 3});
  write_volume(tree("Task1/brain/1BA011/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  write_volume(tree("Task1/brain/1BA011/mask.nii.gz"), made_mask(grid), PixelType::kUInt8);
  const auto report = import("synthrad2023");
  EXPECT_EQ(report.notes.size(), 1U);
  const auto store = this->store();
  EXPECT_EQ(store.cases()[0].find(Modality::kCT), nullptr);
  EXPECT_TRUE(store.cases_for({"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT}).empty());
}

TEST_F(Import, AutoPetIsCoronalWithTheHeadAtTheTop) {
  const auto grid = axis_grid({9, 7, 6}, "LAS");
  const std::string study =
      "FDG-PET-CT-Lesions/PETCT_0011f3deaf/03-23-2003-NA-PET-CT Ganzkoerper  primaer mit KM-10445";
  const auto suv = make_volume(
      grid, [](int64_t i, int64_t j, int64_t k) { return 0.01F * static_cast<float>(100 * k + 10 * j + i); });
  write_volume(tree(study) / "CTres.nii.gz", plus(made_ct(grid), 0.25F), PixelType::kFloat32);
  write_volume(tree(study) / "SUV.nii.gz", suv, PixelType::kFloat32);
  write_volume(tree(study) / "CT.nii.gz", made_ct(axis_grid({20, 20, 6})), PixelType::kInt16);
  import("autopet");
  const auto store = this->store();
  ASSERT_EQ(store.cases().size(), 1U);
  const auto& stored = store.cases()[0];
  EXPECT_EQ(stored.id.text(),
            "autopet/PETCT_0011f3deaf_03-23-2003-NA-PET-CT_Ganzkoerper_primaer_mit_KM-10445");
  EXPECT_EQ(stored.region, "wb");
  EXPECT_EQ(stored.plane, "coronal");
  EXPECT_EQ(stored.shape, (std::array<int64_t, 3>{7, 6, 9}));
  EXPECT_EQ(stored.mask_rule, "CT > -300 HU, solid components, filled");
  const auto view = store.volume(stored, Modality::kPET);
  // File axes L, A, S: canonical j runs the other way; the top row is the last k.
  EXPECT_EQ(view.value(0, 0, 0), static_cast<double>(suv.at(0, 6, 5)));
  EXPECT_EQ(view.value(2, 5, 8), static_cast<double>(suv.at(8, 4, 0)));
  EXPECT_EQ(stored.find(Modality::kPET)->intensity.rule, "fixed [0, 20] SUV");
}

TEST_F(Import, BratsMasksTheUnionOfNonzeroVoxelsAndKeepsNegativeValues) {
  const auto grid = axis_grid({8, 9, 5}, "RAS");
  std::vector<Volume> volumes;
  const char* names[] = {"t1n", "t1c", "t2w", "t2f"};
  for (int v = 0; v < 4; ++v) {
    auto volume = made_mr(grid, v);
    volume.voxels[static_cast<size_t>(v)] = -40;  // undershoot outside the brain, elsewhere in each contrast
    for (float& value : volume.voxels) value = std::floor(value);
    write_volume(tree(fmt::format("BraTS-MET-00007-001/BraTS-MET-00007-001-{}.nii.gz", names[v])), volume,
                 PixelType::kInt16);
    volumes.push_back(std::move(volume));
  }
  import("brats");
  const auto store = this->store();
  const auto& stored = store.find("brats/BraTS-MET-00007-001");
  EXPECT_EQ(stored.id.patient, "BraTS-MET-00007");
  EXPECT_EQ(stored.mask_rule, "union of visible non-zero voxels");
  const auto t2 = to_canonical(volumes[2]);
  EXPECT_EQ(stored_voxels(store, stored, Modality::kT2), t2.voxels);
  EXPECT_EQ(*std::min_element(t2.voxels.begin(), t2.voxels.end()), -40);
  auto all = volumes[0];
  for (size_t v = 0; v < all.voxels.size(); ++v) {
    all.voxels[v] = volumes[0].voxels[v] != 0 || volumes[1].voxels[v] != 0 || volumes[2].voxels[v] != 0 ||
                    volumes[3].voxels[v] != 0;
  }
  const auto wanted = to_canonical(all);
  const auto mask = store.mask(stored);
  for (size_t v = 0; v < mask.size(); ++v) ASSERT_EQ(mask[v], wanted.voxels[v]);
}

TEST_F(Import, MyopsHasThreeContrastsOfTheHeart) {
  const auto grid = axis_grid({12, 10, 3});
  for (const char* name : {"C0", "DE", "T2"}) {
    write_volume(tree(fmt::format("train25/myops_training_101_{}.nii.gz", name)), made_mr(grid, name[0]),
                 PixelType::kFloat32);
  }
  import("myops");
  const auto store = this->store();
  const auto& stored = store.find("myops/myops_101");
  EXPECT_EQ(stored.region, "heart");
  EXPECT_EQ(stored_voxels(store, stored, Modality::kLGE), made_mr(grid, 'D').voxels);
  EXPECT_EQ(stored_voxels(store, stored, Modality::kBSSFP), made_mr(grid, 'C').voxels);
}

TEST_F(Import, PairsTakesSplitGroupMaskAndPlaneFromTheList) {
  const auto grid = axis_grid({7, 6, 5});
  write_volume(tree("x/mr.nii"), made_mr(grid), PixelType::kFloat32);
  write_volume(tree("x/ct.mha"), made_ct(grid), PixelType::kInt16);
  auto mask = make_volume(grid, [](int64_t i, int64_t, int64_t) { return i > 2 ? 1.F : 0.F; });
  write_volume(tree("x/mask.nii.gz"), mask, PixelType::kUInt8);
  write_list(
      "case,patient,region,modality,path,mask,split,group,plane\n"
      "c1,p1,head-neck,MRI,x/mr.nii,x/mask.nii.gz,validation,north,coronal\n"
      "c1,p1,head-neck,CT,x/ct.mha,,,,\n");
  options_.dataset = "ours";
  import("pairs");
  const auto store = this->store();
  const auto& stored = store.find("ours/c1");
  EXPECT_EQ(stored.split, Split::kValidation);
  EXPECT_EQ(store.imports()["ours"]["split"], (Json{{"rule", "as listed"}}));
  EXPECT_EQ(stored.group, "north");
  EXPECT_EQ(stored.plane, "coronal");
  EXPECT_EQ(stored.mask_rule, "file");
  EXPECT_EQ(store.mask(stored),
            to_plane<uint8_t>(std::vector<uint8_t>(mask.voxels.begin(), mask.voxels.end()), stored.geometry,
                              "coronal"));
}

// --- sameness ----------------------------------------------------------------------------------------------

TEST_F(Import, OneAndTwoThreadsLeaveTheSameBytes) {
  make_synthrad2023(options_.root, 6);
  std::map<std::string, std::string> first;
  for (const int threads : {1, 2, 5}) {
    options_.threads = threads;
    options_.out = folder_.path() / std::to_string(threads);
    import("synthrad2023");
    if (first.empty()) first = contents(options_.out);
    EXPECT_EQ(contents(options_.out), first) << threads;
  }
}

TEST_F(Import, WhereTheTreeStandsDoesNotMatter) {
  make_synthrad2023(options_.root, 2);
  import("synthrad2023");
  const auto here = contents(options_.out);
  fs::rename(options_.root, folder_.path() / "moved");
  options_.root = folder_.path() / "moved";
  options_.out = folder_.path() / "there";
  import("synthrad2023");
  EXPECT_EQ(contents(options_.out), here);
}

TEST_F(Import, SimulatedPatientsAreSaidToBeSimulated) {
  make_synthrad2023(options_.root, 1);
  const Json cohort{{"schema", "synerbench/phantom-cohort"},
                    {"schema_version", 2},
                    {"cohort", "bench@1"},
                    {"size", "tiny"},
                    {"seed", 2601}};
  write_json(options_.root.parent_path() / "cohort.json", cohort);
  import("synthrad2023");
  EXPECT_EQ(store().simulated(), (std::map<std::string, std::string>{{"synthrad2023", "bench@1"}}));
  EXPECT_THAT(store_info_text(store()), HasSubstr("simulated patients, cohort bench@1"));
}

TEST_F(Import, AFileOfThatNameAloneMakesNobodySimulated) {
  make_synthrad2023(options_.root, 1);
  write_file(options_.root.parent_path() / "cohort.json", "{\"patients\": 3}");
  EXPECT_THAT(import("synthrad2023").notes,
              Contains(AllOf(HasSubstr("cohort.json"), HasSubstr("count as real"))));
  EXPECT_TRUE(store().simulated().empty());
  EXPECT_THAT(store_info_text(store()), Not(HasSubstr("simulated")));
}

TEST_F(Import, ASecondRunDoesNothingAndAChangedSourceIsDoneAgain) {
  make_synthrad2023(options_.root, 3);
  import("synthrad2023");
  const auto before = contents(options_.out);
  auto report = import("synthrad2023");
  EXPECT_EQ(report.reused, 3U);
  EXPECT_EQ(report.imported, 0U);
  EXPECT_EQ(contents(options_.out), before);
  write_volume(tree("Task1/brain/1BA001/ct.nii.gz"), made_ct(axis_grid({10, 12, 4}, "RAS"), 99),
               PixelType::kInt16);
  report = import("synthrad2023");
  EXPECT_EQ(report.reused, 2U);
  EXPECT_EQ(report.imported, 1U);
  EXPECT_NE(contents(options_.out), before);
  EXPECT_TRUE(store().verify().empty());
}

TEST_F(Import, AChangedListIsDoneAgainWhereItChanged) {
  const auto grid = axis_grid({7, 6, 5});
  write_volume(tree("a.nii"), made_mr(grid), PixelType::kFloat32);
  write_volume(tree("b.nii"), made_mr(grid, 1), PixelType::kFloat32);
  const std::string head = "case,patient,region,modality,path,split\nc,p,brats,T1,a.nii,train\n";
  write_list(head + "d,q,brats,T1,b.nii,train\n");
  import("pairs");
  EXPECT_EQ(store().find("pairs/d").split, Split::kTrain);
  write_list(head + "d,q,brats,T1,b.nii,test\n");
  const auto report = import("pairs");
  EXPECT_EQ(report.reused, 1U);
  EXPECT_EQ(report.imported, 1U);
  EXPECT_EQ(store().find("pairs/d").split, Split::kTest);
}

TEST_F(Import, TreesAddUpInOneStore) {
  make_synthrad2023(options_.root, 2);
  import("synthrad2023");
  const auto grid = axis_grid({6, 6, 3});
  write_volume(folder_.path() / "b/BraTS2021_00000/BraTS2021_00000_t1.nii.gz", made_mr(grid),
               PixelType::kFloat32);
  options_.root = folder_.path() / "b";
  const auto report = import("brats");
  EXPECT_EQ(report.in_store, 3U);
  EXPECT_EQ(store().imports().size(), 2U);
  const Json info = store_info(store());
  EXPECT_EQ(info["cases"], 3);
  EXPECT_EQ(info["regions"][0]["dataset"], "brats");
  EXPECT_EQ(info["regions"][1]["modalities"]["MRI"], 2);
  EXPECT_EQ(info["regions"][1]["groups"]["B"], 1);
  EXPECT_GT(info["bytes"].get<int64_t>(), 0);
  EXPECT_THAT(store_info_text(store()), HasSubstr("synthrad2023   brain"));
  EXPECT_THAT(store_ls_text(store()), HasSubstr("brats/BraTS2021_00000"));
  EXPECT_EQ(store_ls(store()).size(), 3U);
}

}  // namespace
}  // namespace synerbench
