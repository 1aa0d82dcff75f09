#include "harness/train/per_task_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/train/weights.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

/// See load_per_task(); null for weights that were not trained here.
Json training_of(const fs::path& folder, const std::string& covers) {
  const Json config = read_json(folder / "config.json");
  if (!config.contains("training")) return {};
  try {
    const Json& training = config.at("training");
    const Json& recipe = training.at("recipe");
    Json facts{{"covers", covers},
               {"tasks", config.contains("tasks") ? config.at("tasks").size() : 1},
               {"budget", nullptr},
               {"pairing", recipe.at("pairing")},
               {"augmentation", recipe.at("augmentation")},
               {"batch", recipe.at("batch")},
               {"updates", training.at("updates")},
               {"slices", training.at("images_seen")},
               {"seed", training.at("seed")},
               {"selected_update", config.at("selection").at("update")}};
    if (training.contains("budget")) {
      const Json& budget = training.at("budget");
      facts["budget"] = {{"kind", budget.at("kind")}, {"value", budget.at("value")}};
    }
    return facts;
  } catch (const Json::exception& error) {
    throw input_error((folder / "config.json").string() + ": /training", error.what(),
                      "the file is damaged; copy the weights folder again");
  }
}

/// The canvases that the weights in `folder` were trained on. Nothing where they do not say.
void add_canvases(const fs::path& folder, const std::vector<std::string>& tasks, Json& canvases) {
  const fs::path file = folder / "config.json";
  const Json config = read_json(file);
  if (!config.contains("data")) return;
  const auto damaged = [&](const std::string& key) {
    return input_error(file.string() + ": /data/" + key, "is not what training writes", kDamagedWeights);
  };
  const Json& data = config.at("data");
  if (!data.is_object()) throw damaged("");
  if (!data.contains("canvas")) return;
  const Json& canvas = data.at("canvas");
  if (!canvas.is_object()) throw damaged("canvas");
  for (const std::string& task : tasks) {
    if (canvas.contains("size")) {
      canvases[task] = canvas;
    } else if (canvas.contains(task)) {
      canvases[task] = canvas.at(task);
    }
  }
}

/// The scans that weights have seen, in their own training and in those before it.
void add_scans(const WeightsConfig& config, std::set<std::string>& trained_on) {
  if (!config.lineage) {  // from before lineages were kept
    if (config.scans) trained_on.insert(config.scans->begin(), config.scans->end());
    return;
  }
  for (const TrainingOrigin& one : config.lineage->trainings) {
    if (one.scans) trained_on.insert(one.scans->begin(), one.scans->end());
  }
}

class PerTaskModel final : public Synthesizer {
 public:
  PerTaskModel(std::map<std::string, fs::path> folders, const fs::path& root, const std::string& method,
               WeightsLoader loader, std::string covers, bool takes_any_task)
      : folders_(std::move(folders)),
        root_(root),
        loader_(std::move(loader)),
        covers_(std::move(covers)),
        takes_any_task_(takes_any_task) {
    std::map<fs::path, std::string> hashes;  // a folder may serve several tasks
    std::map<fs::path, std::shared_ptr<const Lineage>> lineages;
    std::set<std::string> trained_on;
    std::string lines;
    for (const auto& [task, folder] : folders_) {
      std::string& hash = hashes[folder];
      if (hash.empty()) {
        const WeightsConfig config = read_weights_config(folder, method);
        hash = config.sha256();
        add_canvases(folder, config.tasks, canvases_);
        add_scans(config, trained_on);
        lineages[folder] = config.lineage;
      }
      lines += task + " " + hash + "\n";
      if (lineages[folder]) lineages_[one_for_all() ? "" : task] = lineages[folder];
      if (!one_for_all()) tasks_.insert(task);
    }
    if (!trained_on.empty())
      trained_on_ = std::make_shared<const std::set<std::string>>(std::move(trained_on));
    task_ = folders_.begin()->first;
    loaded_ = folders_.begin()->second;
    present_ = loader_(loaded_);
    describe();
    if (hashes.size() > 1) info_.weights_sha256 = sha256_hex(lines);
  }

