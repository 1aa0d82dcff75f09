#include "harness/train/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <memory>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/progress.h"
#include "harness/nn/compute.h"
#include "harness/nn/tensors.h"
#include "harness/train/checkpoint.h"
#include "harness/train/identity.h"
#include "harness/train/log.h"
#include "harness/train/origin.h"
#include "harness/train/updates.h"
#include "harness/train/validate.h"
#include "harness/train/weights.h"

namespace synerbench {
namespace {

std::vector<TaskPairs> with_pairs(const std::vector<TaskPairs>& all) {
  std::vector<TaskPairs> some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some),
               [](const TaskPairs& entry) { return entry.pairs->size() > 0; });
  return some;
}

int64_t pair_count(const std::vector<TaskPairs>& all) {
  int64_t count = 0;
  for (const TaskPairs& entry : all) count += entry.pairs->size();
  return count;
}

std::string label_of(const Trainable& model, const std::vector<TaskPairs>& training) {
  std::string label = fmt::format("{} on {}", model.method(), training.front().task.id);
  if (training.size() > 1) label += fmt::format(" and {} other tasks", training.size() - 1);
  return label;
}

/// One training from its first or its resumed update to the end.
class Training {
 public:
  Training(const TrainOptions& options, Trainable& model, const std::vector<TaskPairs>& pairs,
           const std::vector<TaskPairs>& validation)
      : options_(options),
        recipe_(options.recipe),
        model_(model),
        validation_(with_pairs(validation)),
        pairs_(pair_count(pairs)),
        updates_(model, pairs, options.recipe, options.seed),
        total_(updates_.total()),
        identity_(training_identity(options, model, pairs, validation)),
        lineage_(training_lineage(options, model, pairs, validation, validates())),
        label_(label_of(model, pairs)) {}

  TrainReport run() {
    const auto begin = std::chrono::steady_clock::now();
    start();
    report_.resumed_at = position_.update;
    {
      Progress progress("train " + label_, total_);
      progress.advance(position_.update);
      while (position_.update < total_) {
        const Losses losses = update();
        progress.advance(1, note(losses));
      }
    }
    finish();
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return report_;
  }

 private:
  std::filesystem::path checkpoint_path() const { return options_.folder / "checkpoint.safetensors"; }

  /// Whether validation pairs choose among the weights: see Note [Which weights can be selected].
  bool validates() const {
    const std::vector<Phase>& phases = updates_.phases();
    return !validation_.empty() &&
           (phases.empty() ||
            std::any_of(phases.begin(), phases.end(), [](const Phase& p) { return p.synthesizes; }));
  }

  void start() {
    const bool resumed = options_.resume && path_exists(checkpoint_path());
    if (resumed) {
      const TrainingName name = checkpoint_name(checkpoint_path());
      require_equal_identity(name.identity, identity_, checkpoint_path());
      require_equal_lineage(name.lineage, lineage_, checkpoint_path());
      position_ = read_checkpoint(checkpoint_path(), model_, updates_);
    } else {
      updates_.initialize();
    }
    log_ = std::make_unique<TrainLog>(options_.folder / "log.jsonl", position_.log_length);
    if (resumed) return;
    Json line{{"event", "start"}, {"identity", identity_}, {"updates", total_}};
    for (const Phase& phase : updates_.phases())
      line["phases"].push_back(Json{{"phase", phase.name}, {"updates", phase.updates}});
    log_->append(line);
  }

  Losses update() {
    const int64_t number = position_.update;
    const Losses losses = updates_.make(number);
    require_finite(losses, number);
    position_.update = number + 1;
    const bool epoch_ends = position_.update % updates_.per_epoch() == 0;

    sum(losses);
    const bool phase_ends = updates_.ends_phase(position_.update);  // the next one may report other losses
    if (position_.update % options_.log_every == 0 || phase_ends || position_.update == total_) log_losses();
    const bool validated = validate_if_due(epoch_ends);
    const bool stopped = interrupted();
    const bool due = options_.checkpoint_every > 0 && position_.update % options_.checkpoint_every == 0;
    if (validated || stopped || due || position_.update == total_) save_checkpoint();
    if (stopped && position_.update < total_) {
      say("stopped", fmt::format("after update {} of {}; go on with --resume", position_.update, total_));
      throw_if_interrupted(options_.resume ? "start the same command again to go on"
                                           : "start the same command again with --resume to go on");
    }
    return losses;
  }

