// A lab's own folders, described in a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/core/error.h"
#include "harness/core/vocabulary.h"
#include "harness/data/import/import.h"
#include "harness/data/import/path_pattern.h"
#include "harness/data/slice_store.h"
#include "harness/suite/suite.h"
#include "tests/data/dicom_builder.h"
#include "tests/import/made_trees.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace testing_support;

std::string pattern_text(const std::string& pattern, const std::string& path) {
  std::string text;
  for (const auto& way : PathPattern(pattern, "map").match(path)) {
    text += text.empty() ? "" : " | ";
    for (const auto& [part, value] : way) text += part + "=" + value + " ";
  }
  return text;
}

TEST(PathPattern, ReadsTheNamedPartsOfAPath) {
  EXPECT_EQ(pattern_text("{patient}/{study}/t1.nii.gz", "p1/s2/t1.nii.gz"), "patient=p1 study=s2 ");
  EXPECT_EQ(pattern_text("{patient}/t1.nii.gz", "p1/s2/t1.nii.gz"), "") << "a part is in one name";
  EXPECT_EQ(pattern_text("{p}/t1.nii.gz", "p1/T1.nii.gz"), "") << "upper and lower case count";
  EXPECT_EQ(pattern_text("{p}/{p}_{k}.mha", "a/a_ct.mha"), "k=ct p=a ");
  EXPECT_EQ(pattern_text("{p}/{p}_{k}.mha", "a/b_ct.mha"), "") << "one part, one value";
  EXPECT_EQ(pattern_text("**/{p}/ct.mha", "x/y/a/ct.mha"), "p=a ");
  EXPECT_EQ(pattern_text("**/{p}/ct.mha", "a/ct.mha"), "p=a ");
  EXPECT_EQ(pattern_text("{p}/*.txt", "a/notes.txt"), "p=a ");
  EXPECT_EQ(pattern_text("{p}/*.txt", "a/b/notes.txt"), "");
  EXPECT_EQ(pattern_text("sub-{n:digits}_{k:T1|T2}.mha", "sub-12_T1.mha"), "k=T1 n=12 ");
  EXPECT_EQ(pattern_text("sub-{n:digits}_{k:T1|T2}.mha", "sub-1x_T1.mha"), "");
  EXPECT_EQ(pattern_text("{k:letters}1", "ab1"), "k=ab ");
}

TEST(PathPattern, FindsBothWaysWhereNamesRunTogether) {
  EXPECT_EQ(pattern_text("{p}_{k}.mha", "sub_1_t1.mha"), "k=1_t1 p=sub  | k=t1 p=sub_1 ");
  EXPECT_EQ(pattern_text("{p}_{k:t1|t2}.mha", "sub_1_t1.mha"), "k=t1 p=sub_1 ");
  EXPECT_EQ(pattern_text("**/{p}/**/ct.mha", "a/b/ct.mha"), "p=a  | p=b ");
  EXPECT_EQ(pattern_text("*{p:digits}*.mha", "x12.mha"), "p=1  | p=12 ");
}

TEST(PathPattern, AnswersSoonWhateverThePattern) {
  const std::string path(3000, 'a');
  EXPECT_EQ(pattern_text("*a*a*a*a*a*a*a*a{p}b", path), "");
  EXPECT_NE(pattern_text("{p}a{q}a{r}a{s}a{t}", path), "");
}

// A search goes as deep as a pattern has tokens: without a limit, 100,000 of them end the program.
TEST(PathPattern, ThatIsLongerThanAnyPathIsRefused) {
  std::string folders;
  for (int i = 0; i < 100'000; ++i) folders += "**/";
  EXPECT_THROW(pattern_text(folders + "a", "a"), Error);
  EXPECT_EQ(PathPattern(folders.substr(0, 4095) + "a", "map").match("a").size(), 1u)
      << "the longest one is searched";
}

TEST(PathPattern, RefusesWhatIsNoPattern) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "is empty"},           {"/a/{p}", "begins with \"/\""},
      {"{p", "does not close"},   {"p}", "was not open"},
      {"{}/a", "is no part"},     {"{a b}", "is no part"},
      {"{a}{b}.mha", "touch"},    {"{a:}", "is no rule"},
      {"{a:x||y}", "is no rule"}, {"a/**.mha", "whole folders"}};
  for (const auto& [pattern, message] : wrong) {
    try {
      const PathPattern parsed(pattern, "lab.json: /files/0/pattern");
      ADD_FAILURE() << pattern;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_THAT(error.what(), HasSubstr(message)) << pattern;
      EXPECT_THAT(error.what(), HasSubstr("lab.json: /files/0/pattern"));
    }
  }
}