  ModelInfo info() const override { return info_; }

  void prepare(const Task& task, const PairSource& training) override {
    const auto found = one_for_all() ? folders_.begin() : folders_.find(task.id);
    if (found == folders_.end()) {
      std::vector<std::string> known;
      for (const auto& [id, folder] : folders_) known.push_back(id);
      throw input_error(
          root_.string(), fmt::format("no weights for task \"{}\"", task.id),
          did_you_mean(task.id, known) +
              fmt::format("; make them: synerbench train --task {} --out {}", task.id, root_.string()));
    }
    if (loaded_ != found->second) {
      // Free the old weights before the new ones come. If these cannot be loaded there are none, and the next
      // call has to load again.
      task_.clear(), loaded_.clear(), present_.reset();
      present_ = loader_(found->second);
      loaded_ = found->second;
    }
    task_ = task.id;
    present_->prepare(task, training);
    describe();
  }

  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    SB_CHECK(task.id == task_, "prepare() was not called for " + task.id);
    present_->synthesize(task, source, seeds, prediction);
  }

 private:
  /// One folder whose model can be asked for any task.
  bool one_for_all() const {
    const auto other = [&](const auto& entry) { return entry.second != folders_.begin()->second; };
    return takes_any_task_ && std::none_of(folders_.begin(), folders_.end(), other);
  }

  void describe() {
    info_ = present_->info();
    info_.canvases = canvases_;
    info_.trained_on = trained_on_;
    info_.tasks = tasks_;
    info_.lineages = lineages_;
    if (Json training = training_of(loaded_, covers_); !training.is_null())
      info_.switches["training"] = std::move(training);
  }

  std::map<std::string, fs::path> folders_;  // by task id
  fs::path root_;
  WeightsLoader loader_;
  std::string covers_;
  bool takes_any_task_;
  std::unique_ptr<Synthesizer> present_;
  std::string task_;
  fs::path loaded_;  // the folder of present_
  Json canvases_ = Json::object();
  std::shared_ptr<const std::set<std::string>> trained_on_;
  std::set<std::string> tasks_;
  std::map<std::string, std::shared_ptr<const Lineage>> lineages_;
  ModelInfo info_;
};

}  // namespace

std::unique_ptr<Synthesizer> load_per_task(const fs::path& folder, const std::string& method,
                                           WeightsLoader loader, const std::string& covers,
                                           bool takes_any_task) {
  std::map<std::string, fs::path> folders;
  if (path_exists(folder / "config.json")) {
    const WeightsConfig config = read_weights_config(folder, method);
    if (config.tasks.empty()) return loader(folder);  // not bound to a task: serves every one
    for (const std::string& task : config.tasks) folders.emplace(task, folder);
    return std::make_unique<PerTaskModel>(std::move(folders), folder, method, std::move(loader), covers,
                                          takes_any_task);
  }
  if (folder_exists(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (!path_exists(entry.path() / "config.json")) continue;
      std::vector<std::string> tasks = read_weights_config(entry.path(), method).tasks;
      if (tasks.empty()) tasks.push_back(entry.path().filename().string());
      for (const std::string& task : tasks) {
        const auto [known, added] = folders.emplace(task, entry.path());
        if (added) continue;
        throw input_error(folder.string(),
                          fmt::format("two folders hold weights for task {}: {} and {}", task,
                                      known->second.filename().string(), entry.path().filename().string()),
                          "keep one of them here");
      }
    }
  }
  if (folders.empty()) {
    throw input_error(
        folder.string(), "holds no weights: neither config.json nor <task>/config.json",
        fmt::format("train first: synerbench train --model {} --suite quick --store STORE --out {}", method,
                    folder.string()));
  }
  return std::make_unique<PerTaskModel>(std::move(folders), folder, method, std::move(loader), covers,
                                        takes_any_task);
}

}  // namespace synerbench
