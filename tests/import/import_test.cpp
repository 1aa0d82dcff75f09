// Whole imports of small generated trees.
#include "harness/data/import/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "harness/core/error.h"
#include "harness/data/store_summary.h"
#include "tests/import/made_trees.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace testing_support;

class Import : public testing::Test {
 protected:
  Import() {
    options_.root = folder_.path() / "tree";
    options_.out = folder_.path() / "store";
  }
  ImportReport import(const std::string& layout) {
    options_.layout = layout;
    return import_dataset(options_);
  }
  SliceStore store() const { return SliceStore(options_.out); }
  fs::path tree(const std::string& path) const { return options_.root / path; }
  void write_list(const std::string& text) {
    options_.list = tree("list.csv");
    write_file(options_.list, text);
  }
  std::string error_of(const std::string& layout, ExitCode code = ExitCode::kBadInput) {
    try {
      import(layout);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }
  TempFolder folder_;
  ImportOptions options_;
};

// The stored values in the canonical order, so that they can be compared with to_canonical of the source.
std::vector<float> stored_voxels(const SliceStore& store, const StoredCase& stored, Modality modality) {
  const auto values = store.volume(stored, modality).read_all();
  const auto voxels = from_plane<double>(values, stored.geometry, stored.plane);
  return {voxels.begin(), voxels.end()};
}

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

TEST_F(Import, ASecondBratsEditionIsRefusedBesideTheFirst) {
  const auto grid = axis_grid({6, 6, 3});
  write_volume(tree("a/BraTS2021_00000/BraTS2021_00000_t1.nii.gz"), made_mr(grid), PixelType::kFloat32);
  write_volume(tree("b/BraTS20_Training_001/BraTS20_Training_001_t1.nii"), made_mr(grid),
               PixelType::kFloat32);
  const auto root = options_.root;
  EXPECT_THAT(error_of("brats", ExitCode::kUsage), HasSubstr("several BraTS editions"));
  options_.root = root / "a";
  import("brats");
  options_.root = root / "b";
  EXPECT_THAT(error_of("brats", ExitCode::kUsage), HasSubstr("several BraTS editions"));
  EXPECT_EQ(store().cases().size(), 1U);
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

TEST_F(Import, PlaneCanBeChosenForAll) {
  make_synthrad2023(options_.root, 1);
  options_.pixels.plane = "coronal";
  import("synthrad2023");
  EXPECT_EQ(store().cases()[0].plane, "coronal");
}

// --- grids -------------------------------------------------------------------------------------------------

TEST_F(Import, AGridWithinTheToleranceIsTheSameGrid) {
  auto grid = axis_grid({9, 8, 4});
  write_volume(tree("1BA001/ct.nii.gz"), made_ct(grid), PixelType::kInt16);
  grid.origin[0] += 0.018;  // what real headers show
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  import("synthrad2023");
  const auto store = this->store();
  EXPECT_EQ(stored_voxels(store, store.cases()[0], Modality::kMRI), made_mr(grid).voxels)
      << "not interpolated";
  EXPECT_TRUE(store.cases()[0].find(Modality::kMRI)->source["transforms"].empty());
}

TEST_F(Import, AnotherGridIsRefusedUnlessTheRuleSaysOtherwise) {
  auto grid = axis_grid({9, 8, 4});
  write_volume(tree("1BA001/ct.nii.gz"), made_ct(grid), PixelType::kInt16);
  grid.origin[0] += 0.5;
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  const auto message = error_of("synthrad2023");
  EXPECT_THAT(message, HasSubstr("mr.nii.gz"));
  EXPECT_THAT(message, HasSubstr("is not on the grid of 1BA001/ct.nii.gz: "));
  EXPECT_THAT(message, HasSubstr("a corner is 0.5 voxels away"));
  EXPECT_THAT(message, HasSubstr("--resample linear"));

  options_.pixels.resample = ResampleRule::kLinear;
  options_.out = folder_.path() / "linear";
  import("synthrad2023");
  const auto store = this->store();
  const auto& stored = store.cases()[0];
  const auto& transform = stored.find(Modality::kMRI)->source["transforms"][0];
  EXPECT_EQ(transform["kind"], "resample");
  EXPECT_EQ(transform["method"], "linear");
  EXPECT_EQ(transform["grid_of"], "1BA001/ct.nii.gz");
  EXPECT_EQ(transform["voxels_inside"], 8 * 8 * 4);
  EXPECT_TRUE(stored.find(Modality::kCT)->source["transforms"].empty());
  const auto mr = made_mr(grid);
  const auto values = stored_voxels(store, stored, Modality::kMRI);
  const auto voxel = [&](int64_t i, int64_t j, int64_t k) {
    return values[static_cast<size_t>((k * 8 + j) * 9 + i)];
  };
  EXPECT_NEAR(voxel(5, 4, 2), (mr.at(4, 4, 2) + mr.at(5, 4, 2)) / 2, 1e-3);
  EXPECT_EQ(voxel(0, 4, 2), 0) << "outside the MR: nothing";
}

TEST_F(Import, OnTheSameLatticeACropIsExact) {
  // The MR reaches beyond the CT on every side, so every border of the crop shows.
  const auto ct_grid = axis_grid({7, 6, 5});
  auto mr_grid = axis_grid({12, 10, 8});
  mr_grid.origin = ct_grid.to_world(-2, -3, -1.012);  // off by less than the tolerance, as real headers are
  const auto ct = make_volume(
      ct_grid, [](int64_t i, int64_t j, int64_t k) { return static_cast<float>(100 * k + 10 * j + i); });
  write_volume(tree("1BA001/ct.nii.gz"), ct, PixelType::kInt16);
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(mr_grid), PixelType::kFloat32);
  write_list(
      "case,patient,region,modality,path,grid\n"
      "c,p,sts,CT,1BA001/ct.nii.gz,\n"
      "c,p,sts,MRI,1BA001/mr.nii.gz,MRI\n");
  options_.pixels.resample = ResampleRule::kLinear;
  import("pairs");
  const auto store = this->store();
  const auto& stored = store.cases()[0];
  EXPECT_EQ(stored.geometry.size, mr_grid.size);
  const auto& transform = stored.find(Modality::kCT)->source["transforms"][0];
  EXPECT_EQ(transform["kind"], "crop");
  EXPECT_EQ(transform["offset"], (Json{-2, -3, -1}));
  EXPECT_EQ(transform["outside"], -1000);
  EXPECT_EQ(transform["voxels_inside"], 7 * 6 * 5);
  EXPECT_EQ(stored.find(Modality::kCT)->dtype, DType::kI16) << "still whole HU";
  const auto view = store.volume(stored, Modality::kCT);
  for (int64_t k = 0; k < 8; ++k) {
    for (int64_t j = 0; j < 10; ++j) {
      for (int64_t i = 0; i < 12; ++i) {
        const bool inside = i >= 2 && i < 9 && j >= 3 && j < 9 && k >= 1 && k < 6;
        ASSERT_EQ(view.value(k, j, i), inside ? 100 * (k - 1) + 10 * (j - 3) + i - 2 : -1000) << i << j << k;
      }
    }
  }
}

TEST_F(Import, VolumesOfDifferentPlacesInTheWorldAreNoPair) {
  auto grid = axis_grid({9, 8, 4});
  write_volume(tree("1BA001/ct.nii.gz"), made_ct(grid), PixelType::kInt16);
  grid.origin[0] += 500;
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  options_.pixels.resample = ResampleRule::kLinear;
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("does not overlap"));
}

