#include "tests/baselines/support/promises.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "harness/core/file.h"
#include "harness/nn/compute.h"
#include "harness/nn/tensors.h"
#include "tests/baselines/support/model_test.h"

namespace synerbench::testing_support {
namespace {

struct PulledPlug : std::exception {
  const char* what() const noexcept override { return "the plug was pulled"; }
};

/// A model whose machine stops when update `last` begins.
class Unplugged final : public Trainable {
 public:
  Unplugged(Trainable& model, int64_t last) : model_(model), last_(last) {}
  std::string method() const override { return model_.method(); }
  Json config() const override { return model_.config(); }
  Recipe recipe() const override { return model_.recipe(); }
  void initialize(Random& random) override { model_.initialize(random); }
  std::vector<NetworkHandle> networks() override { return model_.networks(); }
  std::vector<nn::Optimizer*> optimizers() override { return model_.optimizers(); }
  void begin(const TrainingData& data) override { model_.begin(data); }
  std::vector<Phase> phases(int64_t updates) const override { return model_.phases(updates); }
  Schedule schedule() const override { return model_.schedule(); }
  void begin_phase(size_t phase) override { model_.begin_phase(phase); }
  std::vector<nn::NamedTensor> tensors_of(const NetworkHandle& network) override {
    return model_.tensors_of(network);
  }
  int64_t parameters_of(const NetworkHandle& network) override { return model_.parameters_of(network); }
  Losses step(const Step& step) override {
    if (done_ == last_) throw PulledPlug();
    return model_.step(step);
  }
  std::optional<int64_t> slices_seen() const override { return model_.slices_seen(); }
  std::optional<int64_t> slices_in(int64_t updates) override { return model_.slices_in(updates); }
  bool averages_itself() const override { return model_.averages_itself(); }
  void swap_average() override { model_.swap_average(); }
  void write_files(const std::filesystem::path& folder) const override { model_.write_files(folder); }
  void update_end(int64_t update, const Losses& losses) override {
    done_ = update + 1;
    model_.update_end(update, losses);
  }
  void epoch_end(int64_t epoch) override { model_.epoch_end(epoch); }
  void save_extra(std::vector<nn::NamedTensor>& tensors) const override { model_.save_extra(tensors); }
  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    model_.load_extra(file, prefix);
  }
  Synthesizer& synthesizer() override { return model_.synthesizer(); }

 private:
  Trainable& model_;
  int64_t last_, done_ = 0;
};

TrainReport run_in(const Training& training, Trainable& model, const std::filesystem::path& folder) {
  TrainOptions options = training.options;
  options.folder = folder;
  return train(options, model, training.pairs, training.validation);
}

std::set<std::string> files_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

void expect_same_files(const std::filesystem::path& seen, const std::filesystem::path& wanted) {
  EXPECT_EQ(files_in(seen), files_in(wanted));
  for (const std::string& name : files_in(wanted)) {
    if (!std::filesystem::exists(seen / name)) continue;  // said above
    EXPECT_EQ(sha256_file(seen / name), sha256_file(wanted / name)) << name;
  }
}

}  // namespace

std::vector<float> expect_independent_of_batch_and_threads(Synthesizer& model, const Task& task,
                                                           const std::vector<float>& pixels) {
  const std::vector<uint64_t> seeds{11, 12, 13};
  const auto area = static_cast<std::ptrdiff_t>(pixels.size() / seeds.size());
  const std::vector<float> together = synthesize(model, task, pixels, seeds);
  nn::set_compute_threads(2);
  for (size_t i = 0; i < seeds.size(); ++i) {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(i) * area;
    const std::vector<float> slice(pixels.begin() + at, pixels.begin() + at + area);
    const std::vector<float> alone = synthesize(model, task, slice, {seeds[i]});
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + at))
        << "slice " << i << " alone, on two threads, is another than among three";
  }
  nn::set_compute_threads(1);
  EXPECT_EQ(synthesize(model, task, pixels, seeds), together) << "evaluating changed the model";
  for (const float value : together) {
    if (!(value >= -1 && value <= 1)) {
      ADD_FAILURE() << value << " is not in [-1, 1]";
      break;
    }
  }
  return together;
}

TrainReport run(const Training& training, const std::filesystem::path& folder) {
  return run_in(training, *training.make(), folder);
}

void expect_resume_is_exact(const Training& training, const std::filesystem::path& folder,
                            const std::vector<Stop>& stops) {
  run(training, folder / "whole");
  for (const Stop& stop : stops) {
    SCOPED_TRACE(fmt::format("broken off before update {}, a checkpoint every {}", stop.before_update,
                             stop.checkpoint_every));
    const auto broken = folder / fmt::format("broken-{}-{}", stop.before_update, stop.checkpoint_every);
    Training part = training;
    part.options.checkpoint_every = stop.checkpoint_every;
    const auto model = part.make();
    Unplugged unplugged(*model, stop.before_update);
    EXPECT_THROW(run_in(part, unplugged, broken), PulledPlug) << "it was over before";
    ASSERT_TRUE(std::filesystem::exists(broken / "checkpoint.safetensors"));
    part.options.resume = true;
    const TrainReport report = run(part, broken);
    EXPECT_LE(report.resumed_at, stop.before_update);
    EXPECT_GT(report.resumed_at, stop.before_update - stop.checkpoint_every);
    expect_same_files(broken, folder / "whole");
  }
}

void expect_repeats_itself(const Training& training, const std::filesystem::path& folder) {
  run(training, folder / "once");
  run(training, folder / "again");
  expect_same_files(folder / "again", folder / "once");
}

}  // namespace synerbench::testing_support
