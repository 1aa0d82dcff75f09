#include "reference/family_training.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/nn/compute.h"
#include "harness/nn/state.h"
#include "harness/nn/tensors.h"
#include "reference/manage/manage.h"
#include "reference/runner.h"
#include "reference/stages/autoencoder.h"
#include "reference/stages/stage_trainer.h"

namespace synerbench::reference {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModel = "ema";       // network and file of the model, as the official layout calls it
constexpr const char* kAutoencoder = "ae";  // of the autoencoder

/// A folder of the system's for temporary files, gone with this object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string path = (fs::temp_directory_path() / "synerbench-XXXXXX").string();
    if (!mkdtemp(path.data())) {
      throw input_error(path, "no temporary folder can be made here",
                        "set TMPDIR to a folder that can be written");
    }
    path_ = path;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Tokenizer files by name: those of a base, or of one trained on the prompts.
std::map<std::string, std::string> tokenizer_files(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const char* name : kTokenizerFiles) files[name] = read_file(folder / name);
  return files;
}

/// The configuration with the base's hash and variant; Error(kUsage) when another base was trained on before.
FamilyConfig with_base(FamilyConfig config, const Checkpoint& base, const std::string& place) {
  const std::string hash = base.weights_sha256();
  if (!config.base_sha256.empty() && config.base_sha256 != hash) {
    throw usage_error(place + ": /base_sha256",
                      fmt::format("the base in {} has the weights {}", config.base, hash),
                      "name the folder with the recorded weights, or leave base_sha256 out");
  }
  config.base_sha256 = hash;
  config.interpolate_positions = base.sizes().interpolate_positions;
  return config;
}

class FamilyTraining final : public Trainable, private Synthesizer {
 public:
  FamilyTraining(const FamilyMember& member, const Json& config, const std::string& device,
                 const std::string& place)
      : member_(member), config_(read_family(member, config, place)), device_(device) {
    nn::check_device(device, place);
    if (config_.new_model()) {
      const ModelSizes sizes = named_sizes(config_.sizes);
      network_ = empty_network(sizes, {at::kFloat, at::kFloat, at::Device(device)});
      const ScratchFolder scratch;
      const Curriculum curriculum = curriculum_of(config_);
      const bool pictures =
          std::any_of(curriculum.stages.begin(), curriculum.stages.end(),
                      [](const Curriculum::Stage& stage) { return stage.recipe.mixture.draws_pictures(); });
      write_new_tokenizer(scratch.path(), sizes, pictures);
      tokenizer_.emplace(Tokenizer::load(scratch.path()));
      files_ = tokenizer_files(scratch.path());
    } else {
      const Checkpoint base = Checkpoint::open(config_.base);
      config_ = with_base(config_, base, place);
      network_ = load_network(base, {at::kFloat, at::kFloat, at::Device(device)});
      tokenizer_.emplace(Tokenizer::load(config_.base));
      files_ = tokenizer_files(config_.base);
    }
    curriculum_ = curriculum_of(config_);
    for (Curriculum::Stage& stage : curriculum_.stages)
      stage.recipe.images = fitted(stage.recipe.images, network_->sizes);
    autoencoder_ = autoencoder_schema().read(config_.autoencoder, place);
    runner_.emplace(*network_, *tokenizer_, resolve_preset(member.preset, config_.generation, place));
  }

  std::string method() const override { return member_.name; }
  Json config() const override { return to_json(config_); }
  Recipe recipe() const override {
    Recipe recipe;
    recipe.unit = BudgetUnit::kUpdates;
    recipe.constant = config_.updates;
    recipe.decay = 0;
    recipe.validate_every = std::max<int64_t>(1, (config_.updates + 4) / 5);
    return recipe;
  }

  void begin(const TrainingData& data) override {
    require_recipe(data.recipe);
    seed_ = data.seed;
    augmentation_ = data.recipe.augmentation;
    tasks_ = data.tasks;
    lengths_ = phase_updates(config_, data.updates);
    for (size_t i = 0; i < curriculum_.stages.size(); ++i) {
      const StageRecipe& recipe = curriculum_.stages[i].recipe;
      require_fit(recipe, lengths_[i + 1], fmt::format("{}: stage {}", member_.name, i + 1));
      builders_.push_back(std::make_unique<InstanceBuilder>(tasks_, recipe.instances));
    }
  }

  std::vector<Phase> phases(int64_t updates) const override {
    const std::vector<int64_t> lengths = phase_updates(config_, updates);
    std::vector<Phase> phases;
    if (has_autoencoder())
      phases.push_back(
          {"autoencoder", lengths[0], AutoencoderTrainer::schedule(autoencoder_, lengths[0]), false});
    for (size_t i = 0; i < curriculum_.stages.size(); ++i) {
      const StageRecipe& recipe = curriculum_.stages[i].recipe;
      phases.push_back(
          {recipe.stage, lengths[i + 1], recipe.schedule(lengths[i + 1]), recipe.mixture.synthesis > 0});
    }
    return phases;
  }

