// The byte-level BPE tokenizer of Qwen2, as BAGEL uses it.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reference/tokenizer/bpe.h"

namespace synerbench::reference {

/// The four marks of a packed sequence; always found by their strings, never by number.
struct SpecialTokens {
  TokenId bos = 0;             // <|im_start|>
  TokenId eos = 0;             // <|im_end|>
  TokenId start_of_image = 0;  // <|vision_start|>
  TokenId end_of_image = 0;    // <|vision_end|>
};

/// Reads `vocab.json`, `merges.txt` and `tokenizer_config.json`. Text -> ids: normalization form C, added
/// tokens cut out (leftmost, longest), split_pieces, bytes, merges. No begin or end mark is added. Immutable:
/// any number of threads may use it.
class Tokenizer {
 public:
  /// Error(kBadInput) when a file is missing or damaged: a byte without a token, a merge whose result is not
  /// in the vocabulary, two added tokens with one id, an added token with a flag that is not supported.
  static Tokenizer load(const std::filesystem::path& folder);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  /// `text` must be valid UTF-8, else Error(kBadInput).
  std::vector<TokenId> encode(std::string_view text) const;
  /// Added tokens appear literally; bytes that do not form UTF-8 become U+FFFD. An id outside the vocabulary:
  /// Error(kBadInput).
  std::string decode(std::span<const TokenId> ids) const;

  const SpecialTokens& special() const;
  /// Number of tokens. Rows of the embedding may be more (they are padded), never fewer.
  int64_t size() const;
  /// Those of the four marks that the files lacked; they got the next free ids. Empty for the released
  /// tokenizer. When it is not empty, official training cuts or grows embedding and head to size() rows.
  const std::vector<std::string>& added_marks() const;

 private:
  struct Data;
  explicit Tokenizer(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

}  // namespace synerbench::reference
