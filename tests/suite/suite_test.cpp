#include "harness/suite/suite.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "metrics/protocol.h"
#include "metrics/questions.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

const std::filesystem::path kSource = SYNERBENCH_SOURCE_DIR;

const ProtocolTable& all_protocols() {
  static const ProtocolTable all = builtin_protocols().with(questions_protocol());
  return all;
}

TEST(Suites, EveryFileIsEmbeddedUnchangedAndValid) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "suites")) {
    if (entry.path().extension() == ".json") files.insert(entry.path().stem().string());
  }
  const auto names = embedded_suite_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), files);
  for (const std::string& name : names) {
    const std::filesystem::path path = kSource / "suites" / (name + ".json");
    const Suite embedded = load_suite(name, all_protocols()),
                from_file = load_suite(path.string(), all_protocols());
    if (embedded.questions.empty()) {
      EXPECT_EQ(embedded.sha256, sha256_file(path)) << name;
    }
    EXPECT_EQ(embedded.sha256, from_file.sha256) << name;
    EXPECT_EQ(embedded.name, name);
    EXPECT_FALSE(embedded.title.empty());
    for (const std::string& protocol : embedded.protocols) EXPECT_NE(all_protocols().find(protocol), nullptr);
    EXPECT_EQ(all_protocols().at(embedded.protocols.front()).info.dimensions,
              embedded.questions.empty() ? 2 : 0)
        << "the leaderboard's protocol works on slices, or on answers";
  }
}

TEST(Suites, SynerMed22HasThePapersTasksInTwoGroups) {
  const Suite suite = load_suite("synermed22");
  std::map<std::string, int> groups;
  std::set<std::string> ids;
  for (const SuiteTask& task : suite.tasks) {
    ++groups[task.group];
    ids.insert(task.task.id);
  }
  EXPECT_EQ(ids.size(), 22U);
  EXPECT_EQ(groups, (std::map<std::string, int>{{"synthrad2023+autopet", 10}, {"brats", 12}}));
  for (const char* id : {"brain-cbct-to-ct", "pelvis-mr-to-ct", "pelvis-ct-to-mr", "wb-ct-to-pet",
                         "wb-pet-to-ct", "brats-t1-to-t1c", "brats-flair-to-t2"}) {
    EXPECT_TRUE(ids.contains(id)) << id;
  }
  EXPECT_EQ(suite.protocols.front(), "synermed-2d@2");
  EXPECT_EQ(suite.split, Split::kTest);
  for (const SuiteTask& task : suite.tasks) {
    EXPECT_EQ(task.canvas.fit, task.group == "brats" ? Canvas::Fit::kPad : Canvas::Fit::kScale)
        << task.task.id;
    EXPECT_EQ(task.canvas.size, 256);
  }
}

TEST(Suites, RealSmokeHasNoCbct) {
  for (const SuiteTask& task : load_suite("real-smoke").tasks) {
    EXPECT_NE(task.task.source, Modality::kCBCT);
    EXPECT_NE(task.task.target, Modality::kCBCT);
  }
}

std::vector<std::string> task_ids(const Suite& suite) {
  std::vector<std::string> ids;
  for (const SuiteTask& task : suite.tasks) ids.push_back(task.task.id);
  return ids;
}

TEST(Suites, ZeroShotHasTheTasksOfSynerMed22UnderARule) {
  const Suite zero_shot = load_suite("zero-shot"), plain = load_suite("synermed22");
  EXPECT_EQ(task_ids(zero_shot), task_ids(plain));
  for (size_t i = 0; i < plain.tasks.size(); ++i)
    EXPECT_EQ(to_text(zero_shot.tasks[i].canvas), to_text(plain.tasks[i].canvas));
  EXPECT_EQ(zero_shot.protocols, plain.protocols);
  EXPECT_EQ(zero_shot.lineage, LineageRule::kZeroShot);
  EXPECT_EQ(plain.lineage, LineageRule::kAny);
}

TEST(Suites, UnseenNamesATrainedRouteForEveryTask) {
  const std::vector<std::string> trained = task_ids(load_suite("synermed22"));
  const Suite unseen = load_suite("unseen");
  EXPECT_EQ(unseen.lineage, LineageRule::kUnseen);
  for (const SuiteTask& task : unseen.tasks) {
    ASSERT_TRUE(task.transfer) << task.task.id;
    EXPECT_TRUE(std::count(trained.begin(), trained.end(), task.transfer->id)) << task.transfer->id;
    if (task.group == "synthrad2025") {
      EXPECT_EQ(task.transfer->source, task.task.source);
      EXPECT_EQ(task.transfer->target, task.task.target);
    }
  }
}

