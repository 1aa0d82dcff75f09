// Training a method on the tasks of a suite: from a command line's words to weights folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/data/canvas.h"
#include "harness/data/slice_store.h"
#include "harness/method/method.h"
#include "harness/session/coverage.h"
#include "harness/suite/suite.h"
#include "harness/train/budget.h"
#include "harness/train/expected_time.h"
#include "harness/train/train.h"

namespace synerbench {

struct TrainSession {
  std::filesystem::path out;     // holds the weights: OUT/<unit>, or OUT itself for a model of all tasks
  Json config = Json::object();  // the method's own; errors at "--config"
  Json recipe = Json::object();  // fields of its recipe; errors at "--recipe"
  std::optional<Budget> budget;  // per task; nothing: the recipe says how long
  std::optional<Canvas> canvas;  // instead of the suite's
  uint64_t seed = 1;
  std::string device = "cpu";
  int threads = 1;  // inside one operation; part of a training's identity (docs/training.md)
  int jobs = 1;     // trainings side by side
  int64_t checkpoint_every = 500;
  int64_t validation_slices = 64;  // at most; 0: all
  bool resume = false;
  bool however_long = false;  // the person knows that it takes more than an hour
};

/// A model and a recipe for one training. With a budget both are fitted to the number of updates that it
/// comes to.
struct FittedTraining {
  std::unique_ptr<Trainable> model;
  Recipe recipe;
  std::optional<ResolvedBudget> budget;
};
/// `tasks`: how many the training covers, each gets the budget. `folder`: where an unfinished training may
/// lie; with `resume` its number of updates is taken. Without a budget, a recipe whose average does not fit
/// its length is Error(kUsage) at "--recipe".
FittedTraining fit_training(const MethodTraining& method, const TrainSession& session, const Json& config,
                            const std::vector<TaskPairs>& training, int64_t tasks,
                            const std::filesystem::path& folder);

/// What one training left: {"updates", "epochs", "images_seen", "selected_update", "weights_sha256",
/// "selected_score", "task" or "tasks"}.
Json train_unit(const Method& method, const TrainingUnit& unit, const Suite& suite, const SliceStore& store,
                const TrainSession& session);

/// What the trainings of a method over `tasks` are expected to take. Those that have begun already, or are
/// finished, are left out: whoever goes on with them has been told.
struct ExpectedTrainings {
  struct One {
    std::string name;     // of its first task; "all tasks" of a model of all
    int64_t updates = 0;  // 0: not known, the budget is in seconds
    double seconds = 0;   // of the clock
  };
  std::vector<One> trainings;
  double seconds = 0;   // of all, `jobs` at a time
  bool stated = false;  // the call names a budget
  std::string device;
  int threads = 1, jobs = 1;
};
/// Measured on a scratch model of the first of them; its rate stands for the others. `rate`: taken instead of
/// a measurement. A budget in seconds is not measured: it says what it takes, validations apart. Nothing is
/// written. Errors as those of train_suite().
ExpectedTrainings expected_trainings(const Method& method, const Suite& suite,
                                     const std::vector<SuiteTask>& tasks, const SliceStore& store,
                                     const TrainSession& session,
                                     const std::optional<TrainingRate>& rate = {});
/// "about 14 h for brain-mr-to-ct, about 310 h (13 days) for all 22 trainings (on this machine, cpu, 1
/// thread)"
std::string describe(const ExpectedTrainings& expected);
/// A table of them for people, a line for each, with describe() below it.
std::string to_text(const ExpectedTrainings& expected);
/// {"expected_seconds", "device", "threads", "jobs", "trainings": [{"name", "expected_seconds", "updates"
/// where it is known}]}
Json to_json(const ExpectedTrainings& expected);
/// Error(kUsage) when more than an hour is expected and the call says neither a budget nor that it knows.
void require_consent(const ExpectedTrainings& expected, const TrainSession& session);

/// All trainings of a method over `tasks` of the suite, `session.jobs` at a time; their outcomes in the order
/// of the units. Slices that the suite does not score (min_foreground) are not learned from and not validated
/// on.
std::vector<Json> train_suite(const Method& method, const Suite& suite, const std::vector<SuiteTask>& tasks,
                              const SliceStore& store, const TrainSession& session);

}  // namespace synerbench
