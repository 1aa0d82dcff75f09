#include "tests/baselines/support/model_test.h"

#include <cmath>
#include <sstream>

#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/nn/compute.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench::testing_support {

void ModelTest::SetUpTestSuite() {
  set_quiet(true);
  nn::set_compute_threads(1);
}

TrainOptions ModelTest::short_training(const std::string& name, const Trainable& model,
                                       int64_t updates) const {
  TrainOptions options;
  options.folder = folder_ / name;
  options.recipe = model.recipe();
  options.recipe.unit = BudgetUnit::kUpdates;
  options.recipe.constant = updates;
  options.recipe.decay = 0;
  options.recipe.validate_every = updates;
  return options;
}

Json with(Json config, const Json& fields) {
  config.update(fields);
  return config;
}

std::vector<float> slices_of(const PairSource& pairs, int64_t count) {
  const auto pixels = static_cast<size_t>(pairs.height() * pairs.width());
  std::vector<float> slices(static_cast<size_t>(count) * pixels), unused(pixels);
  for (int64_t i = 0; i < count; ++i)
    pairs.read(i, std::span(slices).subspan(static_cast<size_t>(i) * pixels, pixels), unused, {});
  return slices;
}

std::vector<float> synthesize(Synthesizer& model, const Task& task, const std::vector<float>& pixels,
                              const std::vector<uint64_t>& seeds) {
  const size_t area = pixels.size() / seeds.size();
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(area))));
  SB_CHECK(static_cast<size_t>(side * side) * seeds.size() == pixels.size(), "square slices, one per seed");
  std::vector<float> prediction(pixels.size());
  model.synthesize(task, {static_cast<int64_t>(seeds.size()), side, side, pixels}, seeds, prediction);
  return prediction;
}

std::string refusal_of_slice(Synthesizer& model, const Task& task, int64_t height, int64_t width) {
  const std::vector<float> pixels(static_cast<size_t>(height * width));
  std::vector<float> prediction(pixels.size());
  const uint64_t seed = 1;
  return error_of([&] { model.synthesize(task, {1, height, width, pixels}, {&seed, 1}, prediction); });
}

std::vector<Json> log_lines(const std::filesystem::path& folder, const std::string& event) {
  std::vector<Json> lines;
  std::istringstream text(read_file(folder / "log.jsonl"));
  for (std::string line; std::getline(text, line);) {
    Json json = parse_json(line, (folder / "log.jsonl").string());
    if (json.at("event") == event) lines.push_back(std::move(json));
  }
  EXPECT_FALSE(lines.empty()) << "no line of \"" << event << "\" in " << folder;
  return lines;
}

double psnr_on(const PairSource& pairs, const Task& task, Synthesizer* model) {
  return psnr(mean_squared_error(pairs, task, model));
}

void write_weights_config(const std::filesystem::path& folder, const std::string& method, const Json& config,
                          const std::vector<PublishedNetwork>& networks) {
  Json json{{"schema", "synerbench/weights"}, {"schema_version", 1}, {"method", method}, {"config", config}};
  for (const PublishedNetwork& network : networks)
    json["networks"][network.name] = {
        {"file", network.file.empty() ? network.name + ".safetensors" : network.file}};
  std::filesystem::create_directories(folder);
  write_json(folder / "config.json", json);
}

void flip_last_bit(const std::filesystem::path& file) {
  std::string bytes = read_file(file);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file(file, bytes);
}

}  // namespace synerbench::testing_support
