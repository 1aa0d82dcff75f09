// The three files of a tokenizer, and text through it. Parts of an input end in byte 0x1e.
#include "reference/tokenizer/tokenizer.h"

#include <algorithm>

#include "reference/tokenizer/trainer.h"
#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {
namespace {

constexpr char kMark = '\x1e';

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void tokenizer_one(std::string_view input) {
  put("tokenizer/vocab.json", take_until(&input, kMark));
  put("tokenizer/merges.txt", take_until(&input, kMark));
  put("tokenizer/tokenizer_config.json", take_until(&input, kMark));
  accepted([&] {
    const auto tokenizer = reference::Tokenizer::load(desk() / "tokenizer");
    const auto ids = tokenizer.encode(input);
    for (const auto id : ids) SB_CHECK(id >= 0 && id < tokenizer.size(), "an id of the vocabulary");
    const std::string text = tokenizer.decode(ids);
    if (is_ascii(input)) SB_CHECK(text == input, "text comes back");
    std::vector<reference::TokenId> all(static_cast<size_t>(std::min<int64_t>(tokenizer.size(), 400)));
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<reference::TokenId>(i);
    accepted([&] { tokenizer.decode(all); });
  });
}

Seeds tokenizer_seeds() {
  const auto folder = desk() / "trained";
  reference::train_tokenizer(folder, {"the slice of the brain, the slice of the body"}, 6);
  const std::string files = read_file(folder / "vocab.json") + kMark + read_file(folder / "merges.txt") +
                            kMark + read_file(folder / "tokenizer_config.json") + kMark;
  return {{"words", files + "the slice's 12 <|im_end|>\n\n  x"},
          {"unicode", files + "caf\xc3\xa9 e\xcc\x81 \xe2\x86\x92"}};
}

}  // namespace

Target tokenizer() { return {"tokenizer", tokenizer_one, tokenizer_seeds, 7000}; }

}  // namespace synerbench::fuzz
