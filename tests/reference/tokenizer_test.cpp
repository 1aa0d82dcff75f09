#include "reference/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "harness/core/utf8.h"
#include "reference/tokenizer/split.h"
#include "reference/tokenizer/unicode.h"
#include "tests/reference/support/parity.h"
#include "tests/support/growth.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

using testing::model_folder;
using testing::other_tokenizer_folder;
using testing_support::growth_over_ten_times;
using testing_support::kNotQuadratic;

bool unicode_is_complete() { return unicode_backend() != "ASCII only"; }
bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> out;
  const std::u32string points = decode_utf8_strictly(text, "test");
  for (const auto piece : split_pieces(points)) {
    out.emplace_back();
    for (const char32_t c : piece) append_utf8(out.back(), c);
  }
  return out;
}

/// Text of random code points, biased to what the rules distinguish.
std::string random_text(Random& random, bool ascii_only) {
  static const std::vector<std::string> kParts = {" ",
                                                  "  ",
                                                  "\n",
                                                  "\r\n",
                                                  "\t",
                                                  "'s",
                                                  "'LL",
                                                  "'",
                                                  "the",
                                                  "T1c",
                                                  "->",
                                                  "123",
                                                  "CT",
                                                  "<|",
                                                  "|>",
                                                  "<|im_end|>",
                                                  "slice",
                                                  "!",
                                                  "\x1C",
                                                  "\xC2\xA0",
                                                  "\xE2\x86\x92",
                                                  "\xC3\xA9",
                                                  "\xE4\xB8\xAD",
                                                  "\xF0\x9F\x98\x80",
                                                  "\xC2\xB2",
                                                  "\xE0\xA4\xA8\xE0\xA4\xBE",
                                                  "\xC5\xBF",
                                                  "\xCE\xA9"};
  std::string text;
  for (uint64_t n = random.below(40); n > 0; --n) {
    if (random.below(3) > 0) {
      const std::string& part = kParts[random.below(kParts.size())];
      if (!ascii_only || is_ascii(part)) text += part;
      continue;
    }
    char32_t c = static_cast<char32_t>(random.below(ascii_only ? 0x80 : random.below(2) ? 0x3000 : 0x110000));
    if (c >= 0xD800 && c <= 0xDFFF) c = U'x';
    append_utf8(text, c);
  }
  return text;
}

class TokenizerParity : public ::testing::Test {
 protected:
  static const Json& fixture() {
    static const Json json = read_json(testing::fixture_set()->file("K1"));
    return json;
  }
};

TEST_F(TokenizerParity, EncodesAndDecodesEveryStringOfTheFixture) {
  NEEDS_FIXTURE("K1");
  const Tokenizer with = Tokenizer::load(model_folder());
  const Tokenizer without = Tokenizer::load(other_tokenizer_folder());
  int checked = 0, left_out = 0;
  for (const Json& item : fixture().at("cases")) {
    const auto text = item.at("text").get<std::string>();
    if (!unicode_is_complete() && !is_ascii(text)) {
      ++left_out;
      continue;
    }
    const auto ids = item.at("ids").get<std::vector<TokenId>>();
    EXPECT_EQ(with.encode(text), ids) << text;
    EXPECT_EQ(with.decode(ids), item.at("decoded").get<std::string>()) << text;
    const auto other =
        item.at("ids_no_vision").is_null() ? ids : item.at("ids_no_vision").get<std::vector<TokenId>>();
    EXPECT_EQ(without.encode(text), other) << text;
    ++checked;
  }
  EXPECT_GE(checked, testing::at_least(151));
  std::printf("[ parity   ] K1_tokenizer: %d strings equal, %d left out (%s)\n", checked, left_out,
              unicode_backend().c_str());
}

