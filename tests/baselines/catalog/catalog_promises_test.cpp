// Every method of the table keeps what a learned model promises, at its smallest size: a resumed training is
// exact, and a slice's result depends on nothing but the slice and its seed.
#include <gtest/gtest.h>

#include "baselines/catalog/catalog.h"
#include "tests/baselines/support/model_test.h"
#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench {
namespace {

using namespace testing_support;

std::vector<std::string> small_methods() {
  std::vector<std::string> names;
  for (const Method& method : methods()) {
    if (!method.training) continue;
    for (const FieldInfo& field : method.training->config) {
      if (field.name == "preset" && field.type.find("tiny") != std::string::npos)
        names.push_back(method.name);
    }
  }
  return names;
}

class Promises : public ModelTest, public testing::WithParamInterface<std::string> {};

TEST_P(Promises, AreKept) {
  const TestedMethod method(find_method(methods(), GetParam(), "test"));
  const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  const SyntheticPairs pairs(4, 64, 1), none(0, 64, 2);
  constexpr int64_t kUpdates = 20;
  Json config{{"preset", "tiny"}};
  const MethodTraining& training = *method.row().training;
  if (training.routes == Routes::kPair) config["pair"] = {"MRI", "CT"};
  if (training.routes == Routes::kAll) config["routes"] = {task.id};
  if (training.fit) config = training.fit(config, kUpdates);
  TrainOptions options = short_training("", *method.make(config), kUpdates);
  options.recipe.batch = 1;
  expect_resume_is_exact({[&] { return method.make(config); }, options, {{task, &pairs}}}, folder_.path(),
                         {{.before_update = 13}});
  const auto model = method.load(folder_ / "whole");
  EXPECT_EQ(model->info().weights_sha256.size(), 64u);
  expect_independent_of_batch_and_threads(*model, task, slices_of(pairs));
}

INSTANTIATE_TEST_SUITE_P(Methods, Promises, testing::ValuesIn(small_methods()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace synerbench
