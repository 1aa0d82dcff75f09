#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/import/layouts.h"
#include "harness/data/import/list_file.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

using testing::HasSubstr;

Discovery discover(const std::string& name, const std::string& text) {
  const TempFolder folder;
  write_file(folder.path() / name, text);
  return discover_pairs({folder.path(), folder.path() / name});
}

TEST(Pairs, ACsvBecomesCases) {
  const auto discovery = discover("list.csv",
                                  "\xEF\xBB\xBF# a comment, with a comma\r\n"
                                  "case,patient,region,modality,path,mask,split,group,grid,plane\r\n"
                                  "\r\n"
                                  "b-1,p2,brats,T1,\"x, y/t1.nii.gz\",,train,,,\r\n"
                                  "a-1 , p1,sts, MRI ,./a/../mr.nii.gz,body.nii.gz,test,north,CT,coronal\r\n"
                                  "a-1,p1,sts,CT,ct.nii.gz,,,,,\r\n"
                                  "b-1,p2,brats,T1c,\"say \"\"t1c\"\".nii.gz\",,,,,");
  ASSERT_EQ(discovery.cases.size(), 2U);
  const auto& a = discovery.cases[0];
  EXPECT_EQ(a.name, "a-1");
  EXPECT_EQ(a.patient, "p1");
  EXPECT_EQ(a.region, "sts");
  EXPECT_EQ(a.group, "north");
  EXPECT_EQ(a.plane, "coronal");
  EXPECT_EQ(a.mask, "body.nii.gz");
  EXPECT_EQ(a.split, Split::kTest);
  EXPECT_EQ(a.grid, Modality::kCT);
  ASSERT_EQ(a.volumes.size(), 2U);
  EXPECT_EQ(a.volumes[0].modality, Modality::kCT) << "in the order of modalities";
  EXPECT_EQ(a.volumes[1].path, "mr.nii.gz");
  const auto& b = discovery.cases[1];
  EXPECT_EQ(b.grid, Modality::kT1) << "the case's first row";
  EXPECT_EQ(b.plane, "axial");
  EXPECT_EQ(b.find(Modality::kT1)->path, "x, y/t1.nii.gz");
  EXPECT_EQ(b.find(Modality::kT1c)->path, "say \"t1c\".nii.gz");
}

TEST(Pairs, AJsonListSaysTheSame) {
  const auto discovery = discover("list.json", R"([
    {"case": "c", "patient": "p", "region": "wb", "modality": "CT", "path": "ct.mha"},
    {"case": "c", "patient": "p", "region": "wb", "modality": "PET", "path": "pet.mha", "grid": "PET"}])");
  ASSERT_EQ(discovery.cases.size(), 1U);
  EXPECT_EQ(discovery.cases[0].plane, "coronal") << "whole bodies are coronal";
  EXPECT_EQ(discovery.cases[0].grid, Modality::kPET);
  EXPECT_FALSE(discovery.cases[0].split.has_value());
}

struct Mistake {
  const char* name;
  const char* rows;
  const char* place;
  const char* message;
};

class PairsMistake : public testing::TestWithParam<Mistake> {};