TEST_F(Import, AMaskOnAnotherGridIsResampledByNearestNeighbor) {
  const auto grid = axis_grid({8, 8, 4});
  auto fine = grid;
  for (size_t axis = 0; axis < 3; ++axis) {
    fine.size[axis] *= 2;
    fine.spacing[axis] /= 2;
    fine.origin[axis] -= fine.spacing[axis] / 4;  // between two fine voxels, nearer to one
  }
  write_volume(tree("1BA001/mr.nii.gz"), made_mr(grid), PixelType::kFloat32);
  write_volume(tree("1BA001/mask.nii.gz"),
               make_volume(fine, [](int64_t i, int64_t, int64_t) { return i < 8 ? 1.F : 0.F; }),
               PixelType::kUInt8);
  options_.pixels.resample = ResampleRule::kLinear;
  import("synthrad2023");
  const auto store = this->store();
  const auto mask = store.mask(store.cases()[0]);
  for (size_t v = 0; v < mask.size(); ++v) ASSERT_EQ(mask[v], v % 8 < 4) << v;
  EXPECT_EQ(store.cases()[0].mask_source["transforms"][0]["method"], "nearest");
}

// --- trouble -----------------------------------------------------------------------------------------------

TEST_F(Import, AnEmptyMaskIsABadCase) {
  make_synthrad2023(options_.root, 1);
  write_volume(tree("Task1/brain/1BA001/mask.nii.gz"),
               make_volume(axis_grid({10, 12, 4}, "RAS"), [](int64_t, int64_t, int64_t) { return 0.F; }),
               PixelType::kUInt8);
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("no voxel inside"));
}

