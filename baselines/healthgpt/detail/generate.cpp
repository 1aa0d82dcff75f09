#include "baselines/healthgpt/detail/generate.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/nn/slices.h"

namespace synerbench::healthgpt {
namespace {

constexpr size_t kLongestAnswer = 8;  // words

/// The language model behind a prompt, one token further at a time.
class Writer {
 public:
  Writer(const Networks& networks, Family family, at::Tensor prompt, bool cached)
      : networks_(networks), family_(family), inputs_(std::move(prompt)), cached_(cached) {
    run(inputs_);
  }
  const at::Tensor& state() const { return state_; }  // [1, width], of the last position
  void append(int64_t token) {
    const at::Tensor next =
        networks_.words->embed(at::full({1, 1}, token, inputs_.options().dtype(at::kLong)));
    if (!cached_) inputs_ = at::cat({inputs_, next}, 1);
    run(cached_ ? next : inputs_);
  }

 private:
  void run(const at::Tensor& inputs) {
    const at::Tensor states =
        networks_.language->forward(inputs, networks_.plug_in(family_).get(), cached_ ? &cache_ : nullptr);
    state_ = states.select(1, states.size(1) - 1);
  }
  const Networks& networks_;
  Family family_;
  at::Tensor inputs_, state_;
  bool cached_;
  KeyValueCache cache_;
};

/// The first of the largest, or a draw from softmax(logits / temperature).
int64_t choose(const at::Tensor& logits, double temperature, Random& random) {
  const at::Tensor values = logits.reshape({-1}).to(at::kCPU);
  if (temperature == 0) return values.argmax().item<int64_t>();
  const at::Tensor weights = at::softmax(values.to(at::kDouble) / temperature, 0);
  const double* weight = weights.data_ptr<double>();
  double left = random.uniform();
  int64_t last = 0;
  for (int64_t i = 0; i < weights.numel(); ++i) {
    if (weight[i] <= 0) continue;
    last = i;
    left -= weight[i];
    if (left < 0) break;
  }
  return last;
}

}  // namespace

GeneratedPicture generate_codes(const Networks& networks, const Config& config, const at::Tensor& slice,
                                const Ids& words, Random& random, bool cached,
                                std::vector<at::Tensor>* logits) {
  c10::NoGradGuard no_grad;
  const PictureTokens tokens{config.tokenizer.codes};
  const auto count = static_cast<size_t>(config.picture_tokens());
  Writer writer(networks, Family::kGeneration, networks.prompt(Family::kGeneration, slice, words), cached);
  GeneratedPicture picture;
  while (true) {
    const at::Tensor here = config.constrained ? networks.words->code_logits(writer.state())
                                               : networks.words->logits(writer.state());
    if (logits) logits->push_back(here);
    int64_t token = choose(here, config.temperature, random);
    if (config.constrained) token += tokens.code(0);
    const bool is_code = token >= tokens.code(0) && token < tokens.end();
    if (picture.codes.size() == count || !is_code) {
      picture.well_formed = picture.codes.size() == count && token == tokens.end();
      return picture;
    }
    picture.codes.push_back(token - tokens.code(0));
    if (config.constrained && picture.codes.size() == count) return picture;
    writer.append(token);
  }
}

std::string answer(const Networks& networks, const at::Tensor& slice, const std::string& question) {
  c10::NoGradGuard no_grad;
  const Vocabulary& vocabulary = Vocabulary::get();
  Writer writer(networks, Family::kUnderstanding,
                networks.prompt(Family::kUnderstanding, slice, vocabulary.encode(question)), true);
  Ids words;
  while (words.size() < kLongestAnswer) {
    const int64_t word = networks.words->word_logits(writer.state()).argmax().item<int64_t>();
    if (word == vocabulary.id_of("<eos>")) break;
    words.push_back(word);
    writer.append(word);
  }
  return vocabulary.decode(words);
}

void PictureSynthesizer::synthesize(const Task& task, const SliceBatch& source,
                                    std::span<const uint64_t> seeds, std::span<float> prediction) {
  if (source.height != config_.image_size || source.width != config_.image_size) {
    throw usage_error("healthgpt", fmt::format("slices of {} x {}", source.height, source.width),
                      fmt::format("the weights are for {0} x {0}: choose that canvas", config_.image_size));
  }
  const Ids words = Vocabulary::get().encode(conversion_text(task.source, task.target, 0));
  nn::for_each_slice(source, seeds, prediction, device_, [&](const at::Tensor& slice, Random& random) {
    if (config_.round_trip) return network_->picture_of(network_->codes_of(slice));
    const GeneratedPicture picture = generate_codes(*network_, config_, slice, words, random);
    if (!picture.well_formed) return at::zeros_like(slice);
    return network_->picture_of(ids_tensor(picture.codes, slice.device()).unsqueeze(0));
  });
}

ModelInfo PictureSynthesizer::info() const {
  ModelInfo info;
  info.name = "healthgpt";
  info.label = "HealthGPT (re-implementation)";
  info.deterministic = config_.temperature == 0 || config_.round_trip;
  info.parameters = network_->parameters();
  info.network_evaluations = config_.round_trip ? 1 : static_cast<int>(config_.picture_tokens());
  info.weights_sha256 = sha256_;
  info.switches = {
      {"preset", config_.preset},           {"variant", config_.in_domain ? "indomain" : "allroutes"},
      {"routes", config_.routes.size()},    {"constrained", config_.constrained ? "on" : "off"},
      {"temperature", config_.temperature}, {"answer", config_.round_trip ? "round_trip" : "generate"}};
  return info;
}

}  // namespace synerbench::healthgpt