TEST_P(PairsMistake, IsNamedWithItsRow) {
  try {
    discover("list.csv", GetParam().rows);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_THAT(error.place(), HasSubstr(GetParam().place));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

#define HEAD "case,patient,region,modality,path"
INSTANTIATE_TEST_SUITE_P(
    Table, PairsMistake,
    testing::Values(
        Mistake{"Empty", "", "list.csv", "is empty"},
        Mistake{"OnlyHead", HEAD "\n", "list.csv", "lists no volume"},
        Mistake{"UnknownColumn", HEAD ",masks\n", "row 1", "did you mean \"mask\"?"},
        Mistake{"MissingColumn", "case,patient,region,path\n", "row 1", "\"modality\" is missing"},
        Mistake{"TwiceTheColumn", HEAD ",path\n", "row 1", "appears twice"},
        Mistake{"TooFewCells", HEAD "\nc,p,sts,CT\n", "row 2", "4 cells, the first line names 5 columns"},
        Mistake{"TooManyCells", HEAD "\nc,p,sts,CT,a,b.nii\n", "row 2", "6 cells"},
        Mistake{"EmptyCell", HEAD "\nc,p,sts,CT,\n", "row 2", "\"path\" is empty"},
        Mistake{"UnknownModality", HEAD "\n# x\nc,p,brats,T1C,a.nii\n", "row 3", "did you mean \"T1c\"?"},
        Mistake{"UnknownRegion", HEAD "\nc,p,brian,CT,a.nii\n", "row 2", "did you mean \"brain\"?"},
        Mistake{"UnknownSplit", HEAD ",split\nc,p,sts,CT,a.nii,tset\n", "row 2", "did you mean \"test\"?"},
        Mistake{"UnknownPlane", HEAD ",plane\nc,p,sts,CT,a.nii,sagittal\n", "row 2", "unknown plane"},
        Mistake{"GridNotInCase", HEAD ",grid\nc,p,sts,CT,a.nii,PET\n", "row 2", "does not have"},
        Mistake{"BadName", HEAD "\nc 1,p,sts,CT,a.nii\n", "row 2", "\"c_1\""},
        Mistake{"BadPatient", HEAD "\nc,../p,sts,CT,a.nii\n", "row 2", "patient"},
        Mistake{"AbsolutePath", HEAD "\nc,p,sts,CT,/data/a.nii\n", "row 2", "the root given beside it"},
        Mistake{"TwiceTheModality", HEAD "\nc,p,sts,CT,a.nii\nc,p,sts,CT,b.nii\n", "row 3", "first in"},
        Mistake{"TwoPatients", HEAD "\nc,p,sts,CT,a.nii\nc,q,sts,MRI,b.nii\n", "row 3",
                "patient of case \"c\" is \"q\" here and \"p\""},
        Mistake{"TwoRegions", HEAD "\nc,p,sts,CT,a.nii\nc,p,wb,MRI,b.nii\n", "row 3", "region of case"},
        Mistake{"PatientInTwoSplits", HEAD ",split\nc,p,sts,CT,a.nii,train\nd,p,sts,CT,b.nii,test\n", "row 3",
                "patient \"p\" is in test here and in train"},
        Mistake{"SomeWithoutSplit", HEAD ",split\nc,p,sts,CT,a.nii,train\nd,q,sts,CT,b.nii,\n", "list.csv",
                "case \"d\" has none"},
        Mistake{"OpenQuote", HEAD "\nc,p,sts,CT,\"a.nii\n", "row 2", "does not end"},
        Mistake{"AfterQuote", HEAD "\nc,p,sts,CT,\"a\".nii\n", "row 2", "after a closing quote"},
        Mistake{"ControlCharacter", HEAD "\nc,p,sts,CT,a\x01.nii\n", "row 2", "control character"}),
    [](const auto& info) { return info.param.name; });

TEST(Pairs, JsonMistakesAreNamedToo) {
  const auto expect = [](const char* text, const char* message) {
    try {
      discover("list.json", text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  };
  expect("{}", "a list of objects");
  expect(R"([{"case": "c", "patient": "p", "region": "sts", "modality": "CT", "file": "x"}])",
         "/0: unknown column \"file\"");
  expect(R"([{"case": 7, "patient": "p", "region": "sts", "modality": "CT", "path": "x"}])",
         "/0/case: a text is wanted");
  expect("[", "not valid JSON");
}

TEST(Pairs, OtherEndingsAndMissingListsAreRefused) {
  EXPECT_THROW(discover("list.xlsx", "x"), Error);
  EXPECT_THROW(discover_pairs({".", "no/such/list.csv"}), Error);
}

}  // namespace
}  // namespace synerbench
