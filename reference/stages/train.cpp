#include "reference/stages/train.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/nn/compute.h"
#include "harness/nn/tensors.h"
#include "harness/train/log.h"
#include "reference/checkpoint/checkpoint.h"
#include "reference/stages/batch.h"
#include "reference/stages/optimizer.h"
#include "reference/tokenizer/tokenizer.h"

namespace synerbench::reference {
namespace {

constexpr const char* kStateFile = "training.safetensors";
constexpr const char* kDoneFile = "training.json";
constexpr const char* kMetadataKey = "synerbench";
constexpr const char* kCopied[] = {"ae.safetensors", "llm_config.json",      "vit_config.json",
                                   "config.json",    "vae_config.json",      "vocab.json",
                                   "merges.txt",     "tokenizer_config.json"};

OptimizerSettings optimizer_settings(const StageRecipe& r, int64_t updates) {
  OptimizerSettings s;
  s.lr = r.lr;
  s.schedule = r.cosine ? Schedule::kCosine : Schedule::kConstant;
  s.warmup = r.warmup;
  s.min_lr = r.min_lr;
  s.total = updates;
  s.beta1 = r.beta1;
  s.beta2 = r.beta2;
  s.eps = r.eps;
  s.weight_decay = r.weight_decay;
  s.clip = r.clip;
  s.ema_decay = r.ema_decay;
  return s;
}

/// Everything a resumed training must share with the one it goes on from.
Json identity_of(const StageOptions& options, const std::string& start_sha256) {
  return {{"recipe", to_json(options.recipe)},
          {"updates", options.updates},
          {"seed", options.seed},
          {"log_every", options.log_every},
          {"start", start_sha256},
          {"compute", nn::compute_provenance(options.device)},
          {"data", options.data}};
}

/// Sums of the log line that is being filled.
struct Sums {
  double ce = 0, mse = 0, norm = 0;
  int64_t updates = 0, tokens = 0;
};

class StageTrainer {
 public:
  StageTrainer(const StageOptions& options, const Checkpoint& checkpoint, const Tokenizer& tokenizer,
               const SampleSource& source)
      : options_(options),
        network_(load_network(checkpoint, {at::kFloat, at::kFloat, at::Device(options.device)})),
        stream_(source, network_->sizes, tokenizer.special(), options.recipe, options.seed),
        identity_(identity_of(options, checkpoint.weights_sha256())) {
    network_->parameters.require_gradients([&](Part part) { return options.recipe.trains(part); });
    optimizer_ =
        std::make_unique<AdamW>(network_->parameters, optimizer_settings(options.recipe, options.updates));
    forward_.decoder.compute = options.recipe.compute == "bf16" ? at::kBFloat16 : at::kFloat;
    forward_.decoder.freeze_understanding = options.recipe.freeze_understanding;
    forward_.decoder.checkpoint_layers = options.recipe.recompute_layers;
    forward_.timestep_shift = options.recipe.timestep_shift;
    if (options.recipe.latent_cache > 0) latents_.emplace(options.recipe.latent_cache << 20);
  }

  StageReport run(const std::function<void(const StageLine&)>& watch) {
    const auto start = std::chrono::steady_clock::now();
    StageReport report;
    int64_t log_length = 0;
    if (options_.resume && std::filesystem::exists(options_.to / kStateFile)) log_length = restore();
    report.resumed_at = optimizer_->updates();
    TrainLog log(options_.to / "log.jsonl", log_length);
    while (optimizer_->updates() < options_.updates) {
      report.tokens += update();
      const int64_t done = optimizer_->updates();
      if (done % options_.log_every == 0 || done == options_.updates) {
        const double n = static_cast<double>(sums_.updates);
        const StageLine line{done, sums_.ce / n, sums_.mse / n, sums_.norm / n, rate_, sums_.tokens};
        log.append({{"update", line.update},
                    {"ce", line.ce},
                    {"mse", line.mse},
                    {"grad_norm", line.grad_norm},
                    {"lr", line.lr},
                    {"tokens", line.tokens}});
        const double loss = options_.recipe.ce_weight * line.ce + options_.recipe.mse_weight * line.mse;
        if (report.first_loss == 0) report.first_loss = loss;
        report.last_loss = loss;
        sums_ = {};
        if (watch) watch(line);
      }
      const bool due = options_.checkpoint_every > 0 && done % options_.checkpoint_every == 0;
      if (interrupted() || (due && done < options_.updates)) {
        log.sync();
        save(log.length());
        throw_if_interrupted();
      }
    }
    log.sync();
    finish();
    report.updates = optimizer_->updates();
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report.state_bytes = static_cast<int64_t>(optimizer_->bytes());
    for (const auto& leaf : network_->parameters.leaves())
      report.trained_parameters += leaf.value.requires_grad() ? leaf.value.numel() : 0;
    return report;
  }

