#include "reports/numbers/published.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;

const char* const kSmall =
    R"({"schema": "published-results/1", "paper": "P", "units": {"ssim": "x100, higher is better", "mae": "gray levels"},
  "tables": [{"id": "t", "metric": "ssim", "origin": "o", "models": ["a", "b"], "rows": {"task": [66.17, 85]}}]})";

std::string refusal(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  try {
    published_from_json(parse_json(text, "p.json"), "p.json");
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("p.json"));
    return error.what();
  }
  return "";
}

TEST(Published, ReadsTablesOfTasksAndModels) {
  const Published published = published_from_json(parse_json(kSmall, "p.json"), "p.json");
  const auto figure = find_published({published}, "task", "b", "ssim");
  ASSERT_TRUE(figure);
  EXPECT_EQ(figure->value, 85);
  EXPECT_EQ(figure->scale, 100);
  EXPECT_EQ(figure->table->decimals, 2);  // of the longest figure: JSON keeps no trailing zeros
}

TEST(Published, FindsNothingForAnotherMetricTaskOrModel) {
  const std::vector<Published> all = {published_from_json(parse_json(kSmall, "p.json"), "p.json")};
  EXPECT_FALSE(find_published(all, "task", "b", "mae"));
  EXPECT_FALSE(find_published(all, "task", "c", "ssim"));
  EXPECT_FALSE(find_published(all, "other", "b", "ssim"));
}

TEST(Published, IsStrict) {
  EXPECT_THAT(refusal("published-results/1", "published-results/2"), HasSubstr("unknown schema"));
  EXPECT_THAT(refusal("[66.17, 85]", "[66.17]"), HasSubstr("2 numbers"));
  EXPECT_THAT(refusal("[66.17, 85]", "[66.17, \"85\"]"), HasSubstr("/tables/0/rows/task/1"));
  EXPECT_THAT(refusal("[66.17, 85]", "[66.17, null]"), HasSubstr("finite number"));
  EXPECT_THAT(refusal("\"metric\": \"ssim\"", "\"metric\": \"sim\""), HasSubstr("ssim"));
  EXPECT_THAT(refusal("\"origin\"", "\"orgin\""), HasSubstr("origin"));
  EXPECT_THAT(refusal("[\"a\", \"b\"]", "[\"a\", \"a\"]"), HasSubstr("one name"));
  EXPECT_THAT(refusal("\"rows\": {\"task\": [66.17, 85]}", "\"rows\": {}"), HasSubstr("at least one row"));
  EXPECT_THAT(refusal("\"id\": \"t\",", "\"id\": \"t\", \"color\": 1,"), HasSubstr("color"));
  EXPECT_THAT(refusal("\"id\": \"t\",", "\"id\": \"t\", \"routes\": {\"c\": 1},"),
              HasSubstr("no such column"));
}

TEST(Published, TheEmbeddedFileIsTheOneInTheTree) {
  const auto embedded = embedded_published();
  const auto loaded = load_published(std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "suites/published");
  ASSERT_EQ(embedded.size(), loaded.size());
  ASSERT_EQ(embedded.size(), 1u);
  EXPECT_EQ(embedded[0].paper, loaded[0].paper);
  EXPECT_EQ(embedded[0].tables.size(), 6u);
  // One figure of every kind of table, against the paper's page.
  EXPECT_EQ(find_published(embedded, "brain-mr-to-ct", "pix2pix", "ssim")->value, 74.33);
  EXPECT_EQ(find_published(embedded, "resvit", "brats", "ssim")->value, 84.92);
  EXPECT_EQ(find_published(embedded, "wb-ct-to-pet", "gau", "ssim")->value, 82.9);
  EXPECT_EQ(embedded[0].scale_of("mae"), 1);
}

TEST(Published, TheSharedFileIsTheSame) {
  const std::filesystem::path shared =
      std::filesystem::path(SYNERBENCH_SHARED_DIR) / "data/published/synermedgen-2026.json";
  if (!std::filesystem::exists(shared)) GTEST_SKIP() << shared << " is not here";
  EXPECT_EQ(read_file(shared), read_file(std::filesystem::path(SYNERBENCH_SOURCE_DIR) /
                                         "suites/published/synermedgen-2026.json"));
}

TEST(Published, AFolderWithoutFilesIsAnError) {
  TempFolder temp;
  EXPECT_THROW(load_published(temp.path()), Error);
  EXPECT_THROW(load_published(temp / "nowhere"), Error);
}

}  // namespace
}  // namespace synerbench
