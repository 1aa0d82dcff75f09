#include "baselines/healthgpt/detail/trainer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "harness/core/error.h"
#include "harness/nn/state.h"

namespace synerbench::healthgpt {
namespace {

using Named = std::vector<nn::NamedTensor>;

Named together(std::initializer_list<Named> lists) {
  Named all;
  for (const Named& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

Named word_rows(const Networks& networks, bool pictures) {
  Named rows = nn::parameters_of(*networks.words.ptr(), "words");
  std::erase_if(rows, [&](const nn::NamedTensor& row) {
    return (row.name.find("picture") != std::string::npos) != pictures;
  });
  return rows;
}

Named language_parameters(const Networks& n) {
  return together({nn::parameters_of(*n.language.ptr(), "language"), word_rows(n, false),
                   nn::parameters_of(*n.vision.ptr(), "vision")});
}

Named projector_parameters(const Networks& n) {
  return together({nn::parameters_of(n.understanding->projector(), "understanding"),
                   nn::parameters_of(n.generation->projector(), "generation"), word_rows(n, true)});
}

Named plug_in_parameters(const Networks& n) {
  return together({nn::parameters_of(n.understanding->adapters(), "understanding"),
                   nn::parameters_of(n.generation->adapters(), "generation")});
}

nn::Adam::Settings settings(const Config& config, double lr) {
  return {.lr = lr, .beta1 = config.beta1, .beta2 = config.beta2, .eps = 1e-8};
}

int paraphrase(Random& random) { return static_cast<int>(random.below(kParaphrases)); }

template <class Range>
auto any_of(const Range& range, Random& random) {
  return range[random.below(range.size())];
}

}  // namespace

Trainer::Trainer(const Config& config, Networks& networks)
    : tokenizer(config.tokenizer_training, networks.tokenizer),
      config_(config),
      networks_(networks),
      language_("language", language_parameters(networks), settings(config, config.lr_language)),
      projectors_("projectors", projector_parameters(networks), settings(config, config.lr_projector)),
      plug_ins_("plug_ins", plug_in_parameters(networks), settings(config, config.lr_plugin)),
      clipped_(together(
          {language_parameters(networks), projector_parameters(networks), plug_in_parameters(networks)})) {}

std::vector<nn::Optimizer*> Trainer::optimizers() {
  return {&tokenizer.optimizer, &language_, &projectors_, &plug_ins_};
}

void Trainer::freeze_for(Stage stage) {
  const bool alignment = stage == Stage::kAlignment, fusion = stage == Stage::kFusion;
  const bool base = stage == Stage::kLanguage || (config_.base_trainable && stage > Stage::kLanguage);
  const bool plugs = alignment || stage == Stage::kInstruction;
  nn::set_requires_grad(*networks_.tokenizer, stage == Stage::kTokenizer);
  nn::set_requires_grad(*networks_.language, base);
  nn::set_requires_grad(*networks_.vision, alignment || (config_.train_vision && stage > Stage::kAlignment));
  nn::set_requires_grad(*networks_.understanding, plugs);
  nn::set_requires_grad(*networks_.generation, plugs);
  networks_.words->freeze(/*words=*/!(base || fusion), /*pictures=*/!(alignment || fusion));
}

void Trainer::thaw() {
  for (const NetworkHandle& handle : networks_.handles()) nn::set_requires_grad(*handle.network, true);
}

void Trainer::enter(Stage stage) {
  for (nn::Optimizer* optimizer : optimizers()) optimizer->restart();
  if (stage == Stage::kAlignment) networks_.words->begin_pictures();
}

Trainer::Singles Trainer::draw_singles(const Task& task, const at::Tensor& source, const at::Tensor& target,
                                       Random& random) const {
  Singles singles;
  std::vector<at::Tensor> slices;
  for (int64_t i = 0; i < source.size(0); ++i) {
    const bool second = random.below(2) == 1;
    slices.push_back((second ? target : source).narrow(0, i, 1));
    singles.modalities.push_back(second ? task.target : task.source);
  }
  singles.slices = at::cat(slices);
  return singles;
}

at::Tensor Trainer::texts(int64_t count, Random& random) const {
  // One kind of text per update, so that all have one length; regions and modalities are any that exist,
  // because this is about words only.
  const Vocabulary& vocabulary = Vocabulary::get();
  const auto kind = random.below(kQuestions + 2);
  Ids all;
  for (int64_t i = 0; i < count; ++i) {
    const Modality modality = any_of(all_modalities(), random), other = any_of(all_modalities(), random);
    const std::string region = any_of(region_names(), random);
    std::string text = "<user> ";
    if (kind < kQuestions) {
      const auto question = static_cast<Question>(kind);
      text += question_text(question, paraphrase(random)) + " <assistant> " +
              answer_text(question, region, modality);
    } else {
      text += kind == kQuestions ? conversion_text(modality, other, paraphrase(random))
                                 : reconstruction_text(paraphrase(random));
      text += " <assistant>";
    }
    const Ids ids = vocabulary.encode(text + " <eos>");
    all.insert(all.end(), ids.begin(), ids.end());
  }
  return ids_tensor(all, at::kCPU).reshape({count, -1});
}

at::Tensor Trainer::understanding_loss(Stage stage, const std::string& region, const Singles& singles,
                                       Random& random) const {
  const Question question =
      stage == Stage::kAlignment ? Question::kCaption : static_cast<Question>(random.below(kQuestions));
  const Vocabulary& vocabulary = Vocabulary::get();
  std::vector<Ids> answers;
  for (const Modality modality : singles.modalities)
    answers.push_back(vocabulary.encode(answer_text(question, region, modality)));
  return networks_.answer_loss(singles.slices, vocabulary.encode(question_text(question, paraphrase(random))),
                               answers);
}

at::Tensor Trainer::picture_loss(Stage stage, const Task& task, const Singles& singles,
                                 const at::Tensor& source, const at::Tensor& target, Random& random) const {
  const bool conversion = stage == Stage::kInstruction && converts(config_, task);
  const int wording = paraphrase(random);
  const Ids words = Vocabulary::get().encode(conversion ? conversion_text(task.source, task.target, wording)
                                                        : reconstruction_text(wording));
  const at::Tensor& shown = conversion ? source : singles.slices;
  return networks_.picture_loss(shown, words, networks_.codes_of(conversion ? target : shown));
}

void Trainer::clip_gradients() const {
  c10::NoGradGuard no_grad;
  at::Tensor sum;
  for (const nn::NamedTensor& named : clipped_) {
    const at::Tensor gradient = named.tensor.grad();
    if (!gradient.defined()) continue;
    const at::Tensor square = gradient.square().sum();
    sum = sum.defined() ? sum + square : square;
  }
  SB_CHECK(sum.defined(), "a stage moves something");
  const double norm = std::sqrt(sum.item<double>());
  if (!(norm > config_.clip)) return;
  for (const nn::NamedTensor& named : clipped_) {
    at::Tensor gradient = named.tensor.grad();
    if (gradient.defined()) gradient.mul_(config_.clip / norm);
  }
}

Losses Trainer::step(Stage stage, const Task& task, const at::Tensor& source, const at::Tensor& target,
                     Random& random) {
  const Singles singles = draw_singles(task, source, target, random);
  nn::VqLosses vq;
  double text = 0, understanding = 0, picture = 0;
  if (stage == Stage::kTokenizer) {
    const int64_t n = singles.slices.size(0), side = singles.slices.size(2);
    vq = tokenizer.step(singles.slices.expand({n, config_.vision.channels, side, side}), random);
  } else {
    for (nn::Optimizer* optimizer : optimizers()) optimizer->zero_grad();
    at::Tensor loss;
    if (stage == Stage::kLanguage) {
      loss = networks_.text_loss(texts(source.size(0), random).to(source.device()));
      text = loss.item<double>();
    } else {
      const at::Tensor words = understanding_loss(stage, task.region, singles, random);
      const at::Tensor codes = picture_loss(stage, task, singles, source, target, random);
      understanding = words.item<double>();
      picture = codes.item<double>();
      loss = words + codes;
    }
    loss.backward();
    clip_gradients();
    for (nn::Adam* optimizer : {&language_, &projectors_, &plug_ins_}) optimizer->step();
  }
  return {{"reconstruction", vq.reconstruction},
          {"codebook", vq.codebook},
          {"text", text},
          {"understanding", understanding},
          {"picture", picture}};
}

}  // namespace synerbench::healthgpt
