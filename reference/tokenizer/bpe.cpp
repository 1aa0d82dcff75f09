#include "reference/tokenizer/bpe.h"

#include <algorithm>
#include <bit>
#include <queue>
#include <unordered_map>

namespace synerbench::reference {
namespace {

constexpr size_t kPlainLimit = 48;  // tokens; below it whole passes beat the queue's bookkeeping

uint64_t key_of(TokenId left, TokenId right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}
size_t hash_of(uint64_t key) {
  key *= 0x9E3779B97F4A7C15u;
  return static_cast<size_t>(key ^ key >> 29);
}

}  // namespace

BytePairMerger::BytePairMerger(std::span<const Merge> merges) : slots_(std::bit_ceil(2 * merges.size() + 2)) {
  std::unordered_map<TokenId, int32_t> made_at;  // lowest rank that makes a token
  for (size_t i = 0; i < merges.size(); ++i) made_at.emplace(merges[i].result, static_cast<int32_t>(i));
  const auto is_later = [&](TokenId token, int32_t rank) {
    const auto it = made_at.find(token);
    return it != made_at.end() && it->second >= rank;
  };
  for (size_t i = 0; i < merges.size(); ++i) {
    const auto rank = static_cast<int32_t>(i);
    const uint64_t key = key_of(merges[i].left, merges[i].right);
    size_t at = hash_of(key) & (slots_.size() - 1);
    while (slots_[at].key != kEmpty && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    if (slots_[at].key == key) continue;  // listed twice: the first counts
    slots_[at] = {key, rank, merges[i].result};
    if (is_later(merges[i].left, rank) || is_later(merges[i].right, rank)) ordered_ = false;
  }
}

const BytePairMerger::Slot* BytePairMerger::find(TokenId left, TokenId right) const {
  const uint64_t key = key_of(left, right);
  for (size_t at = hash_of(key) & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].key == key) return &slots_[at];
    if (slots_[at].key == kEmpty) return nullptr;
  }
}

void BytePairMerger::merge(std::vector<TokenId>& tokens) const {
  if (tokens.size() <= kPlainLimit || !ordered_) {
    merge_plainly(tokens);
  } else {
    merge_by_queue(tokens);
  }
}

void BytePairMerger::merge_plainly(std::vector<TokenId>& tokens) const {
  while (tokens.size() > 1) {
    const Slot* best = nullptr;
    for (size_t i = 0; i + 1 < tokens.size(); ++i) {
      const Slot* slot = find(tokens[i], tokens[i + 1]);
      if (slot && (!best || slot->rank < best->rank)) best = slot;
    }
    if (!best) return;
    const auto left = static_cast<TokenId>(best->key >> 32),
               right = static_cast<TokenId>(best->key & 0xFFFFFFFF);
    size_t out = 0;
    for (size_t i = 0; i < tokens.size(); ++i, ++out) {
      if (i + 1 < tokens.size() && tokens[i] == left && tokens[i + 1] == right) {
        tokens[out] = best->result;
        ++i;
      } else {
        tokens[out] = tokens[i];
      }
    }
    tokens.resize(out);
  }
}

void BytePairMerger::merge_by_queue(std::vector<TokenId>& tokens) const {
  // A linked list over the places of `tokens`; a queue entry is stale when its pair is no longer there.
  struct Candidate {
    int32_t rank;
    int32_t place;
    uint64_t key;
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : place > other.place;
    }
  };
  const auto count = static_cast<int32_t>(tokens.size());
  std::vector<int32_t> next(count), previous(count);
  std::vector<bool> gone(count, false);
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto offer = [&](int32_t place) {
    if (place < 0 || next[place] >= count) return;
    const Slot* slot = find(tokens[place], tokens[next[place]]);
    if (slot) queue.push({slot->rank, place, slot->key});
  };
  for (int32_t i = 0; i < count; ++i) {
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  for (int32_t i = 0; i < count; ++i) offer(i);
  while (!queue.empty()) {
    const Candidate candidate = queue.top();
    queue.pop();
    const int32_t place = candidate.place;
    if (gone[place] || next[place] >= count || key_of(tokens[place], tokens[next[place]]) != candidate.key)
      continue;
    const int32_t eaten = next[place];
    tokens[place] = find(tokens[place], tokens[eaten])->result;
    gone[eaten] = true;
    next[place] = next[eaten];
    if (next[eaten] < count) previous[next[eaten]] = place;
    offer(previous[place]);
    offer(place);
  }
  size_t out = 0;
  for (int32_t i = 0; i < count; i = next[i]) tokens[out++] = tokens[i];
  tokens.resize(out);
}

}  // namespace synerbench::reference