TEST_F(Import, TheFirstBadFileStopsTheImportAndWhatIsDoneStaysDone) {
  make_synthrad2023(options_.root, 5);
  const auto path = tree("Task1/brain/1BC003/mr.nii.gz");
  const auto good = read_file(path);
  write_file(path, good.substr(0, good.size() / 2));
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("1BC003/mr.nii.gz"));
  EXPECT_THROW(store(), Error);
  write_file(path, good);
  const auto report = import("synthrad2023");
  EXPECT_GE(report.reused, 2U);
  EXPECT_EQ(report.reused + report.imported, 5U);
  const auto resumed = contents(options_.out);
  options_.out = folder_.path() / "fresh";
  EXPECT_EQ(import("synthrad2023").imported, 5U);
  EXPECT_EQ(contents(options_.out), resumed);
}

TEST_F(Import, SkipBadListsDamagedCasesAndGoesOn) {
  make_synthrad2023(options_.root, 4);
  const auto cut = tree("Task1/brain/1BB002/ct.nii.gz");
  write_file(cut, read_file(cut).substr(0, 40));
  fs::create_directories(tree("copy/1BC003"));
  fs::copy_file(tree("Task1/brain/1BC003/ct.nii.gz"), tree("copy/1BC003/ct.nii.gz"));
  write_file(tree("Task1/brain/1BA001/strange.dat"), "x");
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("two files for CT"));
  options_.skip_bad = true;
  const auto report = import("synthrad2023");
  EXPECT_EQ(report.imported, 2U);
  ASSERT_EQ(report.skipped.size(), 2U);
  EXPECT_EQ(report.skipped[0].name, "1BB002");
  EXPECT_EQ(report.skipped[0].path, "Task1/brain/1BB002/ct.nii.gz");
  EXPECT_EQ(report.skipped[1].name, "1BC003");
  EXPECT_THAT(report.unknown, ElementsAre("Task1/brain/1BA001/strange.dat"));
  const auto csv = read_file(options_.out / "skipped-synthrad2023.csv");
  EXPECT_THAT(csv, testing::StartsWith("case,path,reason\n1BB002,Task1/brain/1BB002/ct.nii.gz,"));
  EXPECT_EQ(store().cases().size(), 2U);
  EXPECT_TRUE(store().verify().empty());
}

TEST_F(Import, AClosedFolderIsNamedAsAFolderAndNotAsACase) {
  make_synthrad2023(options_.root, 2);
  const fs::path closed = tree("Task1/brain/1BA001");
  fs::permissions(closed, fs::perms::none);
  const bool readable = ::access(closed.c_str(), R_OK) == 0;
  const std::string message = readable ? "" : error_of("synthrad2023");
  fs::permissions(closed, fs::perms::owner_all);
  if (readable) GTEST_SKIP() << "this user may list every folder";
  EXPECT_THAT(message, HasSubstr("1BA001: this folder cannot be listed (Permission denied), so the cases in "
                                 "it are not known"));
  EXPECT_THAT(message, HasSubstr("make it readable, or go on without what is in it with --skip-bad"));
}

TEST_F(Import, NothingButBadCasesIsAnErrorEvenWhenSkipping) {
  make_synthrad2023(options_.root, 1);
  write_file(tree("Task1/brain/1BA001/ct.nii.gz"), "x");
  options_.skip_bad = true;
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("none of 1 cases"));
}

TEST_F(Import, AListedFileThatIsMissingIsABadCase) {
  const auto grid = axis_grid({7, 6, 5});
  write_volume(tree("a.nii"), made_mr(grid), PixelType::kFloat32);
  write_list("case,patient,region,modality,path\nc,p,brats,T1,a.nii\nd,q,brats,T1,b.nii\n");
  EXPECT_THAT(error_of("pairs"),
              AllOf(HasSubstr("b.nii: cannot be opened (No such file"), HasSubstr("row 3 names it")));
  // A cut line ends in a name that is none of an image; a sound file that is damaged is not the list's fault.
  write_list("case,patient,region,modality,path\nc,p,brats,T1,a.n\n");
  EXPECT_THAT(error_of("pairs"), AllOf(HasSubstr("does not end in .nii"), HasSubstr("row 2 names it")));
  // It is there, and of a kind that is not read: the way out is another one.
  write_file(tree("c.mgz"), "x");
  write_list("case,patient,region,modality,path\nc,p,brats,T1,c.mgz\n");
  EXPECT_THAT(error_of("pairs"),
              AllOf(HasSubstr("convert it to .nii.gz or .mha"), HasSubstr("row 2 names it")));
  write_list("case,patient,region,modality,path\nc,p,brats,T1,A.nii\n");
  EXPECT_THAT(error_of("pairs"), HasSubstr("\"a.nii\" is there, in other letters"));
  write_file(tree("b.nii"), "x");
  write_list("case,patient,region,modality,path\nc,p,brats,T1,a.nii\nd,q,brats,T1,b.nii\n");
  EXPECT_THAT(error_of("pairs"), testing::Not(HasSubstr("names it")));
  fs::remove(tree("b.nii"));
  options_.skip_bad = true;
  EXPECT_EQ(import("pairs").skipped.size(), 1U);
}

