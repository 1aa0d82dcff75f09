#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/utf8.h"
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

#define HEAD "case,patient,region,modality,path"

const std::string kTwoRows = HEAD
    "\n"
    "c1,P01,brain,CT,a/ct.nii.gz\n"
    "c1,P01,brain,MRI,a/mr.nii.gz\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}
std::string utf16(const std::string& text, bool big_endian, bool mark) {
  std::string bytes;
  const auto unit = [&](unsigned value) {
    const char high = static_cast<char>(value >> 8), low = static_cast<char>(value & 0xFF);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  };
  if (mark) unit(0xFEFF);
  for (const char c : text) unit(static_cast<unsigned char>(c));
  return bytes;
}

// As spreadsheets, data frames and people on three systems write the same list.
TEST(Pairs, OneListHasManySpellings) {
  const std::string semicolons = replaced(kTwoRows, ",", ";"), tabs = replaced(kTwoRows, ",", "\t");
  const std::pair<const char*, std::string> spellings[] = {
      {"plain", kTwoRows},
      {"byte order mark", "\xEF\xBB\xBF" + kTwoRows},
      {"Windows lines", replaced(kTwoRows, "\n", "\r\n")},
      {"lines of old Macs", replaced(kTwoRows, "\n", "\r")},
      {"formulas that keep text", replaced(kTwoRows, "P01", "=\"P01\"")},
      {"formulas, quoted", replaced(kTwoRows, "P01", "\"=\"\"P01\"\"\"")},
      {"no last line end", kTwoRows.substr(0, kTwoRows.size() - 1)},
      {"cleared rows", replaced(kTwoRows, "\n", "\n,,,,\n , ,\t,\"\",\n")},
      {"columns without a name", replaced(kTwoRows, "\n", ",,\n")},
      {"a longer cleared row", kTwoRows + ",,,,,,,,\n"},
      {"empty cells at the end of a row", replaced(kTwoRows, ".gz\n", ".gz,,\n")},
      {"cells left out at the end", replaced(kTwoRows, HEAD, HEAD ",mask,split,group")},
      {"other case", replaced(kTwoRows, HEAD, "Case,PATIENT,Region,Modality,Path")},
      {"spaces", replaced(replaced(kTwoRows, ",", " , "), "case", " case")},
      {"no-break spaces", replaced(kTwoRows, ",CT,",
                                   ",\xC2\xA0"
                                   "CT\xE2\x80\x8B,")},
      {"quotes", replaced(replaced(kTwoRows, "c1", "\"c1\""), "case", "\"case\"")},
      {"blanks around a name in quotes", replaced(kTwoRows, "P01", "\" P01 \"")},
      {"blanks behind a path in quotes", replaced(kTwoRows, "a/ct.nii.gz", "\"a/ct.nii.gz  \"")},
      {"a line break at the end of a cell", replaced(kTwoRows, "a/ct.nii.gz", "\"a/ct.nii.gz\n\"")},
      {"semicolons", semicolons},
      {"semicolons and a mark", "\xEF\xBB\xBF" + replaced(semicolons, "\n", "\r\n")},
      {"tabs", tabs},
      {"the end of a file to DOS", kTwoRows + "\x1A"},
      {"bars", replaced(kTwoRows, ",", "|")},
      {"a line for Excel", "sep=;\r\n" + semicolons},
      {"a line for Excel, quoted", "\"sep=,\"\n" + kTwoRows},
      {"a line for Excel, tab", "sep=\t\n" + tabs},
      {"UTF-16", utf16(tabs, false, true)},
      {"UTF-16 of the other order", utf16(tabs, true, true)},
      {"UTF-16 without a mark", utf16(kTwoRows, false, false)},
      {"UTF-16 of the other order without a mark", utf16(kTwoRows, true, false)},
  };
  for (const auto& [name, text] : spellings) {
    for (const char* file : {"list.csv", "list.TSV", "list.txt"}) {
      SCOPED_TRACE(name);
      try {
        const auto discovery = discover(file, text);
        ASSERT_EQ(discovery.cases.size(), 1U);
        EXPECT_EQ(discovery.cases[0].name, "c1");
        EXPECT_EQ(discovery.cases[0].patient, "P01");
        EXPECT_EQ(discovery.cases[0].find(Modality::kCT)->path, "a/ct.nii.gz");
        EXPECT_EQ(discovery.cases[0].find(Modality::kMRI)->path, "a/mr.nii.gz");
        EXPECT_TRUE(discovery.notes.empty());
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
      }
    }
  }
}

