// What tests of the runner share: a small store, a small suite, models that need no training, and folders to
// compare.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/core/random.h"
#include "harness/run/run.h"
#include "tests/support/make_store.h"
#include "tests/support/temp_folder.h"

namespace synerbench {

/// Answers with the source plus noise from the slice's seed: depends on everything a model may depend on, and
/// on nothing else.
class NoisyModel final : public Synthesizer {
 public:
  explicit NoisyModel(double noise, bool concurrent = true) : noise_(noise), concurrent_(concurrent) {}
  ModelInfo info() const override {
    ModelInfo info;
    info.name = "noisy";
    info.label = "Noisy";
    info.concurrent = concurrent_;
    info.deterministic = false;
    info.switches = {{"noise", noise_}};
    return info;
  }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    const auto pixels = static_cast<size_t>(source.height * source.width);
    for (size_t i = 0; i < seeds.size(); ++i) {
      Random random(seeds[i]);
      for (size_t p = 0; p < pixels; ++p) {
        const double value = source.pixels[i * pixels + p] + noise_ * random.normal();
        prediction[i * pixels + p] = static_cast<float>(std::clamp(value, -1.0, 1.0));
      }
    }
  }

 private:
  double noise_;
  bool concurrent_;
};

inline ModelInfo named(const std::string& name) {
  ModelInfo info;
  info.name = info.label = name;
  return info;
}

/// A row without path and options.
inline Method row(const std::string& name,
                  std::function<std::unique_ptr<Synthesizer>(const LoadRequest&)> load) {
  return {name, name, "", "", {}, std::move(load)};
}

struct NoisyOptions {
  double noise = 0.05;
  bool concurrent = true;
};
inline const Schema<NoisyOptions>& noisy_schema() {
  static const Schema<NoisyOptions> table = [] {
    Schema<NoisyOptions> s;
    s.number("noise", &NoisyOptions::noise, kNotNegative, "standard deviation");
    s.boolean("concurrent", &NoisyOptions::concurrent, "may be called at once");
    return s;
  }();
  return table;
}

inline MethodTable test_models() {
  return {
      {"noisy", "Noisy", "source plus noise", "", noisy_schema().fields(), [](const LoadRequest& request) {
         const NoisyOptions options = noisy_schema().read(request.options, request.place);
         return std::make_unique<NoisyModel>(options.noise, options.concurrent);
       }}};
}

/// These tests write many small files, each flushed to disk; in memory that costs nothing.
struct TemporaryFilesInMemory {
  TemporaryFilesInMemory() {
    if (!std::getenv("TMPDIR") && std::filesystem::is_directory("/dev/shm"))
      ::setenv("TMPDIR", "/dev/shm", 0);
  }
};

/// Two tasks with HU targets and one with an MR target; 40 x 48 x 6 voxels; two test patients each.
class RunFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    set_quiet(true);
    testing_support::MakeStoreOptions made;
    made.regions = {{"brain", {Modality::kMRI, Modality::kCT, Modality::kCBCT}}};
    made.patients = 8;
    made.size = {24, 28, 9};
    testing_support::make_store(folder_ / "store", made);
    write_file(folder_ / "suite.json", R"({
      "schema": "synerbench/suite", "schema_version": 1, "name": "test", "title": "Test",
      "canvas": {"size": 32, "fit": "pad"}, "protocols": ["synermed-2d@1", "synthrad2023@1"],
      "tasks": [{"region": "brain", "source": "MRI", "target": "CT", "group": "g"},
                {"region": "brain", "source": "CBCT", "target": "CT", "group": "g"},
                {"region": "brain", "source": "CT", "target": "MRI", "group": "g"}]})");
  }

  RunOptions options(const std::string& out) const {
    RunOptions o;
    o.suite = (folder_ / "suite.json").string();
    o.store = folder_ / "store";
    o.models = {"noisy", "more=noisy:noise=0.2"};
    o.out = folder_ / out;
    o.threads = 1;
    return o;
  }

  TemporaryFilesInMemory in_memory_;  // before the folder
  TempFolder folder_;
};

/// Path -> bytes of every file that two equal runs have in common.
inline std::map<std::string, std::string> compared_files(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = std::filesystem::relative(entry.path(), folder).string();
    if (name == "timing.json" || name == "settings.json") continue;
    files[name] = read_file(entry.path());
  }
  return files;
}

inline void expect_same_run(const std::filesystem::path& a, const std::filesystem::path& b) {
  const auto files_a = compared_files(a), files_b = compared_files(b);
  std::vector<std::string> names_a, names_b;
  for (const auto& [name, bytes] : files_a) names_a.push_back(name);
  for (const auto& [name, bytes] : files_b) names_b.push_back(name);
  EXPECT_EQ(names_a, names_b);
  for (const auto& [name, bytes] : files_a) {
    if (!files_b.contains(name)) continue;
    EXPECT_TRUE(bytes == files_b.at(name)) << name << " differs";
  }
}

}  // namespace synerbench
