// A model's scores for the Hugging Face Hub, held against the published form:
// schemas/eval-results.schema.json, by a validator that knows nothing of the program.
#include "reports/formats/eval_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "harness/core/file.h"
#include "tests/reports/demo_results.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::error_of;
using Document = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

/// The YAML of these files: a list of maps, of texts in double quotes and of numbers, two blanks a level.
Document read_yaml(const std::string& text) {
  Document list = Document::array();
  std::vector<std::string> path;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    size_t indent = line.find_first_not_of(' ');
    if (line.compare(indent, 2, "- ") == 0) {
      EXPECT_EQ(indent, 0u) << line;
      list.push_back(Document::object());
      line[0] = ' ';
      indent = 2;
    }
    const size_t colon = line.find(':'), depth = indent / 2 - 1;
    EXPECT_TRUE(indent % 2 == 0 && depth <= path.size()) << line;
    path.resize(depth);
    Document* at = &list.back();
    for (const std::string& name : path) at = &(*at)[name];
    const std::string name = line.substr(indent, colon - indent);
    EXPECT_FALSE(at->contains(name)) << line;
    if (colon + 1 == line.size()) {
      (*at)[name] = Document::object();
      path.push_back(name);
    } else {
      const std::string value = line.substr(colon + 2);
      static const std::regex number("-?[0-9]+\\.[0-9]+(e[-+][0-9]+)?");  // of YAML 1.1 as of 1.2
      EXPECT_TRUE(value[0] == '"' || std::regex_match(value, number)) << line;
      (*at)[name] = Document::parse(value);
    }
  }
  return list;
}

std::string misfit_of(const Document& document) {
  const Document text = Document::parse(
      read_file(std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "schemas/eval-results.schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(Adapter(text), schema);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(schema, Adapter(document), &results)) return "";
  valijson::ValidationResults::Error error;
  std::string words = "does not fit";
  while (results.popError(error)) words += "; " + error.description;
  return words;
}

Leaderboard board_of(RunInput run) {
  LeaderboardOptions options;
  options.bootstrap.replicates = 200;
  return make_leaderboard(join_runs({std::move(run)}), {}, options);
}

/// Two tasks with two patients; "half" failed on a case of the second.
RunInput two_tasks() {
  RunInput run;
  run.name = "run";
  run.results.identity = {{"protocols", {"synermed-2d@1"}}, {"suite", {{"name", "two"}}}};
  run.results.tasks = {{"brain-mr-to-ct", "brain", "MRI", "CT", "g", "HU", -1000, 2000, 2},
                       {"pelvis-mr-to-ct", "pelvis", "MRI", "CT", "g", "HU", -1000, 2000, 2}};
  run.results.models = {{"mine", demo_info("mine", "Mine", false)},
                        {"half", demo_info("half", "Half", false)}};
  for (const char* task : {"brain-mr-to-ct", "pelvis-mr-to-ct"}) {
    for (const char* model : {"mine", "half"}) {
      add_case(run.results, task, model, "p1", 0.1);
      if (std::string(model) == "mine" || std::string(task) == "brain-mr-to-ct")
        add_case(run.results, task, model, "p2", 0.2);
    }
  }
  return run;
}

TEST(EvalResults, HaveThePublishedForm) {
  const Leaderboard board = board_of(two_tasks());
  EvalResultsChoice choice;
  choice.dataset = "someone/cross-modal.v1";
  choice.model = "mine";
  const EvalResults plain = eval_results(board, choice);
  EXPECT_EQ(plain.file, ".eval_results/cross-modal.v1.yaml");
  const Document entries = read_yaml(plain.yaml);
  EXPECT_EQ(misfit_of(entries), "");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0]["dataset"],
            (Document{{"id", "someone/cross-modal.v1"}, {"task_id", "brain-mr-to-ct"}}));
  EXPECT_EQ(entries[0]["value"].get<double>(), (0.1 + 0.2) / 2) << "nothing is rounded";
  EXPECT_THAT(entries[0]["notes"].get<std::string>(),
              testing::AllOf(HasSubstr("SSIM"),
                             HasSubstr("under synermed-2d@1, mean over 2 patients, 95 % interval ["),
                             HasSubstr(", suite two")));
  EXPECT_EQ(entries[2]["dataset"]["task_id"], "all");
  EXPECT_TRUE(plain.left_out.empty());

  choice.revision = std::string(40, 'a');
  choice.date = "2026-05-31T12:00:00Z";
  choice.source_url = "https://example.org/\\report";
  choice.source_name = "The \"report\": # all of it";
  choice.source_user = "someone";
  choice.source_org = "some-lab";
  const Document full = read_yaml(eval_results(board, choice).yaml);
  EXPECT_EQ(misfit_of(full), "");
  EXPECT_EQ(full[1]["source"]["name"], choice.source_name);
  EXPECT_EQ(full[1]["dataset"]["revision"], choice.revision);
  EXPECT_EQ(full[1]["date"], choice.date);

  // The schema is no empty promise.
  for (const char* field : {"dataset", "value"}) {
    Document less = full;
    less[0].erase(field);
    EXPECT_NE(misfit_of(less), "") << field;
  }
  Document more = full;
  more[0]["metric"] = "ssim";
  EXPECT_NE(misfit_of(more), "");
  more = full;
  more[0]["source"].erase("url");
  EXPECT_NE(misfit_of(more), "") << "a source has an address";
}

