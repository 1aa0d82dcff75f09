#include "baselines/healthgpt/detail/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "harness/core/error.h"

namespace synerbench::healthgpt {
namespace {

constexpr const char* kModalityQuestions[kParaphrases] = {
    "which modality is this image", "what modality does this show", "name the modality used here"};
constexpr const char* kRegionQuestions[kParaphrases] = {
    "which body region is this image", "what body region does this show", "name the body region shown here"};
constexpr const char* kCaptionQuestions[kParaphrases] = {
    "describe this medical image", "caption this medical image", "summarize this medical image"};
constexpr const char* kConversions[kParaphrases] = {"convert this {} image into a {} image",
                                                    "make the {} image shown a {} image",
                                                    "turn this {} image into its {} version"};
constexpr const char* kReconstructions[kParaphrases] = {"reconstruct this image", "repeat this image",
                                                        "copy this image"};

std::string filled(const char* text, Modality source, Modality target) {
  return fmt::format(fmt::runtime(text), name_of(source), name_of(target));
}

}  // namespace

Vocabulary::Vocabulary() : words_{"<eos>", "<user>", "<assistant>"} {
  const auto add = [&](const std::string& text) {
    std::istringstream stream(text);
    for (std::string word; stream >> word;) {
      if (std::find(words_.begin(), words_.end(), word) == words_.end()) words_.push_back(word);
    }
  };
  for (const std::string& name : modality_names()) add(name);
  for (const std::string& name : region_names()) add(name);
  for (int p = 0; p < kParaphrases; ++p) {
    for (int q = 0; q < kQuestions; ++q) add(question_text(static_cast<Question>(q), p));
    add(conversion_text(Modality::kCT, Modality::kMRI, p));
    add(reconstruction_text(p));
  }
  add(answer_text(Question::kCaption, "brain", Modality::kCT));
}

const Vocabulary& Vocabulary::get() {
  static const Vocabulary vocabulary;
  return vocabulary;
}

int64_t Vocabulary::id_of(const std::string& word) const {
  const auto found = std::find(words_.begin(), words_.end(), word);
  if (found == words_.end())
    throw usage_error("healthgpt",
                      fmt::format("has no word \"{}\": its vocabulary is made of the built-in regions "
                                  "and modalities",
                                  word),
                      "run it on tasks of built-in regions and modalities");
  return found - words_.begin();
}

Ids Vocabulary::encode(const std::string& text) const {
  Ids ids;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) ids.push_back(id_of(word));
  return ids;
}

std::string Vocabulary::decode(const Ids& ids) const {
  std::string text;
  for (const int64_t id : ids) {
    if (!text.empty()) text += ' ';
    text += id >= 0 && id < size() ? words_[static_cast<size_t>(id)] : "?";
  }
  return text;
}

std::string question_text(Question question, int paraphrase) {
  SB_CHECK(paraphrase >= 0 && paraphrase < kParaphrases, "paraphrase");
  switch (question) {
    case Question::kModality:
      return kModalityQuestions[paraphrase];
    case Question::kRegion:
      return kRegionQuestions[paraphrase];
    case Question::kCaption:
      return kCaptionQuestions[paraphrase];
  }
  check_failed("question", __FILE__, __LINE__, "unknown");
}

std::string answer_text(Question question, const std::string& region, Modality modality) {
  switch (question) {
    case Question::kModality:
      return name_of(modality);
    case Question::kRegion:
      return region;
    case Question::kCaption:
      return fmt::format("axial {} of {}", name_of(modality), region);
  }
  check_failed("question", __FILE__, __LINE__, "unknown");
}

std::string conversion_text(Modality source, Modality target, int paraphrase) {
  SB_CHECK(paraphrase >= 0 && paraphrase < kParaphrases, "paraphrase");
  return filled(kConversions[paraphrase], source, target);
}

std::string reconstruction_text(int paraphrase) {
  SB_CHECK(paraphrase >= 0 && paraphrase < kParaphrases, "paraphrase");
  return kReconstructions[paraphrase];
}

}  // namespace synerbench::healthgpt
