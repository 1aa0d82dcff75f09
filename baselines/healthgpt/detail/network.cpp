#include "baselines/healthgpt/detail/network.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "harness/core/error.h"
#include "harness/nn/state.h"

namespace synerbench::healthgpt {
namespace {

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& tokens) {
  return at::cross_entropy_loss(logits.reshape({-1, logits.size(-1)}), tokens.reshape({-1}));
}

}  // namespace

at::Tensor ids_tensor(const Ids& ids, const at::Device& device) {
  const at::Tensor tensor = at::empty({static_cast<int64_t>(ids.size())}, at::TensorOptions(at::kLong));
  std::copy(ids.begin(), ids.end(), tensor.data_ptr<int64_t>());
  return tensor.to(device);
}

Networks::Networks(const Config& config, const std::string& device)
    : tokenizer(config.tokenizer),
      vision(config.vision),
      language(config.language),
      words(config.language.width, config.tokenizer.codes),
      understanding(config.language, config.vision.width, config.understanding),
      generation(config.language, config.vision.width, config.generation),
      device_(device),
      channels_(config.vision.channels),
      grid_(config.grid()),
      pictures_{config.tokenizer.codes} {
  for (const NetworkHandle& handle : handles()) handle.network->to(device_);
}

void Networks::initialize(Random& random) {
  for (const NetworkHandle& handle : handles()) nn::reset_layers(*handle.network, random);
}

std::vector<NetworkHandle> Networks::handles() const {
  return {{"vqgan", tokenizer.ptr().get(), true},
          {"vision_tower", vision.ptr().get(), true},
          {"language_model", language.ptr().get(), true},
          {"fusion_layer_weights", words.ptr().get(), true},
          {"com_hlora_weights", understanding.ptr().get(), true},
          {"gen_hlora_weights", generation.ptr().get(), true}};
}

int64_t Networks::parameters() const {
  int64_t count = 0;
  for (const NetworkHandle& handle : handles()) {
    for (const nn::NamedTensor& named : nn::state_of(*handle.network)) count += named.tensor.numel();
  }
  return count;
}

at::Tensor Networks::codes_of(const at::Tensor& slices) const {
  c10::NoGradGuard no_grad;
  const at::Tensor images = slices.expand({slices.size(0), channels_, slices.size(2), slices.size(3)});
  return tokenizer->quantize(tokenizer->encode(images)).indices.flatten(1);
}

at::Tensor Networks::picture_of(const at::Tensor& codes) const {
  c10::NoGradGuard no_grad;
  const at::Tensor map = codes.reshape({codes.size(0), grid_, grid_});
  const at::Tensor values = at::embedding(tokenizer->codebook(), map).permute({0, 3, 1, 2}).contiguous();
  return tokenizer->decode(values).mean(1, /*keepdim=*/true).clamp(-1.0, 1.0);
}

at::Tensor Networks::prompt(Family family, const at::Tensor& slices, const Ids& text) const {
  const Vocabulary& vocabulary = Vocabulary::get();
  const bool generating = family == Family::kGeneration;
  const at::Tensor features = vision->forward(slices, generating ? Tap::kConcrete : Tap::kAbstract);
  const auto repeated = [&](const Ids& ids) {
    const at::Tensor rows = words->embed(ids_tensor(ids, device_));
    return rows.unsqueeze(0).expand({slices.size(0), rows.size(0), rows.size(1)});
  };
  Ids behind = text;
  behind.push_back(vocabulary.id_of("<assistant>"));
  if (generating) behind.push_back(pictures_.start());
  return at::cat(
      {repeated({vocabulary.id_of("<user>")}), plug_in(family)->project(features), repeated(behind)}, 1);
}

at::Tensor Networks::loss_behind(Family family, const at::Tensor& prompt, const at::Tensor& tokens) const {
  const int64_t count = tokens.size(1);
  // The last token is only an answer, never an input.
  const at::Tensor inputs = at::cat({prompt, words->embed(tokens.narrow(1, 0, count - 1))}, 1);
  const at::Tensor states = language->forward(inputs, plug_in(family).get());
  return cross_entropy(words->logits(states.narrow(1, prompt.size(1) - 1, count)), tokens);
}

at::Tensor Networks::answer_loss(const at::Tensor& slices, const Ids& text,
                                 const std::vector<Ids>& answers) const {
  Ids all;
  for (const Ids& answer : answers) {
    SB_CHECK(answer.size() == answers.front().size(), "answers of one length");
    all.insert(all.end(), answer.begin(), answer.end());
    all.push_back(Vocabulary::get().id_of("<eos>"));
  }
  const at::Tensor tokens = ids_tensor(all, device_).reshape({slices.size(0), -1});
  return loss_behind(Family::kUnderstanding, prompt(Family::kUnderstanding, slices, text), tokens);
}

at::Tensor Networks::picture_loss(const at::Tensor& slices, const Ids& text, const at::Tensor& codes) const {
  const at::Tensor tokens =
      at::cat({codes + pictures_.code(0), at::full({codes.size(0), 1}, pictures_.end(), codes.options())}, 1);
  return loss_behind(Family::kGeneration, prompt(Family::kGeneration, slices, text), tokens);
}

at::Tensor Networks::text_loss(const at::Tensor& texts) const {
  const int64_t next = texts.size(1) - 1;
  const at::Tensor states = language->forward(words->embed(texts.narrow(1, 0, next)), nullptr);
  return cross_entropy(words->word_logits(states), texts.narrow(1, 1, next));
}

}  // namespace synerbench::healthgpt