  LearnsFrom learns_from() const override {
    std::set<SampleKind> samples;
    std::set<std::string> synthesis;
    if (has_autoencoder()) {
      if (autoencoder_.pictures > 0) samples.insert(SampleKind::kPictures);
      if (autoencoder_.pictures < 1) samples.insert(SampleKind::kSingleSlices);
    }
    for (const Curriculum::Stage& stage : curriculum_.stages) {
      for (const SampleKind kind : kinds_of(stage.recipe)) samples.insert(kind);
      if (stage.recipe.mixture.synthesis == 0) continue;
      const std::vector<std::string>& routes = stage.recipe.instances.routes;
      for (const TaskPairs& entry : tasks_) {
        const std::string& id = entry.task.id;
        if (routes.empty() || std::find(routes.begin(), routes.end(), id) != routes.end())
          synthesis.insert(id);
      }
    }
    LearnsFrom learns{{samples.begin(), samples.end()}, {synthesis.begin(), synthesis.end()}};
    if (!config_.new_model())
      learns.weights.push_back({config_.base, "weights in BAGEL format", config_.base_sha256});
    return learns;
  }

  void begin_phase(size_t phase) override {
    if (entered_) end_phase();
    entered_ = true;
    crops_.reset();
    stage_.reset();
    if (has_autoencoder() && phase == 0) {
      crops_.emplace(*network_, autoencoder_, tasks_);
      return;
    }
    const size_t i = phase - (has_autoencoder() ? 1 : 0);
    const StageRecipe& recipe = curriculum_.stages[i].recipe;
    const uint64_t seed = stage_seed(i);
    stage_.emplace(*network_, tokenizer_->special(), recipe, source_of(i), seed);
  }

  void initialize(Random& random) override {
    if (!config_.new_model()) return;  // as loaded
    const uint64_t seed = random.bits();
    fill(network_->parameters, seed);
    fill(network_->vae_parameters, seed);
  }

  std::vector<NetworkHandle> networks() override {
    return {{kModel, nullptr, true}, {kAutoencoder, nullptr, true}};
  }
  std::vector<nn::NamedTensor> tensors_of(const NetworkHandle& handle) override {
    const Parameters& parameters = parameters_named(handle.name);
    std::vector<nn::NamedTensor> tensors;
    for (const TensorSpec& spec : parameters.specs())
      tensors.push_back({spec.key, parameters.value(spec.key)});
    return tensors;
  }
  int64_t parameters_of(const NetworkHandle& handle) override {
    return parameters_named(handle.name).count();
  }
  std::vector<nn::Optimizer*> optimizers() override {
    if (crops_) return {&crops_->optimizer()};
    if (stage_) return {&stage_->optimizer()};
    return {};
  }

  Losses step(const Step& step) override {
    if (crops_) {
      slices_ += autoencoder_.batch;
      return crops_->step(step.random);
    }
    const int64_t before = stage_->samples();
    Losses losses = stage_->step(step.random);
    slices_ += stage_->samples() - before;
    return losses;
  }
  std::optional<int64_t> slices_seen() const override { return slices_; }
  std::optional<int64_t> slices_in(int64_t updates) override {
    const std::vector<int64_t> lengths = phase_updates(config_, updates);
    int64_t slices = has_autoencoder() ? lengths[0] * autoencoder_.batch : 0;
    for (size_t i = 0; i < curriculum_.stages.size(); ++i) {
      const StageRecipe& recipe = curriculum_.stages[i].recipe;
      PackStream stream(source_of(i), network_->sizes, tokenizer_->special(), recipe, stage_seed(i));
      for (int64_t pack = 0; pack < lengths[i + 1] * recipe.accumulation; ++pack)
        slices += samples_in(stream.next());
    }
    return slices;
  }

  bool averages_itself() const override { return true; }
  void swap_average() override {
    if (stage_) stage_->optimizer().swap_average();
  }