TEST_F(Import, PatientsThatMayBeOneAreNoted) {
  const auto grid = axis_grid({7, 6, 5});
  for (unsigned i = 0; i < 4; ++i) {
    Volume volume = made_mr(grid);
    for (size_t v = 0; v < volume.voxels.size(); ++v)
      if (volume.voxels[v] != 0) volume.voxels[v] += static_cast<float>(v * (i + 3) % 17);
    write_volume(tree(std::to_string(i) + ".nii"), volume, PixelType::kFloat32);
  }
  const auto notes_of = [&](const char* first, const char* second) {
    write_list(std::string("case,patient,region,modality,path\na,") + first + ",brats,T1,0.nii\nb," + second +
               ",brats,T1,1.nii\n");
    options_.out = folder_.path() / (std::string("store") + first + second);
    return import("pairs").notes;
  };
  EXPECT_THAT(notes_of("P01", "p1"),
              testing::Contains(
                  HasSubstr("patients \"P01\" and \"p1\" differ in case, leading zeros or separators")));
  EXPECT_THAT(notes_of("a_1", "a-001"), testing::Contains(HasSubstr("count as two")));
  EXPECT_THAT(notes_of("a10", "a100"), Not(testing::Contains(HasSubstr("count as two"))));
  EXPECT_THAT(notes_of("a1_1", "a11"), Not(testing::Contains(HasSubstr("count as two"))));
}

TEST_F(Import, UsageMistakesAreFoundBeforeAnyWork) {
  make_synthrad2023(options_.root, 1);
  options_.threads = 0;
  error_of("synthrad2023", ExitCode::kUsage);
  options_.threads = 1;
  options_.split.test = 0.5;
  error_of("synthrad2023", ExitCode::kUsage);
  options_.split.test = 0.2;
  options_.dataset = "a/b";
  error_of("synthrad2023", ExitCode::kUsage);
  options_.dataset.clear();
  options_.pixels.plane = "sagittal";
  error_of("synthrad2023", ExitCode::kUsage);
  options_.pixels.plane.clear();
  EXPECT_THAT(error_of("brats", ExitCode::kUsage),
              HasSubstr("layout \"synthrad2023\" would find 1 case here"));
  EXPECT_THAT(error_of("pairs", ExitCode::kUsage), HasSubstr("needs a list"));
  EXPECT_FALSE(fs::exists(options_.out));
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

TEST_F(Import, TheFirstBadCaseIsNamedWhateverTheThreads) {
  make_synthrad2023(options_.root, 8);
  for (const char* name : {"1BB005", "1BA004", "1BB008"})
    write_file(tree(fmt::format("Task1/brain/{}/ct.nii.gz", name)), "x");
  for (const int threads : {1, 2, 4}) {
    options_.threads = threads;
    options_.out = folder_.path() / std::to_string(threads);
    EXPECT_THAT(error_of("synthrad2023"), HasSubstr("1BA004/ct.nii.gz")) << threads;
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

TEST_F(Import, ADamagedDescriptionOfASimulatedCohortIsRefused) {
  make_synthrad2023(options_.root, 1);
  write_file(options_.root.parent_path() / "cohort.json", "{\"schema\": \"synerbench/phantom-cohort\"}");
  EXPECT_THAT(error_of("synthrad2023"), HasSubstr("synerbench phantom"));
  // Cut off: simulated patients would become real ones.
  write_file(options_.root.parent_path() / "cohort.json",
             "{\"schema\": \"synerbench/phantom-cohort\", \"coh");
  EXPECT_THAT(error_of("synthrad2023"),
              HasSubstr("cohort.json: speaks of synerbench/phantom-cohort and is damaged"));
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
