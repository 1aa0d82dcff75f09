// What holds for every row of the table of methods. A new method is tested here without a line of its own.
#include "baselines/catalog/catalog.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "harness/core/file.h"
#include "harness/train/budget.h"
#include "reference/methods.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::TestedMethod;

/// Rows that can be trained from nothing at a small size.
std::vector<Method> small_methods() {
  std::vector<Method> rows;
  for (const Method& method : methods()) {
    if (!method.training) continue;
    for (const FieldInfo& field : method.training->config) {
      if (field.name == "preset" && field.type.find("tiny") != std::string::npos) rows.push_back(method);
    }
  }
  return rows;
}

Json small_config(const Method& method) {
  Json config{{"preset", "tiny"}};
  if (method.training->routes == Routes::kPair) config["pair"] = {"MRI", "CT"};
  if (method.training->routes == Routes::kAll) config["routes"] = {"brain-mr-to-ct", "brain-ct-to-mr"};
  return config;
}

TEST(Catalog, NamesAreUniqueAndEveryRowSaysWhatItIs) {
  std::set<std::string> names;
  for (const Method& method : methods()) {
    SCOPED_TRACE(method.name);
    EXPECT_TRUE(names.insert(method.name).second);
    EXPECT_FALSE(method.label.empty());
    EXPECT_FALSE(method.summary.empty());
    EXPECT_TRUE(method.load);
    std::set<std::string> options;
    for (const FieldInfo& option : method.options) {
      EXPECT_TRUE(options.insert(option.name).second) << option.name;
      EXPECT_FALSE(option.meaning.empty()) << option.name;
    }
  }
  EXPECT_GE(small_methods().size(), 8u);
}

TEST(Catalog, FieldsOfAConfigurationAreSaidOnceAndMeanSomething) {
  for (const Method& method : methods()) {
    if (!method.training) continue;
    std::set<std::string> fields;
    for (const FieldInfo& field : method.training->config) {
      EXPECT_TRUE(fields.insert(field.name).second) << method.name << ": " << field.name;
      EXPECT_FALSE(field.meaning.empty()) << method.name << ": " << field.name;
    }
  }
}

TEST(Catalog, AConfigurationIsWrittenWithTheFieldsOfItsTableAndReadsBack) {
  for (const Method& method : small_methods()) {
    SCOPED_TRACE(method.name);
    const auto model = TestedMethod(method).make(small_config(method));
    EXPECT_EQ(model->method(), method.name);
    EXPECT_EQ(model->synthesizer().info().name, method.name);
    const Json config = model->config();
    EXPECT_EQ(TestedMethod(method).make(config)->config(), config);
    std::set<std::string> known;
    for (const FieldInfo& field : method.training->config)
      known.insert(field.name.substr(0, field.name.find('.')));
    for (const auto& item : config.items()) EXPECT_TRUE(known.count(item.key())) << item.key();
  }
}

TEST(Catalog, AnUnknownFieldIsAMistakeOfTheCommandLine) {
  for (const Method& method : small_methods())
    EXPECT_THAT(testing_support::error_of([&] {
                  TestedMethod(method).make({{"preset", "tiny"}, {"presett", 1}});
                }),
                HasSubstr(method.name + " configuration: /presett: this key is not known here"));
}

TEST(Catalog, ABudgetFitsConfigurationAndRecipe) {
  for (const Method& method : small_methods()) {
    SCOPED_TRACE(method.name);
    constexpr int64_t kUpdates = 1000;
    const auto& fit = method.training->fit;
    const Json config = fit ? fit(small_config(method), kUpdates) : small_config(method);
    const auto model = TestedMethod(method).make(config);
    const Recipe recipe = fitted_recipe(model->recipe(), kUpdates);
    EXPECT_EQ(recipe.unit, BudgetUnit::kUpdates);
    EXPECT_EQ(recipe.constant + recipe.decay, kUpdates);
    if (fit) {
      EXPECT_EQ(fit(model->config(), 77), model->config()) << "given lengths stay";
    }
  }
}

TEST(Catalog, WeightsThatAreNotThereAreBadInput) {
  const TempFolder folder;
  for (const Method& method : small_methods())
    EXPECT_THAT(
        testing_support::error_of([&] { TestedMethod(method).load(folder / "none"); }, ExitCode::kBadInput),
        HasSubstr("holds no weights"))
        << method.name;
}

/// docs/baselines.md has, for every method that can be trained, the table of its fields between two marks.
/// With SYNERBENCH_UPDATE_GOLDEN set this test writes them.
TEST(Catalog, TheDocumentationHasTheTablesOfFields) {
  const std::filesystem::path path = std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "docs/baselines.md";
  std::string text = read_file(path);
  std::set<std::string> elsewhere;  // docs/reference-model.md has one table for the reference model's family
  for (const Method& method : reference_methods()) elsewhere.insert(method.name);
  for (const Method& method : small_methods()) {
    if (elsewhere.contains(method.name)) continue;
    const std::string begin = fmt::format("<!-- fields of {} -->\n", method.name),
                      end = fmt::format("<!-- end of {} -->\n", method.name);
    const size_t from = text.find(begin), to = text.find(end);
    ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to)
        << path << ": no " << begin << " ... " << end;
    const std::string table = "\n" + to_markdown(method.training->config) + "\n";
    const size_t first = from + begin.size();
    if (std::getenv("SYNERBENCH_UPDATE_GOLDEN")) {
      text.replace(first, to - first, table);
    } else {
      EXPECT_EQ(text.substr(first, to - first), table)
          << "of " << method.name << ": run catalog_test with SYNERBENCH_UPDATE_GOLDEN=1";
    }
  }
  if (std::getenv("SYNERBENCH_UPDATE_GOLDEN")) write_file(path, text);
}

}  // namespace
}  // namespace synerbench
