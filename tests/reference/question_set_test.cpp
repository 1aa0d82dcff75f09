// Numbered questions, their file, and an authors' file put to the solvers.
#include "reference/question_set.h"

#include <gmock/gmock.h>

#include <set>

#include "reference/evaluate.h"
#include "tests/run/run_fixture.h"
#include "tests/support/error_of.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;

class Questions : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    store_.emplace(folder_ / "store");
    pairs_.emplace(read_suite_pairs(suite(), *store_, Split::kTest));
  }
  Suite suite() const { return load_suite((folder_ / "suite.json").string(), builtin_protocols()); }
  QuestionChoice choice(const std::string& kind) const {
    QuestionChoice choice;
    choice.kind = kind;
    choice.seed = 5;
    return choice;
  }
  std::optional<SliceStore> store_;
  std::optional<SuitePairs> pairs_;
};

TEST_F(Questions, EachIsAFunctionOfItsNumber) {
  const QuestionSet set(*pairs_, choice("cts"));
  const InstanceSource told = set.told(6);
  std::vector<Json> forward;
  int64_t number = 0;
  while (const auto question = told()) forward.push_back(question_record(*question, number++));
  ASSERT_EQ(forward.size(), 6u);
  for (int64_t i = 5; i >= 0; --i)
    EXPECT_EQ(question_record(set.tell(i), i), forward[static_cast<size_t>(i)]) << i;
  QuestionChoice other = choice("cts");
  other.seed = 6;
  EXPECT_NE(question_record(QuestionSet(*pairs_, other).tell(0), 0), forward[0]);
}

TEST_F(Questions, MixedOnesComeInTheSharesOfStageOne) {
  const QuestionSet set(*pairs_, choice(kMixedQuestions));
  const Mixture shares = stage_recipe(kMixedQuestions).mixture;
  const double all = shares.cts + shares.tia + shares.mi_panel;
  std::map<InstanceKind, int> counts;
  constexpr int kCount = 2000;
  for (int64_t i = 0; i < kCount; ++i) ++counts[set.tell(i).kind];
  EXPECT_NEAR(counts[InstanceKind::kCts] / double(kCount), shares.cts / all, 0.05);
  EXPECT_NEAR(counts[InstanceKind::kTia] / double(kCount), shares.tia / all, 0.05);
  EXPECT_NEAR(counts[InstanceKind::kMiPanel] / double(kCount), shares.mi_panel / all, 0.05);
}

TEST_F(Questions, OnlyShownOnesHavePixels) {
  const QuestionSet set(*pairs_, choice("tia"));
  EXPECT_TRUE(set.tell(0).images.empty());
  EXPECT_FALSE(set.show(0).images.empty());
  EXPECT_EQ(question_record(set.show(3), 3), question_record(set.tell(3), 3));
}

TEST_F(Questions, UnseenWordingsAreForTestPatients) {
  EXPECT_EQ(usual_unseen_wordings(Split::kTest), 0.5);
  EXPECT_EQ(usual_unseen_wordings(Split::kTrain), 0);
  EXPECT_EQ(usual_unseen_wordings(Split::kValidation), 0);
  QuestionChoice all = choice("cts");
  all.unseen_wordings = 1;
  EXPECT_TRUE(QuestionSet(*pairs_, all).tell(0).facts.unseen_wording);
  EXPECT_FALSE(QuestionSet(*pairs_, choice("cts")).tell(0).facts.unseen_wording);
  EXPECT_EQ(QuestionSet(*pairs_, all).provenance()["unseen_wordings"], 1.0);
  EXPECT_EQ(QuestionSet(*pairs_, all).provenance()["kind"], "cts");
}

TEST_F(Questions, AnUnknownKindNamesTheKnown) {
  EXPECT_THAT(error_of([&] { QuestionSet(*pairs_, choice("ctx")); }, ExitCode::kUsage), HasSubstr("cts"));
}