  void require_finite(const Losses& losses, int64_t number) const {
    for (const auto& [name, value] : losses) {
      if (std::isfinite(value)) continue;
      throw Error(ExitCode::kSomeFailed, "training " + label_,
                  fmt::format("loss {} is {} at update {}", name, value, number),
                  "the learning rate may be too high for this data; the last checkpoint is from before");
    }
  }

  void sum(const Losses& losses) {
    if (position_.summed == 0) {
      position_.sums = losses;
    } else {
      SB_CHECK(losses.size() == position_.sums.size(), "a model reports the same losses at every update");
      for (size_t i = 0; i < losses.size(); ++i) position_.sums[i].second += losses[i].second;
    }
    ++position_.summed;
  }

  /// A new line of the log with the position in it.
  Json line_of(const char* event) const {
    Json line{{"event", event}, {"update", position_.update}};
    if (!updates_.phases().empty()) line["phase"] = updates_.phases()[updates_.phase()].name;
    return line;
  }

  void log_losses() {
    Json means = Json::object();
    position_.losses = position_.sums;
    for (auto& [name, value] : position_.losses) {
      value /= static_cast<double>(position_.summed);
      means[name] = value;
    }
    Json line = line_of("losses");
    if (!model_.slices_seen()) line["epoch"] = (position_.update - 1) / updates_.per_epoch();
    line["over"] = position_.summed;
    line["lr_factor"] = updates_.factor();
    line["losses"] = means;
    log_->append(line);
    position_.summed = 0;
  }

  bool validate_if_due(bool epoch_ends) {
    if (validation_.empty()) return false;
    // See Note [Which weights can be selected].
    if (!updates_.phases().empty() && !updates_.phases()[updates_.phase()].synthesizes) return false;
    const int64_t unit = recipe_.unit == BudgetUnit::kUpdates ? position_.update
                         : epoch_ends                         ? position_.update / updates_.per_epoch()
                                                              : -1;
    if (position_.update != total_ && (unit < 0 || unit % recipe_.validate_every != 0)) return false;
    updates_.swap_average();
    Json line = line_of("validation");
    const std::optional<double> score = validate_all(line);
    const bool best = score && (!position_.best || *score > position_.best->score);
    if (best) position_.best = BestSoFar{position_.update, *score, snapshot(model_)};
    updates_.swap_average();
    line["best"] = best;
    log_->append(line);
    return true;
  }

  /// Mean over the tasks; `line` gets the score, and each task's own where there are several.
  std::optional<double> validate_all(Json& line) {
    double sum = 0;
    int64_t tasks = 0, slices = 0, left_out = 0;
    for (const TaskPairs& entry : validation_) {
      const ValidationScore score =
          validate(model_.synthesizer(), entry.task, *entry.pairs, options_.protocol,
                   options_.validation_slices, options_.min_foreground);
      slices += score.slices;
      left_out += score.left_out;
      if (validation_.size() > 1)
        line["tasks"][entry.task.id] = score.mean ? Json(*score.mean) : Json(nullptr);
      if (!score.mean) continue;
      sum += *score.mean;
      ++tasks;
    }
    const std::optional<double> mean =
        tasks > 0 ? std::optional(sum / static_cast<double>(tasks)) : std::nullopt;
    line["score"] = mean ? Json(*mean) : Json(nullptr);
    line["slices"] = slices;
    line["left_out"] = left_out;
    return mean;
  }

  void save_checkpoint() {
    log_->sync();
    position_.log_length = log_->length();
    position_.phase = updates_.phase();
    write_checkpoint(checkpoint_path(), {identity_, to_json(lineage_)}, position_, model_, updates_);
  }

  std::string note(const Losses& losses) const {
    std::string text;
    for (const auto& [name, value] : losses)
      text += fmt::format("{}{} {:.3g}", text.empty() ? "" : "  ", name, value);
    if (position_.best) text += fmt::format("  best SSIM {:.4f}", position_.best->score);
    return text;
  }