TEST(Suites, UnderstandingAsksAboutTheSlicesOfSynerMed22) {
  const Suite asks = load_suite("understanding", all_protocols());
  EXPECT_EQ(task_ids(asks), task_ids(load_suite("synermed22")));
  std::vector<std::string> kinds;
  for (const SuiteQuestions& one : asks.questions) kinds.push_back(one.kind);
  EXPECT_EQ(kinds, (std::vector<std::string>{"cts", "mi-panel", "tia"}));
  EXPECT_THROW(require_tasks(asks), Error);
  EXPECT_NO_THROW(require_tasks(load_suite("quick")));
}

TEST(Suites, ThoseOfTheProgramAreAFinding) {
  size_t tasks = 0;
  for (const std::string& name : embedded_suite_names()) {
    const Suite suite = load_suite(name, all_protocols());
    if (suite.questions.empty()) tasks += suite.tasks.size();
  }
  const Finding finding = check_suites(all_protocols());
  EXPECT_EQ(finding.verdict, Finding::Verdict::kOk);
  EXPECT_EQ(finding.detail, std::to_string(embedded_suite_names().size()) + " suites with " +
                                std::to_string(tasks) + " tasks, " +
                                std::to_string(all_protocols().rows().size()) + " protocols");
  EXPECT_THROW(check_suites(ProtocolTable(std::vector<Protocol>{})), Error)
      << "a suite names a protocol that is not there";
}

TEST(Suites, CanvasWords) {
  EXPECT_EQ(parse_canvas("64:pad").size, 64);
  EXPECT_EQ(parse_canvas("64:pad").fit, Canvas::Fit::kPad);
  EXPECT_EQ(parse_canvas("512:scale").fit, Canvas::Fit::kScale);
  for (const char* wrong :
       {"", "64", "64:", ":pad", "64:fit", "8:pad", "99999:pad", "-64:pad", "64x:pad", "64:pad "}) {
    EXPECT_THROW(parse_canvas(wrong), Error) << wrong;
  }
}

// tests/suite/broken.txt: blocks of "== title", a suite or a change to the sound one, "--", the message.
TEST(Suites, BrokenOnesAreRefusedWithTheMessageOfTheTable) {
  std::ifstream table(kSource / "tests" / "suite" / "broken.txt");
  ASSERT_TRUE(table);
  const TempFolder folder;
  const std::filesystem::path path = folder / "mine.json";
  std::string title, text, wanted;
  bool in_message = false;
  int cases = 0;
  const auto judge = [&] {
    if (title.empty()) return;
    ++cases;
    // A line `/pointer = value` changes the sound suite; `/pointer !` removes; anything else is the whole
    // file.
    if (text[0] == '/') {
      Json suite = Json::parse(read_file(kSource / "tests" / "suite" / "sound.json"));
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) {
        const size_t space = line.find(' ');
        const Json::json_pointer pointer(line.substr(0, space));
        if (line[space + 1] == '!') {
          suite = suite.patch(Json::array({{{"op", "remove"}, {"path", line.substr(0, space)}}}));
        } else {
          suite[pointer] = Json::parse(line.substr(space + 3));
        }
      }
      text = suite.dump();
    }
    write_file(path, text);
    std::string seen = "no error";
    try {
      load_suite(path.string(), all_protocols());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage) << title;
      seen = error.what();
      const size_t at = seen.find(path.string());
      if (at != std::string::npos) seen.replace(at, path.string().size(), "mine.json");
    }
    EXPECT_EQ(seen + "\n", wanted) << title;
  };
  for (std::string line; std::getline(table, line);) {
    if (line.starts_with("#")) continue;
    if (line.starts_with("== ")) {
      judge();
      title = line.substr(3);
      text.clear();
      wanted.clear();
      in_message = false;
    } else if (line == "--") {
      in_message = true;
    } else if (!line.empty()) {
      (in_message ? wanted : text) += line + "\n";
    }
  }
  judge();
  EXPECT_GT(cases, 20);
}

TEST(Suites, TheSoundOneOfTheTableIsSound) {
  const Suite suite = load_suite((kSource / "tests" / "suite" / "sound.json").string());
  EXPECT_EQ(suite.tasks.size(), 2U);
  EXPECT_EQ(suite.tasks[0].canvas.size, 64);
  EXPECT_EQ(suite.tasks[1].canvas.size, 128) << "a task may have a canvas of its own";
  EXPECT_EQ(suite.tasks[1].canvas.fit, Canvas::Fit::kScale);
}

TEST(Suites, AnUnknownNameSaysWhatIsKnown) {
  try {
    load_suite("synermed2");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("did you mean \"synermed22\"? known: "), std::string::npos)
        << error.what();
  }
  EXPECT_THROW(load_suite("nowhere/suite.json"), Error);
}

}  // namespace
}  // namespace synerbench