TEST_F(Questions, TheirFileHasAHeaderAndALineForEach) {
  const QuestionSet set(*pairs_, choice(kMixedQuestions));
  const auto kinds = write_question_file(folder_ / "q.jsonl", set.provenance(), set.told(30));
  int64_t sum = 0;
  for (const auto& [kind, count] : kinds) sum += count;
  EXPECT_EQ(sum, 30);
  std::istringstream lines(read_file(folder_ / "q.jsonl"));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(parse_json(line, "header")["provenance"], set.provenance());
  for (int64_t i = 0; i < 30; ++i) {
    ASSERT_TRUE(std::getline(lines, line)) << i;
    EXPECT_EQ(parse_json(line, "line")["number"], i);
  }
  EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(Questions, AFileThatIsInterruptedIsNotThere) {
  const QuestionSet set(*pairs_, choice("cts"));
  error_of(
      [&] {
        write_question_file(folder_ / "q.jsonl", {}, set.told(30, [n = 0]() mutable {
          if (++n == 3) throw Error(ExitCode::kInterrupted, "stop", "", "");
        }));
      },
      ExitCode::kInterrupted);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "q.jsonl"));
}

TEST_F(Questions, AreReadOutWithTheirSlices) {
  const Instance question = QuestionSet(*pairs_, choice("cts")).tell(0);
  const std::string text = read_out(question);
  EXPECT_THAT(text, ::testing::StartsWith("cts\n"));
  EXPECT_THAT(text, HasSubstr("[image: " + name_of(question.origins[0].modality) + " " +
                              question.origins[0].slice.text() + "]"));
  EXPECT_THAT(text, ::testing::EndsWith("answer: " + question.answer + "\n"));
}

TEST_F(Questions, OfAnAuthorsFileAreAskedByKind) {
  const QuestionSet set(*pairs_, choice(kMixedQuestions));
  export_authors(folder_ / "out", set.shown(40));
  AuthorsReader reader(folder_ / "out/SynerMed.jsonl", folder_ / "out/slice");
  int calls = 0;
  const UnderstandingTable table =
      evaluate_understanding(nullptr, reader, {InstanceKind::kCts, 40, 5}, [&] { ++calls; });
  int asked = 0;
  for (int64_t i = 0; i < 40; ++i) asked += set.tell(i).kind == InstanceKind::kCts;
  EXPECT_EQ(static_cast<int>(table.questions.size()), asked) << "the file has other kinds, too";
  EXPECT_EQ(calls, asked);
  ASSERT_FALSE(table.rows.empty());
  for (const UnderstandingResult& row : table.rows) EXPECT_FALSE(row.learned);
}

TEST_F(Questions, TrainingPairsAreFoundOrNot) {
  EXPECT_TRUE(find_suite_pairs(suite(), *store_, Split::kTrain).has_value());
  EXPECT_THAT(error_of(
                  [&] {
                    find_suite_pairs(suite(), *store_, Split::kTrain, {{"no-such"}, {}});
                  },
                  ExitCode::kUsage),
              HasSubstr("no-such"));
  // A store of test patients alone: nothing to fit on, and no error.
  const bool validation = std::any_of(store_->cases().begin(), store_->cases().end(),
                                      [](const StoredCase& c) { return c.split == Split::kValidation; });
  EXPECT_EQ(find_suite_pairs(suite(), *store_, Split::kValidation).has_value(), validation);
}

TEST_F(Questions, OneCanvasForARegion) {
  EXPECT_NO_THROW(require_one_canvas(*pairs_));
  SuitePairs both = read_suite_pairs(suite(), *store_, Split::kTest);
  ASSERT_FALSE(both.entries.empty());
  SuitePairs::Entry other = {both.entries[0].task, both.entries[0].canvas, nullptr};
  other.task.id = "another";
  other.canvas.size += 8;
  both.entries.push_back(std::move(other));
  EXPECT_THAT(error_of([&] { require_one_canvas(both); }, ExitCode::kUsage), HasSubstr("another"));
}

}  // namespace
}  // namespace synerbench::reference