TEST(Pairs, NamesKeepTheirLettersInEveryEncoding) {
  const std::string umlaut = replaced(kTwoRows, "a/ct", "\xC3\xA4/ct");
  EXPECT_EQ(discover("list.csv", umlaut).cases[0].find(Modality::kCT)->path, "\xC3\xA4/ct.nii.gz");
  std::string wide =
      utf16(replaced(kTwoRows, "a/ct", "\xE4/ct"), false, true);  // Latin-1 is the start of Unicode
  EXPECT_EQ(discover("list.csv", wide).cases[0].find(Modality::kCT)->path, "\xC3\xA4/ct.nii.gz");
}

TEST(Pairs, DataFramesWriteNullWhereNothingIs) {
  const auto discovery =
      discover("list.json", R"([{"Case": "c", "patient": "p", "region": "wb", "modality": "CT",
                                                     "path": "ct.mha", "mask": null, "split": null}])");
  EXPECT_EQ(discovery.cases[0].mask, "");
  EXPECT_FALSE(discovery.cases[0].split.has_value());
}

TEST(Pairs, NumbersThatASpreadsheetRewroteAreNoted) {
  const auto notes = discover("list.csv", HEAD
                              "\n"
                              "a,1,sts,CT,a.nii\n"
                              "b,1.0,sts,CT,b.nii\n")
                         .notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0], HasSubstr("like \"1.0\""));
  EXPECT_THAT(notes[0], HasSubstr("both are in this list, as two"));
}

TEST(Pairs, DatesThatASpreadsheetMadeAreNoted) {
  const auto notes_of = [](const std::string& patient) {
    return discover("list.csv", HEAD "\na," + patient + ",sts,CT,a.nii\n").notes;
  };
  for (const char* date : {"1-Mar", "01-Mar-21", "Mar-03", "MAR-2021"})
    EXPECT_THAT(notes_of(date), testing::ElementsAre(HasSubstr("a spreadsheet makes dates"))) << date;
  for (const char* name : {"Mar", "Martha-03", "03-23-2003", "may", "1-Margin"})
    EXPECT_TRUE(notes_of(name).empty()) << name;
}

// A folder that is named like an image stands for the only image in it.
TEST(Pairs, APathMayBeAFolderWithOneImage) {
  const TempFolder folder;
  const auto discover_list = [&](const std::string& rows) {
    write_file(folder.path() / "list.csv", HEAD ",mask\n" + rows);
    return discover_pairs({folder.path(), folder.path() / "list.csv"});
  };
  write_file(folder.path() / "ct.nii/inner.nii", "x");
  write_file(folder.path() / "two.nii/a.nii", "x");
  write_file(folder.path() / "two.nii/b.nii", "x");
  write_file(folder.path() / "plain/a.nii", "x");
  const auto found = discover_list("c,p,brain,CT,ct.nii/,ct.nii\n");
  EXPECT_EQ(found.cases[0].volumes[0].path, "ct.nii/inner.nii");
  EXPECT_EQ(found.cases[0].mask, "ct.nii/inner.nii");
  const auto broken = discover_list("c,p,brain,CT,two.nii,\nd,p,brain,CT,plain,\n");
  EXPECT_TRUE(broken.cases.empty());
  ASSERT_EQ(broken.broken.size(), 2U);
  EXPECT_EQ(broken.broken[0].path, "two.nii");
  EXPECT_THAT(broken.broken[0].reason, HasSubstr("2 images (a.nii, b.nii)"));
  EXPECT_THAT(broken.broken[1].reason, HasSubstr("is a folder"));
}