class MappingFile : public testing::Test {
 protected:
  void touch(const std::string& path) const {
    const fs::path full = folder_.path() / "tree" / path;
    fs::create_directories(full.parent_path());
    std::ofstream stream(full);
  }
  /// Fields behind the schema, without the outer braces.
  void map(const std::string& fields) const {
    write_file(folder_.path() / "lab.json",
               "{\"schema\": \"synerbench/mapping\", \"schema_version\": 1, " + fields + "}");
  }
  DatasetPlace place() const { return {folder_.path() / "tree", folder_.path() / "lab.json"}; }
  Discovery discover() const { return discover_mapping(place()); }
  std::string error() const {
    try {
      discover();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage) << error.what();
      return error.what();
    }
    return "no error";
  }
  TempFolder folder_;
};

const char* const kFiles =
    R"("files": [{"pattern": "{center}/{patient}/{study}/{kind}.nii.gz", "modality": "{kind}"},
                 {"pattern": "{center}/{patient}/{study}/body.mha", "mask": true},
                 {"pattern": "**/*.txt", "ignore": true}],
       "translate": {"kind": {"ct": "CT", "mr": "MRI"}})";

TEST_F(MappingFile, MakesCasesOfNamedParts) {
  for (const char* file : {"north/p 1/a/ct.nii.gz", "north/p 1/a/mr.nii.gz", "north/p 1/a/body.mha",
                           "north/p 1/b/ct.nii.gz", "south/p2/a/mr.nii.gz", "south/p2/a/adc.nii.gz",
                           "south/p2/a/notes.txt", "south/p2/a/shot.png", "south/p2/a/raw.dcm"})
    touch(file);
  map(std::string(R"("name": "ours", "case": "{patient}_{study}", "region": "pelvis", "group": "{center}",
                     "grid": ["MRI"], )") +
      kFiles);
  const Discovery found = discover();
  EXPECT_EQ(found.dataset, "ours");
  ASSERT_EQ(found.cases.size(), 3U);
  const auto& first = found.cases[1];  // in the order of names
  EXPECT_EQ(first.name, "p_1_a");
  EXPECT_EQ(first.patient, "p_1");
  EXPECT_EQ(first.region, "pelvis");
  EXPECT_EQ(first.group, "north");
  EXPECT_EQ(first.plane, "axial");
  EXPECT_EQ(first.mask, "north/p 1/a/body.mha");
  EXPECT_EQ(first.grid, Modality::kMRI);
  ASSERT_EQ(first.volumes.size(), 2U);
  EXPECT_EQ(first.volumes[0].path, "north/p 1/a/ct.nii.gz");
  EXPECT_EQ(found.cases[2].grid, Modality::kCT) << "it has no MR";
  EXPECT_FALSE(first.split.has_value());
  EXPECT_TRUE(found.broken.empty());
  // What fits no pattern is named, whatever it is, and so is what fits one but is not known.
  EXPECT_THAT(found.unknown,
              ElementsAre(HasSubstr("adc.nii.gz: its kind \"adc\" is not in the mapping's \"translate\""),
                          HasSubstr("raw.dcm: DICOM"), "south/p2/a/shot.png"));
  EXPECT_THAT(found.notes, testing::Contains(HasSubstr("its kind \"adc\"")));
}