 private:
  int64_t update() {
    const int64_t number = optimizer_->updates();
    Random random(
        combine_seeds(combine_seeds(options_.seed, seed_from("update")), static_cast<uint64_t>(number)));
    const auto packs = static_cast<double>(options_.recipe.accumulation);
    int64_t tokens = 0;
    for (int64_t i = 0; i < options_.recipe.accumulation; ++i) {
      const Pack pack = stream_.next();
      const PackedInputs inputs = make_inputs(pack, *network_, random, latents_ ? &*latents_ : nullptr);
      const PackLoss loss =
          pack_loss(training_forward(pack.sequence, inputs, *network_, forward_), pack, options_.recipe);
      if (!std::isfinite(loss.ce) || !std::isfinite(loss.mse)) {
        throw Error(ExitCode::kSomeFailed, options_.to.string(),
                    fmt::format("the loss of update {} is not finite", number),
                    "lower the learning rate, or resume from an earlier folder with another seed");
      }
      // A pack whose every learned part was left out has nothing to teach.
      if (loss.total.defined() && loss.total.requires_grad()) (loss.total / packs).backward();
      sums_.ce += loss.ce / packs;
      sums_.mse += loss.mse / packs;
      tokens += pack.sequence.length();
    }
    const double norm = optimizer_->gradient_norm();
    if (!std::isfinite(norm)) {
      throw Error(ExitCode::kSomeFailed, options_.to.string(),
                  fmt::format("the gradient of update {} is not finite", number), "lower the learning rate");
    }
    rate_ = optimizer_->step(norm);
    sums_.norm += norm;
    sums_.tokens += tokens;
    ++sums_.updates;
    return tokens;
  }

  std::vector<nn::NamedTensor> state() {
    std::vector<nn::NamedTensor> tensors;
    for (const auto& leaf : network_->parameters.leaves()) {
      if (leaf.value.requires_grad()) tensors.push_back({"weights." + leaf.name, leaf.value.detach()});
    }
    for (auto& named : optimizer_->state()) tensors.push_back({"optimizer." + named.name, named.tensor});
    return tensors;
  }

  void save(int64_t log_length) {
    const PackStream::State packs = stream_.state();
    const Json metadata = {{"identity", identity_},
                           {"log_length", log_length},
                           {"next_draw", packs.next_draw},
                           {"waiting", packs.waiting},
                           {"sums", {sums_.ce, sums_.mse, sums_.norm}},
                           {"summed", {sums_.updates, sums_.tokens}}};
    nn::write_tensors(options_.to / kStateFile, state(), {{kMetadataKey, to_text(metadata, -1)}});
  }

  /// Returns the length of the log at the saved moment.
  int64_t restore() {
    const SafetensorsFile file(options_.to / kStateFile);
    const std::string place = file.path().string();
    const auto it = file.metadata().find(kMetadataKey);
    if (it == file.metadata().end()) throw input_error(place, "not the state of a training");
    const Json metadata = parse_json(it->second, place + " (metadata)");
    if (metadata.at("identity") != identity_) {
      for (auto field = identity_.begin(); field != identity_.end(); ++field) {
        if (metadata.at("identity").value(field.key(), Json()) == field.value()) continue;
        throw usage_error(
            place, fmt::format("\"{}\" differs from the training that is to be resumed", field.key()),
            "resume with the same recipe, seed, data, device and threads, or train into another folder");
      }
    }
    for (const nn::NamedTensor& named : state()) {
      const at::Tensor saved = nn::tensor_from(file.at(named.name));
      if (saved.sizes() != named.tensor.sizes())
        throw input_error(place, fmt::format("{} has another shape", named.name));
      at::Tensor(named.tensor).copy_(saved);
    }
    optimizer_->restored();
    stream_.restore(
        {metadata.at("next_draw").get<int64_t>(), metadata.at("waiting").get<std::vector<int64_t>>()});
    sums_ = {metadata.at("sums")[0].get<double>(), metadata.at("sums")[1].get<double>(),
             metadata.at("sums")[2].get<double>(), metadata.at("summed")[0].get<int64_t>(),
             metadata.at("summed")[1].get<int64_t>()};
    return metadata.at("log_length").get<int64_t>();
  }

  void finish() {
    const Parameters& p = network_->parameters;
    save_parameters(options_.to / "model.safetensors", p, DType::kF32,
                    [&](const std::string& key) { return p.value(key); });
    save_parameters(options_.to / "ema.safetensors", p, DType::kF32, [&](const std::string& key) {
      return p.rows_of(key, optimizer_->average(p.leaf_of(key)).detach());
    });
    for (const char* name : kCopied) {
      if (std::filesystem::exists(options_.from / name))
        write_file(options_.to / name, read_file(options_.from / name));
    }
    // Written last: a folder with it is complete.
    write_json(options_.to / kDoneFile,
               {{"schema", "synerbench/reference-training"}, {"schema_version", 1}, {"identity", identity_}});
    std::filesystem::remove(options_.to / kStateFile);
  }