TEST(Pairs, ABackslashThatIsPartOfANameIsNone) {
  const TempFolder folder;
  write_file(folder.path() / "a\\b.nii", "x");
  write_file(folder.path() / "list.csv", HEAD "\nc,p,brain,CT,a\\b.nii\n");
  EXPECT_EQ(discover_pairs({folder.path(), folder.path() / "list.csv"}).cases[0].volumes[0].path, "a\\b.nii");
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
    const std::string shown = error.what();
    EXPECT_EQ(replace_invalid_utf8(shown), shown);
    EXPECT_TRUE(
        std::none_of(shown.begin(), shown.end(), [](char c) { return c != '\n' && c >= 0 && c < ' '; }));
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_THAT(error.place(), HasSubstr(GetParam().place));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

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
        Mistake{"ColumnWithoutName", HEAD ",\nc,p,sts,CT,a.nii,x\n", "row 2", "column 6 has no name"},
        Mistake{"IndexOfADataFrame", "," HEAD "\n0,c,p,sts,CT,a.nii\n", "row 2", "write without the index"},
        Mistake{"TwiceInOtherCase", HEAD ",PATH\n", "row 1",
                "\"path\" appears twice, as column 5 and column 6"},
        Mistake{"SemicolonsAndAMistake", "case;patient;region;modality;pfad\n", "row 1",
                "unknown column \"pfad\""},
        Mistake{"RowsOfCommas", "case;patient;region;modality;path\nc,p,sts,CT,a.nii\n", "row 2",
                "1 cells, the first line names 5 columns"},
        Mistake{"NoPatient", HEAD "\nc,NA,sts,CT,a.nii\n", "row 2", "\"patient\" is \"NA\""},
        Mistake{"FailedFormula", HEAD "\nc,#REF!,sts,CT,a.nii\n", "row 2", "could not compute that cell"},
        Mistake{"Apostrophe", HEAD "\nc,'001,sts,CT,a.nii\n", "row 2", "write \"001\""},
        Mistake{"NamedIndexOfADataFrame", "Unnamed: 0," HEAD "\n0,c,p,sts,CT,a.nii\n", "row 1",
                "index=False"},
        Mistake{"ModalityInSmallLetters", HEAD "\nc,p,brats,flair,a.nii\n", "row 2",
                "did you mean \"FLAIR\"?"},
        Mistake{"NoMask", HEAD ",mask\nc,p,sts,CT,a.nii,nan\n", "row 2", "leave the cell empty"},
        Mistake{"Latin1", HEAD "\nc,p,sts,CT,caf\xE9.nii\n", "row 2", "byte 0xE9 is no UTF-8"},
        Mistake{"Latin1InTheHead",
                HEAD ",gr\xF6\xDF"
                     "e\n",
                "row 1", "save the list as UTF-8"},
        Mistake{"TerminalCodes",
                HEAD "\nc,p,sts,CT,\xC2\x9B"
                     "31m.nii\n",
                "row 2", "control character"},
        Mistake{"ASpreadsheet", "PK\x03\x04xyz", "list.csv", "is a spreadsheet or an archive"},
        Mistake{"BrokenUtf16",
                "\xFF\xFE"
                "ab\xFF\xFEz",
                "list.csv", "UTF-16"},
        Mistake{"Backslashes", HEAD "\nc,p,sts,CT,a\\b\\ct.nii\n", "row 2", "write \"a/b/ct.nii\""},
        Mistake{"DriveLetter", HEAD "\nc,p,sts,CT,C:\\data\\ct.nii\n", "row 2", "is absolute"},
        Mistake{"Share", HEAD "\nc,p,sts,CT,\\\\server\\ct.nii\n", "row 2", "is absolute"},
        Mistake{"Home", HEAD "\nc,p,sts,CT,~/ct.nii\n", "row 2", "is no plain path"},
        Mistake{"Address", HEAD "\nc,p,sts,CT,https://x/ct.nii\n", "row 2", "is no plain path"},
        Mistake{"NumberOfASpreadsheet", HEAD "\nc,1.23E+15,sts,CT,ct.nii\n", "row 2",
                "format the column as text"},
        Mistake{"LineBreakInACell", HEAD "\nc,p,sts,CT,\"a\nb.nii\"\n", "row 2", "a line break in the cell"},
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
