// Words: the closed vocabulary of questions, answers and instructions, and the texts made of it. Plain C++,
// no tensors.
//
// The published system speaks with Phi-3's or Phi-4's tokenizer. Its texts here are made from templates, so a
// word is a token.
#pragma once

#include <string>
#include <vector>

#include "harness/core/modality.h"

namespace synerbench::healthgpt {

using Ids = std::vector<int64_t>;

/// Ids 0 .. size() - 1: <eos>, <user>, <assistant>, every modality, every region, every word of a template.
class Vocabulary {
 public:
  static const Vocabulary& get();
  int64_t size() const { return static_cast<int64_t>(words_.size()); }
  Ids encode(const std::string& text) const;  // words between single spaces; an unknown one is a failed check
  std::string decode(const Ids& ids) const;   // ids out of range are written "?"
  int64_t id_of(const std::string& word) const;  // an unknown word is a failed check

 private:
  Vocabulary();
  std::vector<std::string> words_;
};

/// Tokens of pictures, which follow the words: <start_index>, one per code, <end_index>, <pixel_newline>.
struct PictureTokens {
  int64_t codes = 0;
  int64_t start() const { return Vocabulary::get().size(); }
  int64_t code(int64_t index) const { return start() + 1 + index; }
  int64_t end() const { return start() + 1 + codes; }
  int64_t newline() const {
    return start() + 2 + codes;
  }  // in the vocabulary as published; no sequence holds it
  int64_t count() const { return codes + 3; }
};

/// What is asked about one image. Recognition only: a question never mentions a second image, a target or a
/// pair.
enum class Question { kModality, kRegion, kCaption };
constexpr int kQuestions = 3;

/// Paraphrases of one thing have the same number of words, so that in a sequence the place of everything
/// after them is fixed.
constexpr int kParaphrases = 3;
std::string question_text(Question question, int paraphrase);
/// "CT", "brain", "axial CT of brain".
std::string answer_text(Question question, const std::string& region, Modality modality);
std::string conversion_text(Modality source, Modality target, int paraphrase);
std::string reconstruction_text(int paraphrase);

}  // namespace synerbench::healthgpt