TEST_F(MappingFile, TakesSplitsFromListsOrFromThePath) {
  for (const char* file : {"training/p1/ct.mha", "training/p2/ct.mha", "held-out/p3/ct.mha"}) touch(file);
  const std::string files =
      R"("region": "brain", "files": [{"pattern": "{part}/{patient}/ct.mha", "modality": "CT"}])";
  map(files + R"(, "split": "{part}", "translate": {"part": {"training": "train", "held-out": "test"}})");
  Discovery found = discover();
  ASSERT_EQ(found.cases.size(), 3U);
  EXPECT_EQ(found.cases[0].split, Split::kTrain);
  EXPECT_EQ(found.cases[2].split, Split::kTest);

  folder_.write("train.txt", "# patients\np1\r\n\np9\n");
  map(files + R"(, "splits": {"train": "train.txt", "test": ["p2", "p3"]})");
  found = discover();
  EXPECT_EQ(found.cases[0].split, Split::kTrain);
  EXPECT_EQ(found.cases[1].split, Split::kTest);
  const std::string list = (folder_.path() / "train.txt").string();
  EXPECT_THAT(found.notes,
              ElementsAre("1 patient of the split lists is not in the tree, the first: p9 (" + list + ")"));

  map(files + R"(, "splits": {"train": ["p1"], "test": ["p2"]})");
  EXPECT_THAT(error(), HasSubstr("patient \"p3\" (held-out/p3/ct.mha) is in no list"));
  map(files + R"(, "splits": {"train": ["p1", "p2", "p3"], "test": ["p2"]})");
  EXPECT_THAT(error(), HasSubstr("lab.json: /splits/train, for train"));
  EXPECT_THAT(error(), HasSubstr("patient \"p2\" is listed for test and"));
  map(files + R"(, "splits": {"train": "none.txt"})");
  EXPECT_THAT(error(), HasSubstr("none.txt"));
}

// The mapping is right where the list or the vocabulary beside it is wrong.
TEST_F(MappingFile, NamesTheListsWhereAPatientIsInNoneOrInTwo) {
  for (const char* file : {"p1/ct.mha", "p2/ct.mha"}) touch(file);
  const std::string files =
      R"("region": "brain", "files": [{"pattern": "{patient}/ct.mha", "modality": "CT"}])";
  map(files + R"(, "splits": {"train": "train.txt", "test": ["p2"]})");
  folder_.write("train.txt", "p7\n");
  EXPECT_THAT(error(), HasSubstr("patient \"p1\" (p1/ct.mha) is in no list"));
  EXPECT_THAT(error(), HasSubstr("lists: " + (folder_.path() / "train.txt").string() + ", "));
  folder_.write("train.txt", "p1\np2\n");
  EXPECT_THAT(error(), HasSubstr((folder_.path() / "train.txt").string()));
}

TEST_F(MappingFile, NamesTheVocabularyWhereAWordIsUnknown) {
  touch("p1/ct.mha");
  folder_.write("words.json", R"({"schema": "synerbench/vocabulary", "schema_version": 1,
                                  "regions": ["maptest-livers"], "modalities": [{"name": "MapDwii", "id": "mapdwii"}]})");
  declare_vocabulary_file(folder_.path() / "words.json");
  const std::string words = (folder_.path() / "words.json").string() + " adds: maptest-livers MapDwii";
  map(R"("region": "maptest-liver", "files": [{"pattern": "{patient}/ct.mha", "modality": "CT"}])");
  EXPECT_THAT(error(), HasSubstr("unknown region \"maptest-liver\""));
  EXPECT_THAT(error(), HasSubstr(words));
  map(R"("region": "brain", "files": [{"pattern": "{patient}/ct.mha", "modality": "MapDwi"}])");
  EXPECT_THAT(error(), HasSubstr("unknown modality \"MapDwi\""));
  EXPECT_THAT(error(), HasSubstr(words));
}

TEST_F(MappingFile, APatientInTwoSplitsByItsPathIsRefused) {
  touch("train/p1_a.mha");
  touch("test/p1_b.mha");
  map(R"("region": "brain", "case": "{patient}_{n}", "split": "{part}",
         "files": [{"pattern": "{part}/{patient}_{n}.mha", "modality": "CT"}])");
  EXPECT_THAT(error(), HasSubstr("patient \"p1\" is in train with case \"p1_a\" and in test"));
}

TEST_F(MappingFile, NamesBrokenCases) {
  for (const char* file : {"x y/ct.mha", "x_y/ct.mha", "p1/ct.mha", "p1/more/ct.mha", "p2/m1.mha",
                           "p2/m2.mha", "p2/ct.mha", "p3/body_m1.mha"})
    touch(file);
  map(R"("region": "brain", "files": [{"pattern": "{patient}/ct.mha", "modality": "CT"},
         {"pattern": "{patient}/more/ct.mha", "modality": "CT"},
         {"pattern": "{patient}/{any}.mha", "mask": true}])");
  const Discovery found = discover();
  std::string text;
  for (const auto& broken : found.broken) text += broken.name + ": " + broken.reason + "\n";
  EXPECT_THAT(text, HasSubstr("p1: two files for CT: p1/ct.mha and p1/more/ct.mha"));
  EXPECT_THAT(text, HasSubstr("p2: two masks: p2/m1.mha and p2/m2.mha"));
  EXPECT_THAT(text, HasSubstr("p3: a mask without any image"));
  EXPECT_THAT(text, HasSubstr("\"x y\" and \"x_y\" would both be called \"x_y\""));
  EXPECT_TRUE(found.cases.empty());
}