  void save_extra(std::vector<nn::NamedTensor>& tensors) const override {
    std::vector<int64_t> numbers{slices_};
    if (stage_) {
      const std::vector<int64_t> position = stage_->position();
      numbers.insert(numbers.end(), position.begin(), position.end());
    }
    tensors.push_back({"position", at::tensor(numbers, at::kLong)});
    const VaeSizes& vae = network_->sizes.vae;
    tensors.push_back({"latent_scale", at::tensor(std::vector<double>{vae.scale, vae.shift}, at::kDouble)});
  }
  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    const at::Tensor position = nn::tensor_from(file.at(prefix + "position")),
                     scale = nn::tensor_from(file.at(prefix + "latent_scale"));
    if (position.scalar_type() != at::kLong || position.numel() < 1 || scale.scalar_type() != at::kDouble ||
        scale.numel() != 2) {
      throw input_error(file.path().string(), "the training's position has another form",
                        "the file is damaged or of another program; begin the training again");
    }
    const auto* numbers = position.data_ptr<int64_t>();
    slices_ = numbers[0];
    if (stage_) stage_->restore({numbers + 1, numbers + position.numel()});
    set_latent_scale(*network_, scale[0].item<double>(), scale[1].item<double>());
  }
  void write_files(const fs::path& folder) const override {
    write_part_configs(folder, network_->sizes);
    for (const auto& [name, text] : files_) write_file(folder / name, text);
  }

  Synthesizer& synthesizer() override { return *this; }

 private:
  bool has_autoencoder() const { return config_.new_model(); }
  /// No two stages see the same samples and noises in the same order.
  uint64_t stage_seed(size_t stage) const { return combine_seeds(seed_, stage); }
  SampleSource source_of(size_t stage) const {
    return mixture_source(*builders_.at(stage), *tokenizer_, curriculum_.stages[stage].recipe,
                          stage_seed(stage), augmentation_);
  }

  void require_recipe(const Recipe& recipe) const {
    const auto refuse = [&](const char* field, const std::string& hint) {
      throw usage_error(
          fmt::format("recipe: /{}", field),
          fmt::format("{} does not take it: {}", member_.name, "its stages have rules of their own"), hint);
    };
    if (recipe.unit != BudgetUnit::kUpdates) refuse("unit", "count in \"updates\"");
    if (recipe.decay != 0) refuse("decay", "set \"cosine\" and \"min_lr\" in the configuration's \"recipe\"");
    if (recipe.batch != 1) refuse("batch", "set \"expected_tokens\" in the configuration's \"recipe\"");
    if (recipe.pairing != Pairing::kPaired) refuse("pairing", "it learns from pairs");
    if (recipe.ema_decay != 0) refuse("ema_decay", "set \"ema_decay\" in the configuration's \"recipe\"");
  }

  /// What the next phase starts from: the averaged weights, and latents of mean 0 and variance 1.
  void end_phase() {
    if (stage_) stage_->optimizer().swap_average();
    if (crops_) {
      Random random(combine_seeds(seed_, seed_from("latent statistics")));
      crops_->measure(random);
    }
  }

  const Parameters& parameters_named(const std::string& name) const {
    return name == kModel ? network_->parameters : network_->vae_parameters;
  }

  void fill(const Parameters& parameters, uint64_t seed) const {
    for (const TensorSpec& spec : parameters.specs()) {
      const std::vector<float> values = start_values(spec, network_->sizes, seed);
      const at::Tensor target = parameters.value(spec.key);
      at::Tensor start = at::empty(target.sizes(), at::TensorOptions(at::kFloat));
      std::memcpy(start.data_ptr<float>(), values.data(), values.size() * sizeof(float));
      target.copy_(start);
    }
  }

  ModelInfo info() const override {
    ModelInfo info;
    info.name = member_.name;
    info.label = member_.label;
    info.deterministic = false;
    info.parameters = network_->parameters.count() + network_->vae_parameters.count();
    info.network_evaluations = runner_->evaluations();
    info.switches = to_json(runner_->preset());
    return info;
  }
  void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    synthesize_slices(*runner_, task, source, seeds, prediction);
  }

  const FamilyMember member_;
  FamilyConfig config_;
  std::string device_;
  std::unique_ptr<Network> network_;
  std::optional<Tokenizer> tokenizer_;
  std::map<std::string, std::string> files_;  // tokenizer
  Curriculum curriculum_;                     // images fitted to the network
  AutoencoderSettings autoencoder_;
  std::optional<Runner> runner_;

  // Of the training.
  uint64_t seed_ = 0;
  Augmentation augmentation_ = Augmentation::kNone;
  std::vector<TaskPairs> tasks_;
  std::vector<int64_t> lengths_;  // autoencoder, stages
  std::vector<std::unique_ptr<InstanceBuilder>> builders_;
  bool entered_ = false;
  std::optional<AutoencoderTrainer> crops_;
  std::optional<StageTrainer> stage_;
  int64_t slices_ = 0;
};

}  // namespace

std::unique_ptr<Trainable> make_family_training(const FamilyMember& member, const Json& config,
                                                const std::string& device, const std::string& place) {
  return std::make_unique<FamilyTraining>(member, config, device, place);
}

}  // namespace synerbench::reference