  StageOptions options_;
  std::unique_ptr<Network> network_;
  PackStream stream_;
  Json identity_;
  std::unique_ptr<AdamW> optimizer_;
  std::optional<LatentCache> latents_;
  ForwardSettings forward_{{at::kFloat}};
  Sums sums_;
  double rate_ = 0;
};

void require_free(const StageOptions& options) {
  if (std::filesystem::exists(options.to / kDoneFile)) {
    throw usage_error(options.to.string(), "a finished training is here already", "name another folder");
  }
  const bool started = std::filesystem::exists(options.to / kStateFile) ||
                       std::filesystem::exists(options.to / "ema.safetensors");
  if (started && !options.resume) {
    throw usage_error(options.to.string(), "there is a model or an unfinished training",
                      "resume it, or name another folder");
  }
}

StageOptions fitted_options(const StageOptions& options, const ModelSizes& sizes) {
  StageOptions out = options;
  out.recipe.images = fitted(options.recipe.images, sizes);
  return out;
}

/// The stage was trained to its end before. Error(kUsage) when the finished training in `options.to` is another one.
bool finished(const StageOptions& options) {
  const std::filesystem::path done = options.to / kDoneFile;
  if (!std::filesystem::exists(done)) return false;
  const Checkpoint start = Checkpoint::open(options.from);
  const Json made = read_json(done).at("identity"),
             wanted = identity_of(fitted_options(options, start.sizes()), start.weights_sha256());
  for (auto field = wanted.begin(); field != wanted.end(); ++field) {
    if (made.value(field.key(), Json()) == field.value()) continue;
    throw usage_error(
        options.to.string(),
        fmt::format("\"{}\" differs from the finished training that is here", field.key()),
        "go on with the same curriculum, seed, data, device and threads, or name another folder");
  }
  return true;
}

}  // namespace

StageReport train_stage_on(const StageOptions& options, const SampleSource& source,
                           const std::function<void(const StageLine&)>& watch) {
  nn::check_device(options.device, "training");
  require_free(options);
  const Checkpoint checkpoint = Checkpoint::open(options.from);
  const Tokenizer tokenizer = Tokenizer::load(options.from);
  std::filesystem::create_directories(options.to);
  return StageTrainer(fitted_options(options, checkpoint.sizes()), checkpoint, tokenizer, source).run(watch);
}

StageReport train_stage(const StageOptions& options, const std::vector<TaskPairs>& tasks,
                        const std::function<void(const StageLine&)>& watch) {
  const Checkpoint checkpoint = Checkpoint::open(options.from);
  const Tokenizer tokenizer = Tokenizer::load(options.from);
  const InstanceBuilder builder(tasks, options.recipe.instances);
  return train_stage_on(
      options,
      mixture_source(builder, tokenizer, fitted_options(options, checkpoint.sizes()).recipe, options.seed),
      watch);
}

std::vector<StageOptions> stages_of(const StageOptions& options, const Curriculum& curriculum) {
  std::vector<StageOptions> stages;
  const std::vector<int64_t> updates = curriculum.updates(options.updates);
  for (size_t i = 0; i < curriculum.stages.size(); ++i) {
    StageOptions stage = options;
    stage.recipe = curriculum.stages[i].recipe;
    stage.updates = updates[i];
    stage.seed =
        combine_seeds(options.seed, i);  // no two stages see the same samples and noises in the same order
    if (i > 0) stage.from = stages.back().to;
    if (i + 1 < curriculum.stages.size())
      stage.to = options.to / fmt::format("{}-{}", i + 1, stage.recipe.stage);
    stages.push_back(stage);
  }
  return stages;
}

std::vector<StageReport> train_curriculum(const StageOptions& options, const Curriculum& curriculum,
                                          const std::vector<TaskPairs>& tasks,
                                          const std::function<void(size_t, const StageLine&)>& watch) {
  require_free(options);
  std::vector<StageReport> reports;
  const std::vector<StageOptions> stages = stages_of(options, curriculum);
  for (size_t i = 0; i < stages.size(); ++i) {
    if (options.resume && i + 1 < stages.size() && finished(stages[i])) {
      StageReport report;
      report.updates = report.resumed_at = stages[i].updates;
      reports.push_back(report);
      continue;
    }
    reports.push_back(train_stage(stages[i], tasks, [&](const StageLine& line) {
      if (watch) watch(i, line);
    }));
  }
  return reports;
}

}  // namespace synerbench::reference