TEST_F(MappingFile, APathThatReadsInTwoWaysIsAnErrorOfThePattern) {
  touch("sub_01_t1.nii.gz");
  map(R"("region": "brain", "files": [{"pattern": "{patient}_{kind}.nii.gz", "modality": "T1"}])");
  EXPECT_THAT(
      error(),
      HasSubstr("lab.json: /files/0: \"{patient}_{kind}.nii.gz\" reads sub_01_t1.nii.gz in two ways"));
  EXPECT_THAT(error(), HasSubstr("{kind:digits}"));
}

TEST_F(MappingFile, NothingFoundShowsThreeOfWhatIsThereAndThePatterns) {
  for (const char* file : {"a/1.nii.gz", "a/2.nii.gz", "a/3.nii.gz", "a/4.nii.gz"}) touch(file);
  map(R"("region": "brain", "files": [{"pattern": "{patient}/{s}/ct.nii.gz", "modality": "CT"},
                                      {"pattern": "*.log", "ignore": true}])");
  try {
    throw_nothing_found(layout_named("mapping"), place());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_THAT(
        error.what(),
        HasSubstr("it holds\n      a/1.nii.gz\n      a/2.nii.gz\n      a/3.nii.gz\n      ... and 1 more"));
    EXPECT_THAT(error.what(), HasSubstr("layout \"mapping\" looks for\n      {patient}/{s}/ct.nii.gz"));
  }
}

TEST_F(MappingFile, SaysWhatIsWrongAndWhere) {
  fs::create_directories(folder_.path() / "tree");
  const std::string one = R"("files": [{"pattern": "{patient}/ct.mha", "modality": "CT"}])";
  const std::pair<std::string, const char*> wrong[] = {
      {one, "\"region\" is missing"},
      {"\"region\": \"brian\", " + one, "did you mean \"brain\"?"},
      {"\"region\": \"brain\"", "\"files\" is missing"},
      {R"("region": "brain", "files": [])", "no pattern of a volume"},
      {R"("region": "brain", "files": [{"pattern": "a"}])", "does not say what such a file is"},
      {R"("region": "brain", "files": [{"pattern": "a", "mask": true, "ignore": true}])",
       "does not say what"},
      {R"("region": "brain", "files": [{"pattern": "{patient}.mha", "modality": "Ct"}])",
       "did you mean \"CT\"?"},
      {R"("region": "brain", "files": [{"pattern": "{patient}.mha", "modality": "{kind}"}])",
       "/files/0/modality: {kind} is no part of the pattern"},
      {"\"region\": \"brain\", \"case\": \"{study}\", " + one,
       "has no part {study}, of which \"case\" is made"},
      {"\"region\": \"brain\", \"group\": \"{center}\", " + one,
       "/group: no pattern of a volume or a mask has all"},
      {"\"region\": \"brain\", \"translate\": {\"kind\": {}}, " + one, "no pattern has a part {kind}"},
      {"\"region\": \"brain\", \"name\": \"a b\", " + one, "cannot be a folder's name"},
      {"\"region\": \"brain\", \"plain\": \"axial\", " + one, "/plain: this key is not known here"},
      {"\"region\": \"brain\", \"split\": \"{patient}\", \"splits\": {}, " + one,
       "\"split\" says it already"},
  };
  for (const auto& [fields, message] : wrong) {
    map(fields);
    EXPECT_THAT(error(), HasSubstr(message)) << fields;
    EXPECT_THAT(error(), HasSubstr("lab.json: ")) << fields;
  }
  write_file(folder_.path() / "lab.json", "{\"schema\": ");
  EXPECT_THAT(error(), HasSubstr("lab.json"));
}

