// The published schemas (schemas/*.schema.json) against files that the program writes, by a validator that
// knows nothing of the program.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "harness/run/score.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

using Document = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

Document read(const std::filesystem::path& path) { return Document::parse(read_file(path)); }

/// The first thing that does not fit, or "".
std::string misfit_of(const std::string& schema_name, const Document& document) {
  const Document text =
      read(std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "schemas" / (schema_name + ".schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(Adapter(text), schema);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(schema, Adapter(document), &results)) return "";
  valijson::ValidationResults::Error error;
  std::string words;
  while (results.popError(error)) {
    for (const std::string& part : error.context) words += part;
    words += ": " + error.description + "\n";
  }
  return words.empty() ? "does not fit" : words;
}

class Schemas : public RunFixture {};

TEST_F(Schemas, DescribeWhatARunLeaves) {
  RunOptions o = options("ran");
  o.models = {"noisy"};
  run(o, test_models());
  const Document results = read(folder_ / "ran" / "results.json"), plan = read(folder_ / "ran" / "run.json");
  EXPECT_EQ(misfit_of("results", results), "");
  EXPECT_EQ(misfit_of("run", plan), "");

  // They are no empty promise: what does not belong is noticed.
  EXPECT_NE(misfit_of("run", results), "");
  for (const char* field : {"schema", "identity", "tasks", "models", "cases"}) {
    Document less = results;
    less.erase(field);
    EXPECT_NE(misfit_of("results", less), "") << field;
  }
  Document more = results;
  more["cases"][0]["invented"] = 1;
  EXPECT_NE(misfit_of("results", more), "") << "a field that no schema knows";
  more = results;
  more["cases"][0]["measures"][0]["undefined"] = "beside a value";
  EXPECT_NE(misfit_of("results", more), "");
  more = results;
  more["cases"][0]["slices"] = -1;
  EXPECT_NE(misfit_of("results", more), "");
}

TEST_F(Schemas, DescribeCasesThatFailed) {
  RunOptions o = options("ran");
  o.models = {"noisy"};
  o.keep_predictions = true;
  run(o, test_models());
  ScoreOptions s;
  s.suite = o.suite;
  s.store = o.store;
  s.predictions = predictions_of(folder_ / "ran", "noisy");
  s.out = folder_ / "scored";
  size_t removed = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(s.predictions)) {
    if (entry.is_regular_file() && removed++ == 0) write_file(entry.path(), "no tensor");
  }
  score(s);
  const Document results = read(folder_ / "scored" / "results.json");
  EXPECT_NE(results.dump().find("\"failed\""), std::string::npos);
  EXPECT_EQ(misfit_of("results", results), "");
}

TEST(SchemaOfLeaderboards, DescribesTheGoldenOne) {
  const Document board =
      read(std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "tests/reports/golden/leaderboard.json");
  EXPECT_EQ(misfit_of("leaderboard", board), "");
  Document wrong = board;
  wrong["metrics"][0]["tasks"][0]["rows"][0]["mean"] = "0.8";
  EXPECT_NE(misfit_of("leaderboard", wrong), "");
  wrong = board;
  wrong["metrics"][0]["averages"][0]["rows"][0].erase("interval");
  EXPECT_NE(misfit_of("leaderboard", wrong), "");
}

}  // namespace
}  // namespace synerbench