TEST_F(TokenizerParity, FindsTheSpecialTokensAndAddsTheMissingOnes) {
  NEEDS_FIXTURE("K1");
  for (const auto& [folder, name] :
       {std::pair{model_folder(), "W"}, std::pair{other_tokenizer_folder(), "no_vision"}}) {
    const Tokenizer tokenizer = Tokenizer::load(folder);
    const Json& wanted = fixture().at("special").at(name);
    EXPECT_EQ(tokenizer.special().bos, wanted.at("bos_token_id").get<int>());
    EXPECT_EQ(tokenizer.special().eos, wanted.at("eos_token_id").get<int>());
    EXPECT_EQ(tokenizer.special().start_of_image, wanted.at("start_of_image").get<int>());
    EXPECT_EQ(tokenizer.special().end_of_image, wanted.at("end_of_image").get<int>());
    EXPECT_EQ(tokenizer.added_marks(), fixture().at("added").at(name).get<std::vector<std::string>>());
  }
  EXPECT_EQ(Tokenizer::load(model_folder()).size(), fixture().at("size").at("W").get<int64_t>());
  EXPECT_EQ(Tokenizer::load(other_tokenizer_folder()).size(),
            fixture().at("size").at("no_vision_after_add").get<int64_t>());
}

TEST_F(TokenizerParity, ReplacesBytesThatAreNoUtf8WhenDecoding) {
  NEEDS_FIXTURE("K1");
  const Tokenizer tokenizer = Tokenizer::load(model_folder());
  EXPECT_FALSE(fixture().at("decode_cases").empty());
  for (const Json& item : fixture().at("decode_cases")) {
    EXPECT_EQ(tokenizer.decode(item.at("ids").get<std::vector<TokenId>>()),
              item.at("text").get<std::string>());
  }
}

// The public vocabulary is not ours to keep: give its folder to run this one.
TEST_F(TokenizerParity, AgreesOnThePublicVocabulary) {
  const char* folder = std::getenv("SYNERBENCH_PUBLIC_VOCABULARY");
  if (!folder)
    GTEST_SKIP() << "SYNERBENCH_PUBLIC_VOCABULARY is not set (a folder with the Qwen2.5 tokenizer files)";
  NEEDS_FIXTURE("K1 public");
  const Tokenizer tokenizer = Tokenizer::load(folder);
  for (const Json& item : read_json(testing::fixture_set()->file("K1 public")).at("cases")) {
    const auto text = item.at("text").get<std::string>();
    EXPECT_EQ(tokenizer.encode(text), item.at("ids").get<std::vector<TokenId>>()) << text;
  }
}

TEST_F(TokenizerParity, RoundTripsRandomText) {
  NEEDS_FIXTURE("tokenizers");
  const Tokenizer tokenizer = Tokenizer::load(model_folder());
  Random random(11);
  for (int i = 0; i < 3000; ++i) {
    const std::string text = random_text(random, !unicode_is_complete());
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(text)), to_nfc(text));
  }
}

TEST_F(TokenizerParity, CostsInProportionToTheText) {
  NEEDS_FIXTURE("tokenizers");
  const Tokenizer tokenizer = Tokenizer::load(model_folder());
  const auto of_many_words = [&](int kilobytes) {
    std::string text;
    while (text.size() < static_cast<size_t>(kilobytes) * 1000)
      text += "Translate the source slice to modality MRI FLAIR. 512x512, +-8 neighbours.\n";
    EXPECT_GT(tokenizer.encode(text).size(), 0u);
  };
  const auto of_one_word = [&](int kilobytes) {
    EXPECT_GT(tokenizer.encode(std::string(static_cast<size_t>(kilobytes) * 1000, 'e')).size(), 0u);
  };
  EXPECT_LT(growth_over_ten_times(of_many_words, 50), kNotQuadratic);
  EXPECT_LT(growth_over_ten_times(of_one_word, 50), kNotQuadratic);
}

TEST_F(TokenizerParity, RefusesTextThatIsNotUtf8) {
  NEEDS_FIXTURE("tokenizers");
  const Tokenizer tokenizer = Tokenizer::load(model_folder());
  EXPECT_THROW(tokenizer.encode("CT \xC3"), Error);
  EXPECT_THROW(tokenizer.decode(std::vector<TokenId>{1 << 20}), Error);
}