TEST_F(MappingFile, ASeriesIsAFolderOrAZip) {
  for (const char* file : {"p1/ct/IM1.dcm", "p1/ct/IM2.dcm", "p1/ct/deep/IM3", "p1/mr.zip",
                           "p1/other/IM1.dcm", "p2/ct/IM1.dcm", "p2/raw/x.dcm"})
    touch(file);
  const std::string head =
      R"("region": "brain", "files": [{"pattern": "{patient}/ct/", "dicom": true, "modality": "CT"})";
  map(head + R"(, {"pattern": "{patient}/mr.zip", "dicom": true, "modality": "MRI"},
                 {"pattern": "{patient}/raw/", "ignore": true}])");
  const Discovery found = discover();
  ASSERT_EQ(found.cases.size(), 2U);
  EXPECT_EQ(found.cases[0].find(Modality::kCT)->path, "p1/ct");
  EXPECT_EQ(found.cases[0].find(Modality::kMRI)->path, "p1/mr.zip");
  EXPECT_EQ(found.cases[1].volumes.size(), 1U);
  EXPECT_THAT(found.unknown, ElementsAre(HasSubstr("p1/other/IM1.dcm: DICOM")));
  map(head + "]");
  EXPECT_THAT(discover().unknown, testing::Contains(HasSubstr("p1/mr.zip: an archive")));
  map(R"("region": "brain", "files": [{"pattern": "{patient}/ct", "dicom": true, "modality": "CT"}])");
  EXPECT_THAT(error(), HasSubstr("is no pattern of a DICOM series"));
  map(R"("region": "brain", "files": [{"pattern": "{patient}/ct/", "modality": "CT"}])");
  EXPECT_THAT(error(), HasSubstr("a folder is read as a DICOM series only"));
}

TEST_F(MappingFile, SeriesAreImportedCheckedAndReused) {
  const auto grid = axis_grid({12, 14, 4});
  const fs::path tree = folder_.path() / "tree";
  write_dicom(tree / "p1/ct", made_ct(grid), {});
  MadeDicom mr;
  mr.modality = "MR";
  mr.sop_class = "1.2.840.10008.5.1.4.1.1.4";
  mr.intercept = 0;
  Volume image = made_mr(grid);
  for (float& v : image.voxels) v = std::floor(v);
  write_dicom(tree / "p1/mr", image, mr);
  const std::string files = R"("region": "brain", "files": [
      {"pattern": "{patient}/{kind:ct|mr}/", "dicom": true, "modality": "{kind}"}])";
  map(files + R"(, "translate": {"kind": {"ct": "CT", "mr": "MRI"}})");
  ImportOptions options;
  options.layout = "mapping";
  options.root = tree;
  options.list = folder_.path() / "lab.json";
  options.out = folder_.path() / "store";
  EXPECT_EQ(import_dataset(options).imported, 1U);
  EXPECT_EQ(import_dataset(options).reused, 1U) << "the folders are what they were";
  const SliceStore store(options.out);
  const StoredCase& stored = store.cases().front();
  EXPECT_EQ(stored.volumes[0].source["format"], "dicom");
  const auto values = store.volume(stored, Modality::kCT).read_all();
  EXPECT_EQ(*std::min_element(values.begin(), values.end()), -1000);
  write_file(tree / "p1/mr/more.txt", "x");
  EXPECT_EQ(import_dataset(options).imported, 1U) << "a folder changed";
  // What the header says and what the mapping says have to agree.
  map(files + R"(, "translate": {"kind": {"ct": "CT", "mr": "PET"}})");
  options.out = folder_.path() / "other";
  try {
    import_dataset(options);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_THAT(error.what(), HasSubstr("the header says MR, and it is taken as PET"));
  }
}

