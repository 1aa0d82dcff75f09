// Discovery, driven by the texts in discovery/: a tree of empty files, and what has to be found in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/import/layouts.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream stream(path);
}

std::string text_of(const Discovery& discovery) {
  std::string text;
  const auto or_dash = [](const std::string& s) { return s.empty() ? "-" : s; };
  for (const auto& found : discovery.cases) {
    text +=
        fmt::format("case {} patient={} {} {} {} grid={} mask={}\n", found.name, found.patient, found.region,
                    or_dash(found.group), found.plane, name_of(found.grid), or_dash(found.mask));
    for (const auto& volume : found.volumes)
      text += fmt::format("  {}={}\n", name_of(volume.modality), volume.path);
  }
  for (const auto& broken : discovery.broken) {
    text += fmt::format("broken {} {}: {}\n", broken.name, broken.path, broken.reason);
  }
  for (const auto& path : discovery.unknown) text += fmt::format("unknown {}\n", path);
  for (const auto& note : discovery.notes) text += fmt::format("note {}\n", note);
  return text;
}

class DiscoveryText : public testing::TestWithParam<fs::path> {};

TEST_P(DiscoveryText, FindsWhatTheTextSays) {
  std::ifstream stream(GetParam());
  std::string layout, expected, line, part = "head";
  const TempFolder folder;
  while (std::getline(stream, line)) {
    if (line.rfind("--- ", 0) == 0) {
      part = line.substr(4);
    } else if (part == "head" && line.rfind("layout ", 0) == 0) {
      layout = line.substr(7);
    } else if (part == "files" && line.rfind("link ", 0) == 0) {  // link NAME -> TARGET
      const auto arrow = line.find(" -> ");
      const fs::path link = folder.path() / line.substr(5, arrow - 5);
      fs::create_directories(link.parent_path());
      fs::create_symlink(line.substr(arrow + 4), link);
    } else if (part == "files" && !line.empty()) {
      touch(folder.path() / line);
    } else if (part == "expect") {
      expected += line + "\n";
    }
  }
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(text_of(layout_named(layout).discover({folder.path(), {}})), expected);
}

std::vector<fs::path> discovery_texts() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(SYNERBENCH_SOURCE_DIR "/tests/import/discovery")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

INSTANTIATE_TEST_SUITE_P(Texts, DiscoveryText, testing::ValuesIn(discovery_texts()), [](const auto& info) {
  std::string name = info.param.stem().string();
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
});

TEST(Layouts, ThePatientFolderItselfCanBeTheRoot) {
  const TempFolder folder;
  touch(folder.path() / "PETCT_1/study/CTres.nii.gz");
  touch(folder.path() / "1BA001/ct.nii.gz");
  EXPECT_EQ(discover_autopet({folder.path() / "PETCT_1", {}}).cases.size(), 1U);
  EXPECT_EQ(discover_autopet({folder.path() / "PETCT_1/study", {}}).cases.size(), 1U);
  EXPECT_EQ(discover_synthrad2023({folder.path() / "1BA001", {}}).cases.size(), 1U);
}

TEST(Layouts, AnUnknownNameGetsASuggestion) {
  try {
    layout_named("synthrad2032");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"synthrad2023\"?"));
  }
}

