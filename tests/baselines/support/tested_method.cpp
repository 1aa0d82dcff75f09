#include "tests/baselines/support/tested_method.h"

#include "tests/train/synthetic_pairs.h"

namespace synerbench::testing_support {
namespace {

class Ready final : public Synthesizer {
 public:
  explicit Ready(std::unique_ptr<Synthesizer> model) : model_(std::move(model)) {}
  ModelInfo info() const override { return model_->info(); }
  void prepare(const Task& task, const PairSource& training) override {
    model_->prepare(task, training);
    task_ = task.id;
  }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    if (task_ != task.id) prepare(task, SyntheticPairs(0, source.height, 1));
    model_->synthesize(task, source, seeds, prediction);
  }

 private:
  std::unique_ptr<Synthesizer> model_;
  std::string task_;
};

}  // namespace

std::unique_ptr<Trainable> TestedMethod::make(const Json& config, const std::string& device) const {
  return row_.training->make(config, device, row_.name + " configuration");
}

std::unique_ptr<Synthesizer> TestedMethod::load(const std::filesystem::path& folder, const Json& options,
                                                const std::string& device) const {
  LoadRequest request{.path = folder, .device = device, .options = options, .place = row_.name};
  for (auto& option : request.options) {
    if (option.is_string()) option = value_of_text(option.get<std::string>());
  }
  return std::make_unique<Ready>(row_.load(request));
}

void serve_any_task(const std::filesystem::path& folder) {
  Json config = read_json(folder / "config.json");
  config.erase("task");
  config.erase("tasks");
  write_json(folder / "config.json", config);
}

}  // namespace synerbench::testing_support