TEST_F(TokenizerParity, NamesWhatIsWrongWithDamagedFiles) {
  NEEDS_FIXTURE("tokenizers");
  const auto problem_of = [](const std::string& file, const std::function<std::string(std::string)>& damage) {
    TempFolder folder;
    for (const char* name : {"vocab.json", "merges.txt", "tokenizer_config.json"}) {
      const std::string text = read_file(model_folder() / name);
      write_file(folder / name, name == file ? damage(text) : text);
    }
    try {
      Tokenizer::load(folder.path());
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("loaded");
  };
  EXPECT_EQ(problem_of("vocab.json", [](std::string t) { return t; }), "loaded");
  using ::testing::HasSubstr;
  EXPECT_THAT(problem_of("merges.txt", [](std::string t) { return t + "e\n"; }), HasSubstr("two tokens"));
  EXPECT_THAT(problem_of("merges.txt", [](std::string t) { return t + "e zzz\n"; }),
              HasSubstr("not in vocab.json"));
  EXPECT_THAT(
      problem_of("vocab.json", [](std::string t) { return t.replace(t.find("\"!\""), 3, "\"zzzz\""); }),
      HasSubstr("no token for byte 0x21"));
  EXPECT_THAT(problem_of("tokenizer_config.json",
                         [](std::string t) { return t.replace(t.find("\"297\""), 5, "\"17\""); }),
              HasSubstr("two tokens have the id 17"));
  EXPECT_THAT(problem_of("tokenizer_config.json",
                         [](std::string t) {
                           return t.replace(t.find("\"lstrip\": false"), 15, "\"lstrip\": true");
                         }),
              HasSubstr("lstrip is true"));
}

TEST(SplitPieces, FollowsTheRule) {
  using V = std::vector<std::string>;
  EXPECT_EQ(pieces_of("Hello world"), (V{"Hello", " world"}));
  EXPECT_EQ(pieces_of("I'll it's THEY'RE we'd"), (V{"I", "'ll", " it", "'s", " THEY", "'RE", " we", "'d"}));
  EXPECT_EQ(pieces_of("T1 512x512"), (V{"T", "1", " ", "5", "1", "2", "x", "5", "1", "2"}));
  EXPECT_EQ(pieces_of("a   b"), (V{"a", "  ", " b"}));
  EXPECT_EQ(pieces_of("a   "), (V{"a", "   "}));
  EXPECT_EQ(pieces_of("a \n\n b"), (V{"a", " \n\n", " b"}));
  EXPECT_EQ(pieces_of("ok!!\n\nnext"), (V{"ok", "!!\n\n", "next"}));
  EXPECT_EQ(pieces_of("(CT) ->\tMR"), (V{"(CT", ")", " ->", "\tMR"}));
  EXPECT_EQ(pieces_of("a  7"), (V{"a", " ", " ", "7"}));
}

TEST(BytePairMerger, QueueEqualsTheDefinitionOnRandomLists) {
  Random random(3);
  for (int round = 0; round < 60; ++round) {
    // Tokens 0..7 are given; every merge joins two that exist already, as training does.
    std::vector<Merge> merges;
    TokenId next = 8;
    for (int i = 0; i < 30; ++i) {
      merges.push_back(
          {static_cast<TokenId>(random.below(next)), static_cast<TokenId>(random.below(next)), next});
      ++next;
    }
    const BytePairMerger merger(merges);
    ASSERT_TRUE(merger.ordered());
    for (int i = 0; i < 20; ++i) {
      std::vector<TokenId> tokens(random.below(400));
      for (auto& token : tokens) token = static_cast<TokenId>(random.below(random.below(2) ? 2 : 8));
      auto plain = tokens;
      merger.merge_plainly(plain);
      merger.merge(tokens);
      ASSERT_EQ(tokens, plain);
    }
  }
}

TEST(BytePairMerger, ListsOutOfOrderFollowTheDefinition) {
  // (1,2)->3 has a lower rank than (0,0)->1, which makes its left part.
  const std::vector<Merge> merges = {{1, 2, 3}, {0, 0, 1}};
  const BytePairMerger merger(merges);
  EXPECT_FALSE(merger.ordered());
  std::vector<TokenId> tokens(100, 0);
  for (size_t i = 4; i < tokens.size(); i += 5) tokens[i] = 2;
  auto plain = tokens;
  merger.merge_plainly(plain);
  merger.merge(tokens);
  EXPECT_EQ(tokens, plain);
}

}  // namespace
}  // namespace synerbench::reference