  /// Weights, then config.json, then the checkpoint goes: a kill in between leaves a folder that --resume
  /// completes.
  void finish() {
    std::vector<NetworkSnapshot> selected;
    if (position_.best) {
      selected = position_.best->networks;
      report_.selected_update = position_.best->update;
      report_.selected_score = position_.best->score;
    } else {
      updates_.swap_average();
      selected = snapshot(model_);
      updates_.swap_average();
      report_.selected_update = position_.update;
    }
    report_.updates = position_.update;
    report_.images_seen = updates_.slices_seen(position_.update);
    report_.epochs = model_.slices_seen()
                         ? (report_.images_seen + pairs_ - 1) / pairs_
                         : (position_.update + updates_.per_epoch() - 1) / updates_.per_epoch();
    report_.losses = position_.losses;

    std::vector<NetworkFile> files;
    Json networks = Json::object();
    const std::vector<NetworkHandle> handles = model_.networks();
    for (size_t i = 0; i < handles.size(); ++i) {
      NetworkFile file{handles[i].name, handles[i].name + ".safetensors", "", handles[i].inference};
      nn::write_tensors(options_.folder / file.file, selected[i].tensors, {}, &file.sha256);
      networks[file.name] = {{"file", file.file},
                             {"sha256", file.sha256},
                             {"parameters", model_.parameters_of(handles[i])},
                             {"inference", file.inference}};
      if (file.inference) files.push_back(file);
    }
    model_.write_files(options_.folder);
    report_.weights_sha256 = combined_sha256(files);
    lineage_.trainings.front().weights_sha256 = report_.weights_sha256;
    write_json(options_.folder / "config.json", weights_config(identity_, lineage_, networks, report_));
    std::error_code code;
    std::filesystem::remove(checkpoint_path(), code);
    if (code)
      throw input_error(checkpoint_path().string(), fmt::format("cannot be removed ({})", code.message()),
                        "the weights are complete; remove it yourself");
  }

  const TrainOptions& options_;
  const Recipe& recipe_;
  Trainable& model_;
  const std::vector<TaskPairs> validation_;  // those with pairs
  const int64_t pairs_;                      // to learn from
  Updates updates_;
  const int64_t total_;
  Json identity_;
  Lineage lineage_;
  std::string label_;
  std::unique_ptr<TrainLog> log_;
  TrainPosition position_;
  TrainReport report_;
};

/// What a folder already holds decides whether there is anything to train.
std::optional<TrainReport> finished_before(const TrainOptions& options, const Trainable& model,
                                           const std::vector<TaskPairs>& training,
                                           const std::vector<TaskPairs>& validation) {
  const std::filesystem::path config_path = options.folder / "config.json";
  const bool finished = path_exists(config_path);
  const bool begun = path_exists(options.folder / "checkpoint.safetensors");
  if (!options.resume && (finished || begun)) {
    throw usage_error(options.folder.string(),
                      finished ? "holds the weights of a finished training" : "holds an unfinished training",
                      finished ? "choose another folder" : "go on with --resume, or choose another folder");
  }
  // A checkpoint beside config.json: killed between writing the one and removing the other; run() repeats the
  // end.
  if (!finished || begun) return {};
  const Json config = read_json(config_path);
  require_equal_identity(identity_of(config, config_path),
                         training_identity(options, model, training, validation), config_path);
  return report_of(config, options.folder);
}

}  // namespace

TrainReport train(const TrainOptions& options, Trainable& model, const std::vector<TaskPairs>& training,
                  const std::vector<TaskPairs>& validation) {
  SB_CHECK(!training.empty(), "a training has tasks");
  for (const TaskPairs& entry : training) {
    if (entry.pairs->size() > 0) continue;
    throw input_error(fmt::format("training {} on {}", model.method(), entry.task.id),
                      "there are no training pairs",
                      "the store has no case of this task in its training split: see synerbench store ls");
  }
  SB_CHECK(options.threads >= 1 && options.log_every >= 1, "options of train()");
  nn::check_device(options.device, "device");
  nn::set_compute_threads(options.threads);
  nn::use_deterministic_kernels();
  const FolderLock lock(options.folder, "training");
  remove_temporary_files(options.folder);
  if (const auto report = finished_before(options, model, training, validation)) return *report;
  return Training(options, model, training, validation).run();
}

TrainReport train(const TrainOptions& options, Trainable& model, const PairSource& training,
                  const PairSource& validation) {
  return train(options, model, {{options.task, &training}}, {{options.task, &validation}});
}

}  // namespace synerbench