// The whole way of a region and of modalities that the program does not know: tree, store, suite, task.
TEST_F(MappingFile, AddedWordsGoFromTheMappingThroughTheStoreToASuite) {
  const std::string words =
      R"("vocabulary": {"regions": ["maptest-liver"], "modalities": [
           {"name": "MapDWI", "id": "mapdwi"},
           {"name": "MapADC", "id": "mapadc", "map": "fixed", "unit": "um2/s", "low": 0, "high": 2000,
            "plausible_low": -10, "plausible_high": 1500}]})";
  const auto grid = axis_grid({12, 14, 3});
  for (const char* patient : {"p1", "p2", "p3"}) {
    const fs::path folder = folder_.path() / "tree" / patient;
    write_volume(folder / "dwi.nii.gz", made_mr(grid, patient[1]), PixelType::kFloat32);
    write_volume(folder / "adc.nii.gz", made_mr(grid, patient[1] + 7), PixelType::kFloat32);
  }
  map(words + R"(, "region": "maptest-liver", "name": "livers",
      "files": [{"pattern": "{patient}/{kind}.nii.gz", "modality": "{kind}"}],
      "translate": {"kind": {"dwi": "MapDWI", "adc": "MapADC"}})");
  ImportOptions options;
  options.layout = "mapping";
  options.root = folder_.path() / "tree";
  options.list = folder_.path() / "lab.json";
  options.out = folder_.path() / "store";
  options.split.rule = SplitRule::kRanked;
  const ImportReport report = import_dataset(options);
  EXPECT_EQ(report.imported, 3U);
  const SliceStore store(options.out);
  const StoredCase& stored = store.cases().front();
  EXPECT_EQ(stored.id.text(), "livers/p1");
  EXPECT_EQ(stored.region, "maptest-liver");
  ASSERT_EQ(stored.volumes.size(), 2U);
  EXPECT_EQ(name_of(stored.volumes[0].modality), "MapADC") << "by name";
  EXPECT_EQ(stored.volumes[0].intensity.rule, "fixed [0, 2000] um2/s");
  EXPECT_EQ(stored.volumes[1].intensity.rule, "0 to p99.5 of non-zero voxels");
  const Json& said = store.imports()["livers"]["vocabulary"];
  EXPECT_EQ(said["regions"], Json::array({"maptest-liver"}));
  EXPECT_EQ(said["modalities"].size(), 2U);

  const fs::path suite = folder_.write("suite.json", R"({"schema": "synerbench/suite", "schema_version": 1,
      "name": "livers", "title": "Livers", )" + words + R"(,
      "canvas": {"size": 64, "fit": "pad"}, "protocols": ["synermed-2d@1"],
      "tasks": [{"region": "maptest-liver", "source": "MapDWI", "target": "MapADC", "group": "ours"}]})");
  const Suite read = load_suite(suite.string());
  EXPECT_EQ(read.tasks[0].task.id, "maptest-liver-mapdwi-to-mapadc");
  EXPECT_EQ(store.cases_for(read.tasks[0].task).size(), 3U);
  EXPECT_EQ(parse_task(read.tasks[0].task.id, "--task").target, stored.volumes[0].modality);

  // Values that the definition rules out are refused, as those of a built-in modality are.
  write_volume(folder_.path() / "tree/p2/adc.nii.gz", plus(made_mr(grid), 5000), PixelType::kFloat32);
  try {
    import_dataset(options);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_THAT(error.what(), HasSubstr("by its definition it lies within -10 and 1500 um2/s"));
  }
}

// A store explains its own words: whoever opens it needs no other file. The words get new names here, because
// those above are known to this process.
TEST_F(MappingFile, AStoreBringsItsWords) {
  const auto grid = axis_grid({12, 14, 3});
  write_volume(folder_.path() / "tree/p1/a.mha", made_mr(grid, 1), PixelType::kFloat32);
  map(R"("vocabulary": {"regions": ["maptest-old"], "modalities": [{"name": "MapOld", "id": "mapold"}]},
         "region": "maptest-old", "files": [{"pattern": "{patient}/a.mha", "modality": "MapOld"}])");
  ImportOptions options;
  options.layout = "mapping";
  options.root = folder_.path() / "tree";
  options.list = folder_.path() / "lab.json";
  options.out = folder_.path() / "store";
  import_dataset(options);
  std::string manifest = read_file(options.out / "manifest.json");
  for (const auto& [from, to] :
       {std::pair{"MapOld", "MapNew"}, {"mapold", "mapnew"}, {"maptest-old", "maptest-new"}}) {
    for (size_t at = manifest.find(from); at != std::string::npos; at = manifest.find(from))
      manifest.replace(at, std::string(from).size(), to);
  }
  write_file(options.out / "manifest.json", manifest);
  const SliceStore store(options.out);
  EXPECT_EQ(name_of(store.cases().front().volumes[0].modality), "MapNew");
  EXPECT_THAT(known_regions(), testing::Contains("maptest-new"));
  // Without the words it is a damaged store.
  const size_t at = manifest.find("\"vocabulary\"");
  manifest.replace(at, 12, "\"vocabulaty\"");
  for (size_t found = manifest.find("MapNew"); found != std::string::npos; found = manifest.find("MapNew"))
    manifest.replace(found, 6, "MapOdd");
  write_file(options.out / "manifest.json", manifest);
  try {
    const SliceStore broken(options.out);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_THAT(error.what(), HasSubstr("unknown modality \"MapOdd\""));
  }
}

}  // namespace
}  // namespace synerbench