TEST(EvalResults, LeaveOutWhatIsNotComplete) {
  EvalResultsChoice choice;
  choice.dataset = "someone/x";
  choice.model = "half";
  const EvalResults results = eval_results(board_of(two_tasks()), choice);
  const Document entries = read_yaml(results.yaml);
  ASSERT_EQ(entries.size(), 1u) << "and no average over what is not there";
  EXPECT_EQ(entries[0]["dataset"]["task_id"], "brain-mr-to-ct");
  EXPECT_THAT(results.left_out, ElementsAre("pelvis-mr-to-ct: 1 of 2 cases have a value"));
}

TEST(EvalResults, WriteSmallNumbersSoThatEveryReaderSeesNumbers) {
  RunInput run = two_tasks();
  for (CaseRecord& record : run.results.cases) record.measures[0].value = 1e-5;
  EvalResultsChoice choice;
  choice.dataset = "someone/x";
  choice.model = "mine";
  EXPECT_THAT(eval_results(board_of(std::move(run)), choice).yaml, HasSubstr("  value: 1.0e-05\n"));
}

TEST(EvalResults, RefuseWhatTheFormDoesNotTake) {
  const Leaderboard board = board_of(two_tasks());
  const auto refused = [&](auto change) {
    EvalResultsChoice choice;
    choice.dataset = "someone/x";
    choice.model = "mine";
    change(choice);
    return error_of([&] { eval_results(board, choice); });
  };
  EXPECT_THAT(refused([](auto& c) { c.dataset = ""; }), HasSubstr("--dataset"));
  EXPECT_THAT(refused([](auto& c) { c.dataset = "x"; }), HasSubstr("OWNER/NAME"));
  EXPECT_THAT(refused([](auto& c) { c.dataset = "../x"; }), HasSubstr("OWNER/NAME"));
  EXPECT_THAT(refused([](auto& c) { c.dataset = "a/../x"; }), HasSubstr("OWNER/NAME"));
  EXPECT_THAT(refused([](auto& c) { c.revision = "main"; }), HasSubstr("--revision"));
  EXPECT_THAT(refused([](auto& c) { c.date = "31.5.2026"; }), HasSubstr("--date"));
  EXPECT_THAT(refused([](auto& c) { c.source_url = "report.html"; }), HasSubstr("--source-url"));
  EXPECT_THAT(refused([](auto& c) { c.source_name = "Report"; }), HasSubstr("--source-url: is missing"));
  EXPECT_THAT(refused([](auto& c) { c.model = ""; }), HasSubstr("2 models"));
  EXPECT_THAT(refused([](auto& c) { c.model = "mina"; }), HasSubstr("did you mean \"mine\"?"));
}

}  // namespace
}  // namespace synerbench
