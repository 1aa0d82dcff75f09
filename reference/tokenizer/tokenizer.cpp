#include "reference/tokenizer/tokenizer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <unordered_map>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/core/utf8.h"
#include "reference/tokenizer/byte_map.h"
#include "reference/tokenizer/split.h"
#include "reference/tokenizer/unicode.h"

namespace synerbench::reference {
namespace {

constexpr const char* kBosText = "<|im_start|>";
constexpr const char* kEosText = "<|im_end|>";
constexpr const char* kStartOfImageText = "<|vision_start|>";
constexpr const char* kEndOfImageText = "<|vision_end|>";

/// Added tokens by their text, for leftmost-longest search.
class MarkFinder {
 public:
  void add(const std::string& text, TokenId id) {
    by_first_[static_cast<unsigned char>(text[0])].emplace_back(text, id);
  }
  /// The longest added token that starts at `at`; nullptr when there is none.
  const std::pair<std::string, TokenId>* longest_at(std::string_view text, size_t at) const {
    const std::pair<std::string, TokenId>* best = nullptr;
    for (const auto& mark : by_first_[static_cast<unsigned char>(text[at])]) {
      if (text.substr(at, mark.first.size()) == mark.first &&
          (!best || mark.first.size() > best->first.size())) {
        best = &mark;
      }
    }
    return best;
  }

 private:
  std::array<std::vector<std::pair<std::string, TokenId>>, 256> by_first_;
};

constexpr TokenId kLargestId = (1 << 24) - 1;  // far above any vocabulary; tables by id are this long at most

std::unordered_map<std::string, TokenId> read_vocabulary(const std::filesystem::path& path) {
  const Json json = read_json(path);  // of 151 643 entries in the released file: walked, never searched
  if (!json.is_object() || json.empty())
    throw input_error(path.string(), "an object of token -> id is wanted");
  std::unordered_map<std::string, TokenId> vocabulary;
  vocabulary.reserve(json.size());
  for (auto it = json.begin(); it != json.end(); ++it) {
    if (!it.value().is_number_unsigned() || it.value().get<uint64_t>() > kLargestId) {
      throw input_error(path.string() + ": /" + it.key(),
                        fmt::format("the id is not a whole number from 0 to {}", kLargestId));
    }
    vocabulary.emplace(it.key(), it.value().get<TokenId>());
  }
  return vocabulary;
}

std::vector<Merge> read_merges(const std::filesystem::path& path,
                               const std::unordered_map<std::string, TokenId>& vocabulary) {
  const std::string text = read_file(path);
  std::vector<Merge> merges;
  size_t line_number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++line_number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || (line_number == 1 && line.starts_with("#version:"))) continue;
    const std::string place = fmt::format("{}:{}", path.string(), line_number);
    const size_t space = line.find(' ');
    if (space == std::string::npos || space == 0 || space + 1 == line.size() ||
        line.find(' ', space + 1) != std::string::npos) {
      throw input_error(place, fmt::format("two tokens with a space between are wanted, \"{}\" found", line));
    }
    const auto id_of = [&](const std::string& token) {
      const auto it = vocabulary.find(token);
      if (it == vocabulary.end()) {
        throw input_error(place, fmt::format("\"{}\" is not in vocab.json", token),
                          "vocab.json and merges.txt must come from the same tokenizer");
      }
      return it->second;
    };
    const std::string left = line.substr(0, space), right = line.substr(space + 1);
    merges.push_back({id_of(left), id_of(right), id_of(left + right)});
  }
  return merges;
}

}  // namespace

struct Tokenizer::Data {
  explicit Data(BytePairMerger bpe) : merger(std::move(bpe)) {}

  BytePairMerger merger;
  std::array<TokenId, 256> byte_ids{};
  std::vector<std::string> bytes_of;  // by id: raw bytes, or the text of an added token
  std::vector<bool> known, is_added;  // by id
  std::map<std::string, TokenId> added;
  MarkFinder marks;
  SpecialTokens special;
  int64_t size = 0;
  std::vector<std::string> added_marks;

  void set(TokenId id, std::string bytes, bool is_mark, const std::string& place) {
    const auto index = static_cast<size_t>(id);
    if (index >= known.size()) {
      known.resize(index + 1, false);
      is_added.resize(index + 1, false);
      bytes_of.resize(index + 1);
    }
    if (known[index]) throw input_error(place, fmt::format("two tokens have the id {}", id));
    known[index] = true;
    is_added[index] = is_mark;
    bytes_of[index] = std::move(bytes);
    ++size;
  }
  void add_mark(const std::string& text, TokenId id, const std::string& place) {
    set(id, text, true, place);
    added.emplace(text, id);
    marks.add(text, id);
  }
  void encode_plain(std::string_view text, std::vector<TokenId>& ids) const;
};