TEST(Layouts, AnEmptyTreeShowsWhatWasLookedForAndWhichLayoutWouldFit) {
  const TempFolder folder;
  touch(folder.path() / "BraTS2021_00000/BraTS2021_00000_t1.nii.gz");
  try {
    throw_nothing_found(layout_named("myops"), {folder.path(), {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("myops_training_101_{C0,DE,T2}.nii.gz"));
    EXPECT_THAT(error.what(), HasSubstr("layout \"brats\" would find 1 case here"));
  }
}

TEST(Layouts, ChannelsOfNnUnetAreNotAutoPetUnlessTheNamesSaySo) {
  const auto hint = [](const std::string& name) {
    const TempFolder folder;
    touch(folder.path() / "imagesTr" / (name + "_0000.nii.gz"));
    touch(folder.path() / "imagesTr" / (name + "_0001.nii.gz"));
    try {
      throw_nothing_found(layout_named("synthrad2023"), {folder.path(), {}});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(hint("liver_01"), AllOf(HasSubstr("import mapping --map FILE"), Not(HasSubstr("autopet"))));
  EXPECT_THAT(hint("fdg_0011f3deaf_03-23-2003"), HasSubstr("layout \"autopet\" would find 1 case here"));
}

// Images first, since they are what was meant; and no more than three.
TEST(Layouts, NothingFoundShowsWhatIsThereAndWhatNearlyFits) {
  const TempFolder folder;
  touch(folder.path() / "a.csv");
  touch(folder.path() / "b.dat");
  touch(folder.path() / "BraTS2021_00000_T5.nii.gz");
  touch(folder.path() / "brats_odd.nii");
  touch(folder.path() / "c.nrrd");
  try {
    throw_nothing_found(layout_named("brats"), {folder.path(), {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("it holds\n"
                          "      BraTS2021_00000_T5.nii.gz\n"
                          "      brats_odd.nii\n"
                          "      c.nrrd: this kind of image is not read; convert it to .nii.gz or .mha\n"
                          "      ... and 2 more\n"));
    EXPECT_THAT(error.what(), HasSubstr("2 files look like BraTS but are not recognized, the first: "
                                        "BraTS2021_00000_T5.nii.gz"));
    EXPECT_THAT(error.what(), HasSubstr("BraTS20_Training_001/"));
  }
  const TempFolder empty;
  try {
    throw_nothing_found(layout_named("brats"), {empty.path(), {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("the folder holds no file"));
  }
}

TEST(Layouts, TheTableListsEveryLayoutWithTreeAndSource) {
  const std::string text = layouts_text();
  for (const auto& layout : layouts()) {
    EXPECT_THAT(text, HasSubstr(layout.name));
    EXPECT_FALSE(layout.description.empty());
    EXPECT_FALSE(layout.example.empty());
    EXPECT_FALSE(layout.source.empty());
  }
  EXPECT_EQ(layouts_json().size(), 7U);
}

// See Note [BraTS editions].
TEST(Brats, TwoEditionsMustNotShareAStore) {
  EXPECT_NO_THROW(check_brats_together({"BraTS-GLI-00001-000", "BraTS-MET-00110-000"}));
  EXPECT_NO_THROW(check_brats_together({"BraTS2021_00000", "BraTS2021_00001"}));
  try {
    check_brats_together({"BraTS20_Training_001", "BraTS2021_00000"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("2020 (BraTS20_Training_001), 2021 (BraTS2021_00000)"));
  }
  // Each of these holds people of the others.
  const std::vector<std::string> editions{
      "Brats17_CBICA_AAB_1", "Brats18_CBICA_AAB_1",  "BraTS19_CBICA_AAB_1", "BraTS20_Training_001",
      "BraTS2021_00000",     "BraTSReg_001_00_0000", "BraTS-GLI-00001-000", "BraTS-GoAT-00000"};
  for (const auto& one : editions) {
    for (const auto& other : editions) {
      if (one == other) {
        EXPECT_NO_THROW(check_brats_together({one, other}));
      } else {
        EXPECT_THROW(check_brats_together({one, other}), Error) << one << " " << other;
      }
    }
  }
}

TEST(Discovery, CasesWithoutASourceImageAndFoldersWithoutImagesAreNamed) {
  const TempFolder folder;
  for (const char* file : {"1BA001/ct.nii.gz", "1BA001/mr.nii.gz", "1BA002/ct.nii.gz", "1BA002/mask.nii.gz",
                           "1BA004/overview.png"})
    touch(folder.path() / file);
  fs::create_directories(folder.path() / "1BA003");
  const auto text = text_of(discover_synthrad2023({folder.path(), {}}));
  EXPECT_THAT(text, HasSubstr("note 1 of 2 cases have no MR or CBCT, the first: 1BA002"));
  EXPECT_THAT(text, HasSubstr("note not read: 1BA003: is an empty folder"));
  EXPECT_THAT(text, HasSubstr("note 1 folder of a patient holds no image that is read, the first: 1BA004"));

  const TempFolder pet;
  for (const char* file : {"PETCT_1/s/SUV.nii.gz", "PETCT_2/s/SUV.nii.gz", "PETCT_2/s/CTres.nii.gz"})
    touch(pet.path() / file);
  EXPECT_THAT(text_of(discover_autopet({pet.path(), {}})),
              HasSubstr("note 1 of 2 studies have no CT, the first: PETCT_1_s"));
}

TEST(Discovery, WholeCasesRaiseNoNote) {
  const TempFolder folder;
  for (const char* file : {"1BA001/ct.nii.gz", "1BA001/mr.nii.gz", "1BA001/mask.nii.gz", "2BA001/ct.nii.gz",
                           "2BA001/cbct.nii.gz", "overview/1BA001.png"})
    touch(folder.path() / file);
  EXPECT_THAT(text_of(discover_synthrad2023({folder.path(), {}})), Not(HasSubstr("note")));
}

}  // namespace
}  // namespace synerbench
