#include "reference/tokenizer/trainer.h"

#include <map>

#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/core/utf8.h"
#include "reference/tokenizer/bpe.h"
#include "reference/tokenizer/byte_map.h"
#include "reference/tokenizer/split.h"
#include "reference/tokenizer/unicode.h"

namespace synerbench::reference {
namespace {

using Word = std::vector<TokenId>;

std::map<Word, int64_t> count_words(const std::vector<std::string>& corpus) {
  std::map<Word, int64_t> words;
  for (const std::string& line : corpus) {
    const std::u32string points = decode_utf8_strictly(to_nfc(line), "tokenizer corpus");
    for (const auto piece : split_pieces(points)) {
      std::string bytes;
      for (const char32_t c : piece) append_utf8(bytes, c);
      Word word;
      for (const char byte : bytes) word.push_back(static_cast<unsigned char>(byte));
      ++words[word];
    }
  }
  return words;
}

std::map<Word, int64_t> merged_words(const std::map<Word, int64_t>& words, const BytePairMerger& merge) {
  std::map<Word, int64_t> merged;
  for (const auto& [word, count] : words) {
    Word copy = word;
    merge.merge_plainly(copy);
    merged[copy] += count;
  }
  return merged;
}

}  // namespace

void train_tokenizer(const std::filesystem::path& folder, const std::vector<std::string>& corpus,
                     size_t merges) {
  std::vector<std::string> texts;  // by id, in the printable form
  for (const char32_t c : byte_characters()) append_utf8(texts.emplace_back(), c);
  auto words = count_words(corpus);
  std::string merge_lines = "#version: 0.2\n";
  for (size_t i = 0; i < merges; ++i) {
    std::map<std::pair<TokenId, TokenId>, int64_t> pairs;
    for (const auto& [word, count] : words) {
      for (size_t k = 0; k + 1 < word.size(); ++k) pairs[{word[k], word[k + 1]}] += count;
    }
    auto best = pairs.end();
    for (auto it = pairs.begin(); it != pairs.end(); ++it) {
      if (best == pairs.end() || it->second > best->second) best = it;
    }
    if (best == pairs.end() || best->second < 2) break;
    const auto [left, right] = best->first;
    const Merge merge{left, right, static_cast<TokenId>(texts.size())};
    merge_lines += texts[static_cast<size_t>(left)] + " " + texts[static_cast<size_t>(right)] + "\n";
    texts.push_back(texts[static_cast<size_t>(left)] + texts[static_cast<size_t>(right)]);
    words = merged_words(words, BytePairMerger({&merge, 1}));
  }

  nlohmann::ordered_json::object_t vocabulary;  // a plain vector of pairs: no search per key
  for (size_t id = 0; id < texts.size(); ++id) vocabulary.emplace_back(texts[id], id);
  Json added = Json::object();
  size_t id = texts.size();
  const std::vector<std::string> marks = {"<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>",
                                          "<|vision_end|>"};
  for (const std::string& mark : marks) {
    added[std::to_string(id++)] = {{"content", mark}, {"lstrip", false},      {"normalized", false},
                                   {"rstrip", false}, {"single_word", false}, {"special", true}};
  }
  write_json(folder / "vocab.json", Json(std::move(vocabulary)));
  write_file(folder / "merges.txt", merge_lines);
  write_json(folder / "tokenizer_config.json",
             {{"add_prefix_space", false},
              {"added_tokens_decoder", added},
              {"additional_special_tokens", std::vector<std::string>(marks.begin() + 1, marks.end())},
              {"bos_token", nullptr},
              {"clean_up_tokenization_spaces", false},
              {"eos_token", "<|im_end|>"},
              {"errors", "replace"},
              {"pad_token", "<|endoftext|>"},
              {"split_special_tokens", false},
              {"tokenizer_class", "Qwen2Tokenizer"},
              {"unk_token", nullptr}});
}

}  // namespace synerbench::reference