Tokenizer::Tokenizer(std::unique_ptr<Data> data) : data_(std::move(data)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Tokenizer Tokenizer::load(const std::filesystem::path& folder) {
  const auto vocabulary_path = folder / "vocab.json", config_path = folder / "tokenizer_config.json";
  const auto vocabulary = read_vocabulary(vocabulary_path);
  const auto merges = read_merges(folder / "merges.txt", vocabulary);
  auto data = std::make_unique<Data>(BytePairMerger(merges));

  const auto characters = byte_characters();
  std::unordered_map<char32_t, char> byte_of;
  for (size_t b = 0; b < 256; ++b) {
    byte_of[characters[b]] = static_cast<char>(b);
    std::string text;
    append_utf8(text, characters[b]);
    const auto it = vocabulary.find(text);
    if (it == vocabulary.end()) {
      throw input_error(vocabulary_path.string(), fmt::format("no token for byte 0x{:02X} (\"{}\")", b, text),
                        "a byte-level vocabulary has one token for each of the 256 bytes");
    }
    data->byte_ids[b] = it->second;
  }
  for (const auto& [token, id] : vocabulary) {
    std::string bytes;
    for (const char32_t c : decode_utf8_strictly(token, vocabulary_path.string())) {
      const auto it = byte_of.find(c);
      if (it == byte_of.end()) {
        throw input_error(vocabulary_path.string(),
                          fmt::format("token \"{}\" holds a character that stands for no byte", token));
      }
      bytes.push_back(it->second);
    }
    data->set(id, std::move(bytes), false, vocabulary_path.string());
  }

  const Json config_json = read_json(config_path);
  const char* remedy = "the file is damaged or of another kind of tokenizer; copy the model's folder again";
  JsonObject config(config_json, config_path.string(), "", ExitCode::kBadInput, remedy);
  if (config.has("added_tokens_decoder")) {
    config.object("added_tokens_decoder");  // an object, or an error
    const Json& added = config_json["added_tokens_decoder"];
    for (auto entry = added.begin(); entry != added.end(); ++entry) {
      const std::string pointer = "/added_tokens_decoder/" + entry.key();
      JsonObject token(entry.value(), config_path.string(), pointer, ExitCode::kBadInput, remedy);
      const std::string text = token.text("content");
      for (const char* flag : {"lstrip", "rstrip", "single_word"}) {
        if (!token.boolean_or(flag, false)) continue;
        throw input_error(config_path.string() + ": " + pointer,
                          fmt::format("{} is true, which is not supported", flag));
      }
      TokenId id = 0;
      const char* end = entry.key().data() + entry.key().size();
      const auto [rest, trouble] = std::from_chars(entry.key().data(), end, id);
      if (rest != end || trouble != std::errc() || id < 0 || id > kLargestId)
        throw token.error("", fmt::format("the key is no token id from 0 to {}", kLargestId));
      if (text.empty()) throw token.error("content", "an empty token");
      data->add_mark(text, id, config_path.string() + ": " + pointer);
    }
  }

  // Every entry point of the official code adds those of the four marks that no list of special tokens names;
  // adding a token that exists changes nothing. So the ones that exist nowhere are added, in this order.
  for (const char* text : {kBosText, kEosText, kStartOfImageText, kEndOfImageText}) {
    if (data->added.contains(text)) continue;
    data->add_mark(text, static_cast<TokenId>(data->size), config_path.string());
    data->added_marks.emplace_back(text);
  }
  data->special = {data->added.at(kBosText), data->added.at(kEosText), data->added.at(kStartOfImageText),
                   data->added.at(kEndOfImageText)};
  return Tokenizer(std::move(data));
}

void Tokenizer::Data::encode_plain(std::string_view text, std::vector<TokenId>& ids) const {
  const std::u32string points = decode_utf8_strictly(text, "tokenizer input");
  std::vector<TokenId> piece_ids;
  std::string bytes;
  for (const std::u32string_view piece : split_pieces(points)) {
    bytes.clear();
    for (const char32_t c : piece) append_utf8(bytes, c);
    piece_ids.clear();
    for (const char byte : bytes) piece_ids.push_back(byte_ids[static_cast<unsigned char>(byte)]);
    merger.merge(piece_ids);
    ids.insert(ids.end(), piece_ids.begin(), piece_ids.end());
  }
}

std::vector<TokenId> Tokenizer::encode(std::string_view raw) const {
  decode_utf8_strictly(raw, "tokenizer input");  // normalization would replace bad bytes silently
  const std::string text = to_nfc(raw);
  const std::string_view view = text;
  std::vector<TokenId> ids;
  size_t begin = 0;
  for (size_t at = 0; at < view.size();) {
    const auto* mark = data_->marks.longest_at(view, at);
    if (!mark) {
      ++at;
      continue;
    }
    data_->encode_plain(view.substr(begin, at - begin), ids);
    ids.push_back(mark->second);
    at += mark->first.size();
    begin = at;
  }
  data_->encode_plain(view.substr(begin), ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const TokenId> ids) const {
  std::string out, run;
  for (const TokenId id : ids) {
    const auto index = static_cast<size_t>(id);
    if (id < 0 || index >= data_->known.size() || !data_->known[index]) {
      throw input_error(
          "tokenizer", fmt::format("no token has the id {}", id),
          "rows of the embedding above the tokenizer's size are padding and must not be generated");
    }
    if (data_->is_added[index]) {  // bytes never join across an added token
      out += replace_invalid_utf8(run);
      run.clear();
      out += data_->bytes_of[index];
    } else {
      run += data_->bytes_of[index];
    }
  }
  return out + replace_invalid_utf8(run);
}

const SpecialTokens& Tokenizer::special() const { return data_->special; }
int64_t Tokenizer::size() const { return data_->size; }
const std::vector<std::string>& Tokenizer::added_marks() const { return data_->added_marks; }

}  // namespace synerbench::reference
